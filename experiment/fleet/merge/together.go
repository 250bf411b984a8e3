package merge

import (
	"cmp"
	"maps"
	"slices"

	"tcpbench/metrics"
	"tcpbench/results"
)

// together is what two agents had in one stretch of time, less latencies and rates, which
// [span] keeps otherwise. What is so at an instant is added too: connections of one host
// are not those of another. What only one of them measured is absent. Percentiles lie
// between the least and the most of either.
func together(a, b metrics.Interval) metrics.Interval {
	out := metrics.Interval{
		TS:           max(a.TS, b.TS),
		LengthS:      max(a.LengthS, b.LengthS),
		Merged:       max(a.Merged, b.Merged),
		Attempted:    a.Attempted + b.Attempted,
		Obtained:     a.Obtained + b.Obtained,
		Succeeded:    a.Succeeded + b.Succeeded,
		Failed:       a.Failed + b.Failed,
		Errors:       addCounts(a.Errors, b.Errors),
		ServerErrors: a.ServerErrors + b.ServerErrors,

		InFlight:      a.InFlight + b.InFlight,
		TimeWait:      sum(a.TimeWait, b.TimeWait),
		FinWait2:      sum(a.FinWait2, b.FinWait2),
		PortsInUse:    sum(a.PortsInUse, b.PortsInUse),
		PortsReusable: sum(a.PortsReusable, b.PortsReusable),
		PortsCapacity: sum(a.PortsCapacity, b.PortsCapacity),

		KeepaliveTimerMS: outer(a.KeepaliveTimerMS, b.KeepaliveTimerMS, -1),
		KeepaliveProbes:  outer(a.KeepaliveProbes, b.KeepaliveProbes, 1),

		CPUUserS:   sum(a.CPUUserS, b.CPUUserS),
		CPUSystemS: sum(a.CPUSystemS, b.CPUSystemS),
		Late:       slices.Compact(slices.Sorted(slices.Values(slices.Concat(a.Late, b.Late)))),
	}
	out.Live = live(a.Live, b.Live)
	out.Least = figures(a.Lowest(), b.Lowest(), -1)
	out.Most = figures(a.Highest(), b.Highest(), 1)
	return out
}

// withoutHost is a result without what is so of all of a host, where another agent has it, too.
func withoutHost(r *results.Run) *results.Run {
	own := *r
	own.Intervals, own.PortsAtStart, own.Kernel.Client = WithoutHost(r.Intervals), nil, nil
	return &own
}

// WithoutHost are intervals without what is so of all of a host, where another agent has it,
// too: what only one of two measured is absent, and no port is counted twice.
func WithoutHost(intervals []metrics.Interval) []metrics.Interval {
	out := slices.Clone(intervals)
	for i := range out {
		iv := &out[i]
		iv.TimeWait, iv.FinWait2, iv.PortsInUse, iv.PortsReusable, iv.PortsCapacity = nil, nil, nil, nil, nil
		iv.Live = nil
		for _, f := range []**metrics.Figures{&iv.Least, &iv.Most} {
			if *f != nil {
				one := **f
				one.TimeWait, one.FinWait2, one.PortsInUse = nil, nil, nil
				*f = &one
			}
		}
	}
	return out
}

// live are the ports that the laws of two agents give; of a host between client and server
// each has its own.
func live(a, b *metrics.LivePorts) *metrics.LivePorts {
	if a == nil || b == nil {
		return nil
	}
	sum := func(a, b int) int {
		if a == 0 || b == 0 {
			return 0 // the law gives none
		}
		return a + b
	}
	return &metrics.LivePorts{Safe: sum(a.Safe, b.Safe), Sure: sum(a.Sure, b.Sure), HoldS: max(a.HoldS, b.HoldS)}
}

// figures bound those of two agents together: sums by the sums of their bounds, all else by
// the larger of the two, or with a sign of -1 the smaller.
func figures(a, b *metrics.Figures, sign int) *metrics.Figures {
	return &metrics.Figures{
		ConnectionsPerSecond: sum(a.ConnectionsPerSecond, b.ConnectionsPerSecond),
		RequestsPerSecond:    sum(a.RequestsPerSecond, b.RequestsPerSecond),
		InFlight:             sum(a.InFlight, b.InFlight),
		TimeWait:             sum(a.TimeWait, b.TimeWait),
		FinWait2:             sum(a.FinWait2, b.FinWait2),
		PortsInUse:           sum(a.PortsInUse, b.PortsInUse),
		KeepaliveTimerMS:     outer(a.KeepaliveTimerMS, b.KeepaliveTimerMS, sign),
		KeepaliveProbes:      outer(a.KeepaliveProbes, b.KeepaliveProbes, sign),
		ConnectP50US:         outer(a.ConnectP50US, b.ConnectP50US, sign),
		ConnectP99US:         outer(a.ConnectP99US, b.ConnectP99US, sign),
		RequestP50US:         outer(a.RequestP50US, b.RequestP50US, sign),
		RequestP99US:         outer(a.RequestP99US, b.RequestP99US, sign),
		ResponseP99US:        outer(a.ResponseP99US, b.ResponseP99US, sign),
	}
}

// sum is absent where a part of it is.
func sum[N int | int64 | float64](a, b *N) *N {
	if a == nil || b == nil {
		return nil
	}
	return new(*a + *b)
}

// outer is the larger of two numbers, or with a sign of -1 the smaller; the other where one
// was not measured.
func outer[N cmp.Ordered](a, b *N, sign int) *N {
	if a == nil || b != nil && cmp.Compare(*b, *a) == sign {
		return b
	}
	return a
}

// addCounts has the counts of both, and is nil where neither has any.
func addCounts(a, b map[string]int64) map[string]int64 {
	if len(a) == 0 {
		return b
	}
	out := maps.Clone(a)
	for name, n := range b {
		out[name] += n
	}
	return out
}
