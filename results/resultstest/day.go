package resultstest

import (
	"math"
	"math/rand/v2"
	"time"

	"tcpbench/metrics"
	"tcpbench/results"
)

// DayOfIntervals are those of a run of a day at 1 s: 450 connections/s, which keep the
// default ports nearly full, from 21:40 on the search for a port, and in the last hour
// failures.
func DayOfIntervals() []results.Interval {
	const day, dearer, fails = 86400, 78000, 82800
	random := rand.New(rand.NewPCG(1, 2))
	out := make([]results.Interval, day)
	for i := range out {
		n := int64(450 + random.IntN(11) - 5)
		connect := 20 + 5*random.Float64()
		iv := results.Interval{TS: float64(i + 1), LengthS: 1, Attempted: n, Obtained: n, Succeeded: n,
			ConnectionsPerSecond: float64(n), RequestsPerSecond: float64(n), InFlight: random.IntN(4)}
		if i >= dearer {
			connect *= 40
		}
		if i >= fails {
			iv.Attempted, iv.Failed = n+7, 7
		}
		inUse := int(27000 * min(1, float64(i)/60))
		iv.TimeWait, iv.PortsInUse, iv.PortsCapacity = new(inUse), new(inUse+iv.InFlight), new(28232)
		iv.ConnectP50US, iv.ConnectP99US = new(connect), new(4*connect)
		iv.RequestP50US, iv.RequestP99US = new(2*connect), new(5*connect+math.Abs(random.NormFloat64()))
		iv.CPUUserS, iv.CPUSystemS = new(0.004), new(0.011)
		out[i] = iv
	}
	return out
}

// Day is the result of such a run.
func Day() *results.Run {
	r := Full()
	h := metrics.NewHistory()
	r.Totals.Counts = metrics.Counts{}
	for _, iv := range DayOfIntervals() {
		h.Add(iv)
		r.Totals.Add(metrics.Counts{Attempted: iv.Attempted, Obtained: iv.Obtained, Succeeded: iv.Succeeded,
			Failed: iv.Failed, Requests: iv.Succeeded})
	}
	r.Intervals, r.DurationS = h.All(), 86400
	r.Rates = results.Rates{ConnectionsPerSecond: 450, RequestsPerSecond: 450, OverS: 86400}
	r.Options.Duration, r.Options.Count = 86400e9, 0
	client := metrics.Timeline[results.HostSample]{Join: results.HostSample.Join}
	for i := range 86400 {
		client.Add(results.HostSample{TS: float64(i), TimeWait: new(27000), FinWait2: new(0), CloseWait: new(0),
			LastAck: new(0)})
	}
	r.Hosts = &results.Hosts{Client: &results.Host{Samples: client.All()}, Server: &results.Host{Samples: client.All()}}
	r.ConnectCost = cost()
	r.Warnings = results.MergedWarnings(r.Intervals)
	return r
}

// cost is as many points as a run can have.
func cost() []metrics.Point {
	var s metrics.Series
	const tenths = 86400 * 45 // every tenth connection stands for ten
	for n := range time.Duration(tenths) {
		s.Add(int64(10*n), 24*time.Hour/tenths*n, 20*time.Microsecond, 30*time.Microsecond)
	}
	return s.Points()
}
