package metrics

import (
	"cmp"
	"maps"
	"slices"
)

// Figures are those of an interval that do not add up. Each is absent where it was not
// measured.
type Figures struct {
	ConnectionsPerSecond *float64 `json:"connections_per_second,omitempty"`
	RequestsPerSecond    *float64 `json:"requests_per_second,omitempty"`

	InFlight         *int   `json:"in_flight,omitempty"`
	TimeWait         *int   `json:"time_wait,omitempty"`
	FinWait2         *int   `json:"fin_wait2,omitempty"`
	PortsInUse       *int   `json:"ports_in_use,omitempty"`
	KeepaliveTimerMS *int64 `json:"keepalive_timer_ms,omitempty"`
	KeepaliveProbes  *int   `json:"keepalive_probes,omitempty"`

	ConnectP50US  *float64 `json:"connect_p50_us,omitempty"`
	ConnectP99US  *float64 `json:"connect_p99_us,omitempty"`
	RequestP50US  *float64 `json:"request_p50_us,omitempty"`
	RequestP99US  *float64 `json:"request_p99_us,omitempty"`
	ResponseP99US *float64 `json:"response_p99_us,omitempty"`
}

// Join returns the interval that iv and the next one are together. Counts and CPU time
// are added, and rates are those of both. What is so at an instant is that of the end.
// A percentile of both cannot be had from two: it is absent, unless only one of the two
// had any latency. Least and Most have the bounds of all that is not a sum.
func (iv Interval) Join(next Interval) Interval {
	out := next // with all that is so at an instant
	out.LengthS = iv.LengthS + next.LengthS
	out.Merged = iv.parts() + next.parts()
	out.Attempted += iv.Attempted
	out.Obtained += iv.Obtained
	out.Succeeded += iv.Succeeded
	out.Failed += iv.Failed
	out.Errors = addedUp(iv.Errors, next.Errors)
	out.ServerErrors += iv.ServerErrors
	if out.LengthS > 0 {
		out.ConnectionsPerSecond = float64(out.Succeeded) / out.LengthS
		out.RequestsPerSecond = (iv.RequestsPerSecond*iv.LengthS + next.RequestsPerSecond*next.LengthS) / out.LengthS
	}
	a, b := iv.bounds(), next.bounds()
	out.ConnectP50US = only(iv.ConnectP50US, next.ConnectP50US, a.least.ConnectP50US, b.least.ConnectP50US)
	out.ConnectP99US = only(iv.ConnectP99US, next.ConnectP99US, a.least.ConnectP99US, b.least.ConnectP99US)
	out.RequestP50US = only(iv.RequestP50US, next.RequestP50US, a.least.RequestP50US, b.least.RequestP50US)
	out.RequestP99US = only(iv.RequestP99US, next.RequestP99US, a.least.RequestP99US, b.least.RequestP99US)
	out.ResponseP99US = only(iv.ResponseP99US, next.ResponseP99US, a.least.ResponseP99US, b.least.ResponseP99US)
	out.ConnectHDR = both(iv.ConnectHDR, next.ConnectHDR, a.least.ConnectP50US, b.least.ConnectP50US)
	out.RequestHDR = both(iv.RequestHDR, next.RequestHDR, a.least.RequestP50US, b.least.RequestP50US)
	out.ResponseHDR = both(iv.ResponseHDR, next.ResponseHDR, a.least.ResponseP99US, b.least.ResponseP99US)
	out.CPUUserS, out.CPUSystemS = sum(iv.CPUUserS, next.CPUUserS), sum(iv.CPUSystemS, next.CPUSystemS)
	out.Late = eitherOf(iv.Late, next.Late)
	out.Least, out.Most = a.least.with(b.least, -1), a.most.with(b.most, 1)
	return out
}

// parts is of how many intervals iv is made.
func (iv Interval) parts() int { return max(iv.Merged, 1) }

// bounds are the figures of an interval between which all of its parts lie.
type bounds struct{ least, most *Figures }

