package merge

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"tcpbench/metrics"
)

const (
	// atOnce is the part of an interval by which an agent may be late, and its intervals
	// still be said to be of the time that they are shown at.
	atOnce = 0.1
	// onTheGrid is how near to a multiple of the interval one that is whole ends.
	onTheGrid = 1e-6
)

// phases are the histograms that an interval has, in the order of [span.sums].
func phases() [3]string { return [3]string{"connect", "request", "response"} }

// axis has the intervals of all agents together, on a grid of the sampling interval from
// the instant at which all were to start. Runs that were too long have intervals that are
// merged, each in its own way: the axis has the edges that all agents have, of those that
// were still running.
type axis struct {
	interval float64 // in seconds
	spans    []span
	adder    *metrics.Adder
}

// span is one stretch of the axis, from the end of the one before.
type span struct {
	from, upTo int64   // the numbers of the grid's lines at its ends
	end        float64 // when the last agent's part of it ended, in seconds
	of         metrics.Interval
	requests   float64
	sums       [3]metrics.Sum
	// known tells of which phases every agent that had any latency kept it.
	known [3]bool
}

func newAxis(interval time.Duration) *axis {
	return &axis{interval: interval.Seconds(), adder: metrics.NewAdder()}
}

// add takes in the intervals of an agent that began so many seconds late. They are marked
// with its name where they are not of the time that they are shown at, and late tells that.
func (a *axis) add(name string, startedLate float64, intervals []metrics.Interval) (late bool, err error) {
	if len(intervals) == 0 {
		return false, nil
	}
	steps := math.Round(startedLate / a.interval)
	late = math.Abs(startedLate-steps*a.interval) > atOnce*a.interval
	var own []span
	before := 0.0
	for _, iv := range intervals {
		if iv.LengthS == 0 { // of an earlier version
			iv.LengthS = iv.TS - before
		}
		before = iv.TS
		s, err := a.place(iv, int64(steps), startedLate)
		if err != nil {
			return late, err
		}
		if late {
			s.of.Late = []string{name}
		}
		if n := len(own); n > 0 && own[n-1].upTo >= s.upTo {
			merged := max(own[n-1].of.Merged, s.of.Merged) // what is of one line of the grid is one interval
			own[n-1] = own[n-1].then(s)
			own[n-1].of.Merged = merged
			continue
		}
		own = append(own, s)
	}
	a.spans = beside(a.spans, own)
	return late, nil
}

// place makes a span of an interval.
func (a *axis) place(iv metrics.Interval, steps int64, startedLate float64) (span, error) {
	line := iv.TS / a.interval
	begin := math.Round((iv.TS - iv.LengthS) / a.interval)
	s := span{from: int64(begin) + steps, upTo: int64(math.Round(line)) + steps}
	s.end = float64(s.upTo) * a.interval
	// The last one ends with the load, and may reach a little beyond a line.
	over := line - math.Floor(line)
	beyond := over <= atOnce && begin < math.Floor(line)
	if math.Abs(line-math.Round(line)) > onTheGrid && !beyond {
		s.upTo = int64(math.Floor(line)) + 1 + steps
		if s.end = iv.TS + startedLate; s.end <= float64(s.upTo-1)*a.interval { // of an agent that was too early
			s.upTo--
		}
		s.end = min(s.end, float64(s.upTo)*a.interval)
	}
	if s.upTo < 1 { // an agent that was too early by more than an interval
		s.from, s.upTo, s.end = 0, 1, a.interval
	}
	if err := a.take(&s, iv); err != nil {
		return span{}, fmt.Errorf("interval at %v s: %w", iv.TS, err)
	}
	return s, nil
}

// take puts into a span what an interval has. Where a histogram is damaged, that phase is
// not known.
func (a *axis) take(s *span, iv metrics.Interval) error {
	var errs []error
	for i, phase := range phases() {
		text := iv.HDR(phase)
		s.known[i] = text != "" || !had(&iv, phase)
		if text == "" {
			continue
		}
		if err := a.adder.Add(&s.sums[i], text); err != nil {
			s.known[i] = false
			errs = append(errs, fmt.Errorf("%s latency: %w", phase, err))
		}
	}
	iv = iv.WithoutHDR()
	least, most := *iv.Lowest(), *iv.Highest()
	iv.Least, iv.Most = &least, &most
	s.of, s.requests = iv, math.Round(iv.RequestsPerSecond*iv.LengthS)
	return errors.Join(errs...)
}

// had reports whether an interval had any latency of a phase.
func had(iv *metrics.Interval, phase string) bool {
	f := iv.Lowest()
	switch phase {
	case "connect":
		return f.ConnectP50US != nil
	case "request":
		return f.RequestP50US != nil
	default:
		return f.ResponseP99US != nil
	}
}

