package live

import (
	"cmp"
	"fmt"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/law/headroom"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

// Track is what is known of a run while it goes on, of a size that does not depend on its
// length. It is not safe for concurrent use.
type Track struct {
	mode       scenario.Mode
	sure, safe int // ports by the law of the run, until an interval says it: see [ports]
	forecast   *forecaster

	last   *metrics.Interval // nil before the first
	spark  spark
	done   float64 // connections or requests, as a run counts them
	errors map[string]int64
}

// NewTrack is that of a run that begins. law is what its ports depend on, which ports
// there are as far as it knows, which the intervals say too; nil where it is not known, for
// a kernel's defaults.
func NewTrack(w scenario.Workload, law *capacity.Settings) *Track {
	t := &Track{mode: w.Mode, errors: map[string]int64{}}
	if law == nil {
		usual := capacity.FromSysctls(nil)
		law = &usual
	} else {
		t.sure, t.safe = int(law.AtLeast()), capacity.Predict(*law).SafelyHeld()
	}
	t.forecast = newForecaster(*law)
	return t
}

// Add takes in the interval that came last.
func (t *Track) Add(iv metrics.Interval) {
	t.last = &iv
	t.spark.add(t.figure(iv))
	t.forecast.see(iv)
	if t.done += float64(iv.Attempted); t.mode == scenario.ModeKeepalive {
		t.done += iv.RequestsPerSecond*iv.LengthS - float64(iv.Attempted)
	}
	for name, n := range iv.Errors {
		t.errors[name] += n
	}
}

// Last is the interval that came last; nil before the first.
func (t *Track) Last() *metrics.Interval { return t.last }

// Done is how many connections, or with keepalive requests, there were until now.
func (t *Track) Done() float64 { return t.done }

// figure is what a run is for: connections or requests per second, or connections held.
func (t *Track) figure(iv metrics.Interval) float64 {
	switch t.mode {
	case scenario.ModeKeepalive:
		return iv.RequestsPerSecond
	case scenario.ModeIdle:
		return float64(iv.InFlight)
	default:
		return iv.ConnectionsPerSecond
	}
}

// pace is the same in words.
func (t *Track) pace(iv metrics.Interval) string {
	n := figure.Number(t.figure(iv))
	switch t.mode {
	case scenario.ModeKeepalive:
		return n + " req/s"
	case scenario.ModeIdle:
		return n + " held"
	default:
		return n + " conn/s"
	}
}

// ports are those of the last interval; false where they were not counted.
func (t *Track) ports() (ports, bool) {
	iv := t.last
	if iv == nil || iv.PortsInUse == nil || iv.PortsCapacity == nil || *iv.PortsCapacity <= 0 {
		return ports{}, false
	}
	sure, safe := t.sure, t.safe
	if law := iv.Live; law != nil {
		sure, safe = law.Sure, law.Safe
	}
	held := iv.PortsHeld()
	if t.forecast.takesOver() {
		held = *iv.PortsInUse - over(*iv)
	}
	return ports{inUse: *iv.PortsInUse, held: held, capacity: *iv.PortsCapacity,
		sure: min(sure, *iv.PortsCapacity), safe: min(safe, *iv.PortsCapacity)}, true
}

// between are the ports of the host between client and server, with its name; false where
// there is none.
func (t *Track) between() (name string, p ports, ok bool) {
	if t.last == nil || t.last.Live == nil || t.last.Live.Between == nil {
		return "", ports{}, false
	}
	b := t.last.Live.Between
	return b.Host, ports{inUse: b.InUse, held: b.InUse - b.Reusable, capacity: b.Capacity,
		nat: b.Host == exhaustion.NATHost}, b.Capacity > 0
}

// Forecast is what becomes of the ports; false where they were not counted.
func (t *Track) Forecast() (headroom.Forecast, bool) {
	if t.last == nil {
		return headroom.Forecast{}, false
	}
	return t.forecast.of(*t.last)
}

// latency is the one of an interval that tells most of the run, by its name; without a p99
// where there is none.
func (t *Track) latency(iv metrics.Interval) (of string, p50, p99 *float64) {
	iv = withBounds(iv)
	switch {
	case iv.ResponseP99US != nil:
		return "response", nil, iv.ResponseP99US
	case t.mode == scenario.ModeKeepalive:
		return "request", iv.RequestP50US, iv.RequestP99US
	default:
		return "connect", iv.ConnectP50US, iv.ConnectP99US
	}
}

// latencies are its percentiles, as in "connect p50 20 us, p99 94 us"; "" without any.
func (t *Track) latencies(iv metrics.Interval) string { return percentiles(t.latency(iv)) }

// withBounds has, of intervals that were merged, the highest percentiles for those that
// are not known.
func withBounds(iv metrics.Interval) metrics.Interval {
	most := iv.Highest()
	iv.ConnectP50US = cmp.Or(iv.ConnectP50US, most.ConnectP50US)
	iv.ConnectP99US = cmp.Or(iv.ConnectP99US, most.ConnectP99US)
	iv.RequestP50US = cmp.Or(iv.RequestP50US, most.RequestP50US)
	iv.RequestP99US = cmp.Or(iv.RequestP99US, most.RequestP99US)
	iv.ResponseP99US = cmp.Or(iv.ResponseP99US, most.ResponseP99US)
	return iv
}

func percentiles(of string, p50, p99 *float64) string {
	switch {
	case p99 == nil:
		return ""
	case p50 == nil:
		return strings.TrimSpace(of + " p99 " + figure.Micros(*p99))
	default:
		return fmt.Sprintf("%s p50 %s, p99 %s", of, figure.Micros(*p50), figure.Micros(*p99))
	}
}

// kinds are failures by call and errno, those of which there are most first: "connect:
// EADDRNOTAVAIL 12".
func kinds(errors map[string]int64) []string {
	names := metrics.MostFirst(errors)
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %d", name, errors[name])
	}
	return names
}
