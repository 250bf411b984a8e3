package lawtest

import (
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tcpbench/law/capacity"
	"tcpbench/scenario"
	"tcpbench/workload"
)

// drawGoing draws a load that goes on at about the rate that its ports are enough for:
// by a plan, or by as many connections as are in flight.
func drawGoing(t *rapid.T, s *Setup, set capacity.Settings, p capacity.Prediction) Load {
	l := Load{Seed: drawSeed(t), Boot: drawBoot(t), Each: time.Second, Cost: 10 * time.Microsecond}
	hold := max(set.HoldMax(), time.Second)
	rate := max(p.SustainableCPS, p.SafeCPS, float64(set.Tuples())/hold.Seconds(), 0.1) *
		rapid.Float64Range(0.4, 1.6).Draw(t, "share")
	if one(t, 2, "near") && p.SafeCPS > 0 {
		rate = p.SafeCPS * rapid.Float64Range(0.97, 1.06).Draw(t, "of safe")
	}
	each := seconds(float64(s.Concurrency) / rate) // what keeps so many in flight
	if one(t, 2, "closed loop") {
		l.Answer = each
	} else {
		l.Rate, l.Random = rate, one(t, 4, "random")
		l.Answer = time.Duration(float64(each) * rapid.Float64Range(0, 0.9).Draw(t, "answer"))
	}
	if s.Keepalive {
		l.Answer /= time.Duration(s.Requests)
	}
	l.For = 4*hold + 20*time.Second
	l.Most = 20_000
	return l
}

// left are the ports that a run counts as kept, where a connect takes over TIME_WAITs
// that are older than after; of none where that is 0.
func left(s Setup, after time.Duration, seen []Seen) int {
	n := 0
	for _, x := range seen {
		over := x.State == timeWait || x.State == finWait1 || x.State == finWait2
		reused := after > 0 && x.State == timeWait && time.Minute-x.Left > after
		if (over || s.Keepalive) && !reused {
			n++
		}
	}
	return n
}

// A load that is said to be sustained does not run out of ports later.
func TestSustainedLasts(t *testing.T) {
	check(t, 16, func(t *rapid.T) {
		s := drawSetup(t)
		if one(t, 4, "keepalive") {
			s.Keepalive, s.Requests = true, rapid.IntRange(1, 5).Draw(t, "requests")
		}
		set := law(t, s)
		p := capacity.Predict(set)
		l := drawGoing(t, &s, set, p)
		asked := workload.Options{Workload: s.asked(), Capacity: int(set.Tuples()), Surely: int(set.AtLeast()),
			ProvedAfter: p.ProvedAfter}
		asked.Sources = make([]netip.Addr, max(s.Source, 1))
		asked.Destinations = make([]netip.AddrPort, s.Destinations)
		planned := l.Rate
		if s.Keepalive {
			planned *= float64(s.Requests)
		}
		asked.Rate = scenario.Rate{From: planned, To: planned}
		if l.Random {
			asked.Arrival = scenario.ArrivalPoisson
		}
		asked.Steady = seconds(rapid.SampledFrom([]float64{1, 2, 5, 5, 5, 10}).Draw(t, "steady"))
		asked.Interval = l.Each
		steady := workload.NewSteadyWatch(asked.Capacity, asked.Steady, 0)
		var said time.Duration
		before := History{}
		l.Watch = func(at time.Duration, now History, seen []Seen) {
			done := now.Answered > before.Answered
			steady.Observe(at, left(s, set.ReuseAfter(), seen), done)
			if said == 0 && asked.Sustains(steady, at, int64(now.Began), int64(now.Began-before.Began)) {
				said = at
			}
			before = now
		}
		h := Play(s, l)
		if said > 0 && h.Failed != nil {
			t.Fatalf("%+v\n%+v\n%+v\nsaid to be sustained at %v, and none was left at %v, after %d: %v", s, l, p, said,
				h.Failed.At, h.Began, h.Failed.States)
		}
	})
}