// then is s and the span after it as one.
func (s span) then(next span) span {
	out := span{from: s.from, upTo: next.upTo, end: max(s.end, next.end), of: s.of.Join(next.of),
		requests: s.requests + next.requests, sums: s.sums}
	for i := range out.sums {
		out.sums[i].Merge(&next.sums[i])
		out.known[i] = s.known[i] && next.known[i]
	}
	return out
}

// with is s and what another agent had at the same time.
func (s span) with(o span) span {
	out := span{from: min(s.from, o.from), upTo: s.upTo, end: max(s.end, o.end), of: together(s.of, o.of),
		requests: s.requests + o.requests, sums: s.sums}
	for i := range out.sums {
		out.sums[i].Merge(&o.sums[i])
		out.known[i] = s.known[i] && o.known[i]
	}
	return out
}

// beside has what both had, over the edges that both have while they run.
func beside(a, b []span) []span {
	if len(a) == 0 {
		return b
	}
	edges := sharedEdges(a, b)
	a, b = coarser(a, edges), coarser(b, edges)
	out := make([]span, 0, len(edges))
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].upTo < b[0].upTo:
			out, a = append(out, a[0]), a[1:]
		case len(a) == 0 || b[0].upTo < a[0].upTo:
			out, b = append(out, b[0]), b[1:]
		default:
			out, a, b = append(out, a[0].with(b[0])), a[1:], b[1:]
		}
	}
	return out
}

// sharedEdges are the ends of spans that both have, and of one those before the other began
// and after it ended.
func sharedEdges(a, b []span) []int64 {
	out := slices.Concat(allowed(a, b), allowed(b, a))
	slices.Sort(out)
	return slices.Compact(out)
}

// allowed are the ends of spans that another agent's do not forbid.
func allowed(spans, by []span) []int64 {
	begin, end := by[0].from, by[len(by)-1].upTo
	var out []int64
	for _, s := range spans {
		_, has := slices.BinarySearchFunc(by, s.upTo, func(o span, line int64) int { return cmp.Compare(o.upTo, line) })
		if has || s.upTo <= begin || s.upTo > end {
			out = append(out, s.upTo)
		}
	}
	return out
}

// coarser joins spans up to each of the edges. What ends before an edge belongs to it.
func coarser(spans []span, edges []int64) []span {
	out := make([]span, 0, len(edges))
	i := 0
	for _, s := range spans {
		next := i
		for edges[next] < s.upTo {
			next++
		}
		s.upTo = edges[next]
		if len(out) > 0 && next == i {
			out[len(out)-1] = out[len(out)-1].then(s)
		} else {
			out = append(out, s)
		}
		i = next
	}
	return out
}

// intervals are those of all agents together. One that is not merged has the percentiles of
// all its latencies.
func (a *axis) intervals() []metrics.Interval {
	out := make([]metrics.Interval, len(a.spans))
	before := 0.0
	if len(a.spans) > 0 {
		before = float64(a.spans[0].from) * a.interval
	}
	for i := range a.spans {
		s := &a.spans[i]
		out[i] = a.of(s, s.end, s.end-before)
		out[i].Live = nil // of a journal, see [metrics.LivePorts]
		before = s.end
	}
	return out
}

// of is a span as an interval of such a length.
func (a *axis) of(s *span, end, length float64) metrics.Interval {
	iv := s.of
	iv.TS, iv.LengthS = end, length
	iv.ConnectionsPerSecond, iv.RequestsPerSecond = 0, 0
	if length > 0 {
		iv.ConnectionsPerSecond = float64(iv.Succeeded) / length
		iv.RequestsPerSecond = s.requests / length
	}
	a.latencies(&iv, s)
	return iv
}

// latencies are those of a span that every agent kept.
func (a *axis) latencies(iv *metrics.Interval, s *span) {
	texts := [3]*string{&iv.ConnectHDR, &iv.RequestHDR, &iv.ResponseHDR}
	halves := [3]**float64{&iv.ConnectP50US, &iv.RequestP50US}
	most := [3]**float64{&iv.ConnectP99US, &iv.RequestP99US, &iv.ResponseP99US}
	one := iv.Merged <= 1
	for i := range s.sums {
		*most[i] = nil
		if halves[i] != nil {
			*halves[i] = nil
		}
		if !s.known[i] {
			continue
		}
		*texts[i] = a.adder.HDR(&s.sums[i])
		if !one {
			continue
		}
		*most[i] = a.adder.Percentile(&s.sums[i], 99)
		if halves[i] != nil {
			*halves[i] = a.adder.Percentile(&s.sums[i], 50)
		}
	}
	if one {
		iv.Least, iv.Most = nil, nil
	}
}
