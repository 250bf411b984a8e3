package report

import (
	"tcpbench/metrics"
	"tcpbench/plots"
	"tcpbench/results"
)

// pointsOfPage is how many points in time all runs of a page have together: each takes
// some 60 bytes, so that they are 1 MB at most.
const pointsOfPage = 16000

// pointsOfEach is how many each of so many runs may have.
func pointsOfEach(runs int) int {
	return min(max(pointsOfPage/max(runs, 1), 100), metrics.TimelineMost)
}

// sample is a point in time, at the end of what its figures are of; none has no figures,
// where nothing was measured before it.
type sample struct {
	at     number
	figure *metrics.Figures
	// failures are the failed connections per second, serverErrors the bad answers, and
	// errors the failures by call and errno, in a time of so many seconds.
	failures, serverErrors number
	errors                 map[string]int64
	length                 float64
}

// samples are the intervals of a run, as many as can be drawn.
type samples []sample

// newSamples has most points at most, or twice as many where intervals are merged: of
// those the largest figures and the smallest stand side by side.
func newSamples(r *results.Run, most int) samples {
	var out samples
	last := 0.0
	for _, iv := range thinned(r.Intervals, most) {
		if !(iv.TS > last) || !plots.Usable(iv.TS) {
			continue
		}
		length := iv.TS - last
		gap := iv.LengthS > 0 && plots.Usable(iv.LengthS) && length > 1.5*iv.LengthS
		if gap {
			middle := number(last + (length-iv.LengthS)/2)
			out = append(out, sample{at: middle, failures: absent(), serverErrors: absent()})
			length = iv.LengthS
		}
		s := sample{at: number(iv.TS), figure: figures(&iv), failures: number(float64(iv.Failed) / length),
			serverErrors: number(float64(iv.ServerErrors) / length), errors: iv.Errors, length: length}
		if gap || last == 0 {
			begin := s
			begin.at, begin.figure = number(iv.TS-length), beginning(r, s.figure, gap)
			out = append(out, begin)
		}
		if iv.Merged > 1 {
			high := s
			high.at, high.figure = number(iv.TS-length/2), iv.Highest()
			s.figure = iv.Lowest()
			out = append(out, high)
		}
		out, last = append(out, s), iv.TS
	}
	return out
}

// beginning are the figures where an interval begins that has none before it: what is so
// at an instant is not known there, but at the start of the run in a lab, which has no
// older connections.
func beginning(r *results.Run, f *metrics.Figures, gap bool) *metrics.Figures {
	begin := *f
	begin.InFlight, begin.TimeWait, begin.FinWait2, begin.PortsInUse = nil, nil, nil, nil
	switch {
	case gap:
	case r.PortsAtStart != nil:
		begin.PortsInUse = r.PortsAtStart
	case r.Environment.Lab && r.Options.Warmup == 0:
		begin.InFlight = new(0)
		if f.TimeWait != nil {
			begin.TimeWait = new(0)
		}
		if f.PortsInUse != nil {
			begin.PortsInUse = new(0)
		}
	}
	return &begin
}

// figures are those of an interval; rates too where it does not say how long it was.
func figures(iv *metrics.Interval) *metrics.Figures {
	f := *iv.Highest()
	f.ConnectionsPerSecond, f.RequestsPerSecond = &iv.ConnectionsPerSecond, &iv.RequestsPerSecond
	return &f
}

// thinned are intervals of which neighbours are merged until there are no more than most,
// or than a [metrics.Timeline] keeps.
func thinned(intervals []results.Interval, most int) []results.Interval {
	if len(intervals) <= most {
		return intervals
	}
	if len(intervals) > metrics.TimelineMost {
		h := metrics.NewHistory()
		for _, iv := range intervals {
			h.Add(iv)
		}
		intervals = h.All()
	}
	for len(intervals) > most {
		intervals = halved(intervals)
	}
	return intervals
}

// drawable is r with as few intervals as this program writes: a result of another origin
// may have any number. It is a copy where there are more, and says so.
func drawable(r *results.Run) *results.Run {
	if len(r.Intervals) <= metrics.TimelineMost {
		return r
	}
	few := *r
	few.Intervals = thinned(r.Intervals, metrics.TimelineMost)
	few.Warnings = append(r.Warnings[:len(r.Warnings):len(r.Warnings)], results.MergedWarnings(few.Intervals)...)
	return &few
}

// halved merges every two neighbours.
func halved(intervals []results.Interval) []results.Interval {
	var out []results.Interval
	for i := 0; i < len(intervals); i += 2 {
		iv := intervals[i]
		if i+1 < len(intervals) {
			iv = iv.Join(intervals[i+1])
		}
		out = append(out, iv)
	}
	return out
}

// perSecond is how many failures of a kind there were.
func (s sample) perSecond(name string) number {
	if s.length == 0 {
		return absent()
	}
	return number(float64(s.errors[name]) / s.length)
}

// times are the points' own.
func (s samples) times() []number {
	out := []number{}
	for _, one := range s {
		out = append(out, one.at)
	}
	return out
}

// of is a figure at every point; nil where none of them has it.
func (s samples) of(value func(*metrics.Figures) *float64) []number {
	return s.each(func(one sample) number {
		if one.figure == nil {
			return absent()
		}
		v := value(one.figure)
		if v == nil || !plots.Usable(*v) || *v < 0 {
			return absent()
		}
		return number(*v)
	})
}

// counts is the same of whole numbers.
func (s samples) counts(value func(*metrics.Figures) *int) []number {
	return s.of(func(f *metrics.Figures) *float64 {
		n := value(f)
		if n == nil {
			return nil
		}
		return new(float64(*n))
	})
}

func (s samples) each(value func(sample) number) []number {
	out, some := make([]number, len(s)), false
	for i, one := range s {
		out[i] = value(one)
		some = some || out[i] == out[i]
	}
	if !some {
		return nil
	}
	return out
}