func (iv *Interval) bounds() bounds {
	if iv.Least != nil && iv.Most != nil {
		return bounds{iv.Least, iv.Most}
	}
	f := &Figures{
		InFlight: &iv.InFlight, TimeWait: iv.TimeWait, FinWait2: iv.FinWait2, PortsInUse: iv.PortsInUse,
		KeepaliveTimerMS: iv.KeepaliveTimerMS, KeepaliveProbes: iv.KeepaliveProbes,
		ConnectP50US: iv.ConnectP50US, ConnectP99US: iv.ConnectP99US,
		RequestP50US: iv.RequestP50US, RequestP99US: iv.RequestP99US, ResponseP99US: iv.ResponseP99US,
	}
	if iv.LengthS > 0 {
		f.ConnectionsPerSecond, f.RequestsPerSecond = &iv.ConnectionsPerSecond, &iv.RequestsPerSecond
	}
	return bounds{f, f}
}

// with has the larger of each two figures, or with a sign of -1 the smaller.
func (f *Figures) with(o *Figures, sign int) *Figures {
	return &Figures{
		ConnectionsPerSecond: outer(f.ConnectionsPerSecond, o.ConnectionsPerSecond, sign),
		RequestsPerSecond:    outer(f.RequestsPerSecond, o.RequestsPerSecond, sign),
		InFlight:             outer(f.InFlight, o.InFlight, sign),
		TimeWait:             outer(f.TimeWait, o.TimeWait, sign),
		FinWait2:             outer(f.FinWait2, o.FinWait2, sign),
		PortsInUse:           outer(f.PortsInUse, o.PortsInUse, sign),
		KeepaliveTimerMS:     outer(f.KeepaliveTimerMS, o.KeepaliveTimerMS, sign),
		KeepaliveProbes:      outer(f.KeepaliveProbes, o.KeepaliveProbes, sign),
		ConnectP50US:         outer(f.ConnectP50US, o.ConnectP50US, sign),
		ConnectP99US:         outer(f.ConnectP99US, o.ConnectP99US, sign),
		RequestP50US:         outer(f.RequestP50US, o.RequestP50US, sign),
		RequestP99US:         outer(f.RequestP99US, o.RequestP99US, sign),
		ResponseP99US:        outer(f.ResponseP99US, o.ResponseP99US, sign),
	}
}

// outer is the larger of two numbers, or with a sign of -1 the smaller; the other where
// one was not measured. It is a copy: an interval does not change with another.
func outer[T cmp.Ordered](a, b *T, sign int) *T {
	out := a
	if a == nil || b != nil && cmp.Compare(*b, *a) == sign {
		out = b
	}
	if out == nil {
		return nil
	}
	return new(*out)
}

// only is the percentile of the one of two intervals that had any latency, as their
// bounds tell; nil where both had, or none.
func only(a, b, inA, inB *float64) *float64 {
	switch {
	case inA == nil:
		return b
	case inB == nil:
		return a
	default:
		return nil
	}
}

// addedUp has the counts of both, and is nil where neither has any.
func addedUp(a, b map[string]int64) map[string]int64 {
	if len(a) == 0 {
		return maps.Clone(b)
	}
	out := maps.Clone(a)
	for name, n := range b {
		out[name] += n
	}
	return out
}

// eitherOf are the names in one of two lists or in both, each once.
func eitherOf(a, b []string) []string {
	if len(a) == 0 {
		return b
	}
	all := slices.Sorted(slices.Values(slices.Concat(a, b)))
	return slices.Compact(all)
}

// both is the histogram of two intervals together; "" where that of one which had any
// latency, as its bounds tell, is not known.
func both(a, b string, inA, inB *float64) string {
	switch {
	case inA == nil:
		return b
	case inB == nil:
		return a
	case a == "" || b == "":
		return ""
	}
	sum := newCoarseHistogram()
	if sum.AddHDR(a) != nil || sum.AddHDR(b) != nil {
		return ""
	}
	return sum.HDR()
}

// sum is absent where a part of it is.
func sum(a, b *float64) *float64 {
	if a == nil || b == nil {
		return nil
	}
	return new(*a + *b)
}
