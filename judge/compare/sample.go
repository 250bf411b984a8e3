package compare

import (
	"math"

	"golang.org/x/perf/benchmath"

	"tcpbench/judge/metric"
	"tcpbench/judge/slo"
	"tcpbench/results"
)

const (
	// MinRepeats is how many repeats a side needs for a change to be
	// significant at all at 5 %: with 3 and 3, complete separation has p = 0.1.
	MinRepeats = 4

	// MinInterval is how many repeats a finite 95 % interval of the median needs.
	MinInterval = 6

	confidence = 0.95
)

// Sample is what the repeats of a cell say about one metric, in the metric's
// unit: microseconds, percent, a number, 0 or 1.
type Sample struct {
	// Values has one for each repeat that measured the metric.
	Values []float64 `json:"values"`
	// Median is that of the values; Lo and Hi bound its 95 % interval, and are
	// absent below [MinInterval] values.
	Median float64  `json:"median"`
	Lo     *float64 `json:"lo,omitempty"`
	Hi     *float64 `json:"hi,omitempty"`
	// Merged is the figure of all repeats' latencies in one histogram; absent
	// for what is no latency.
	Merged *float64 `json:"merged,omitempty"`

	unit metric.Unit
	// of is how many repeats there were, and left why not all of them are among the
	// values.
	of   int
	left string
}

// measured is the sample of a metric; nil, and why, when no run has it. all is
// what [merged] made of runs. Runs whose figure is in part the generator's own
// are left out.
func measured(m metric.Metric, runs []*results.Run, all *results.Run) (*Sample, string) {
	s := &Sample{unit: m.Unit, of: len(runs)}
	why := "there is no run"
	var fit []*results.Run
	for _, r := range runs {
		v, err := m.Measure(r)
		if own := m.Own(r); err == nil && own.What != "" {
			err = own
		}
		if err != nil {
			why = err.Error()
			continue
		}
		s.Values, fit = append(s.Values, v), append(fit, r)
	}
	if len(s.Values) == 0 {
		return nil, why
	}
	if len(fit) < len(runs) {
		s.left = why
	}
	s.summarize()
	if len(fit) < len(runs) && m.Phase != "" {
		all = mergedFit(fit)
	}
	if v, err := m.Measure(all); err == nil && m.Phase != "" {
		s.Merged = &v
	}
	return s, ""
}

// mergedFit is what [merged] makes of some of the runs that it has merged
// before, and so could decode.
func mergedFit(runs []*results.Run) *results.Run {
	all, _ := merged(runs)
	return all
}

func (s *Sample) summarize() {
	sum := benchmath.AssumeNothing.Summary(s.sample(), confidence)
	s.Median = sum.Center
	if !math.IsInf(sum.Lo, 0) && !math.IsInf(sum.Hi, 0) {
		s.Lo, s.Hi = &sum.Lo, &sum.Hi
	}
}

// sample is for benchmath, which sorts the values it is given.
func (s *Sample) sample() *benchmath.Sample {
	return benchmath.NewSample(append([]float64(nil), s.Values...), &benchmath.DefaultThresholds)
}

// N is how many repeats measured the metric.
func (s *Sample) N() int { return len(s.Values) }

// Figure is what to show: that of all repeats together where there is one,
// else the median of the repeats.
func (s *Sample) Figure() float64 {
	if s.Merged != nil {
		return *s.Merged
	}
	return s.Median
}

// String is the figure with its unit and, where there is one, its interval:
// "5.2us ± 3%". A truth is how many repeats have it: "3 of 4".
func (s *Sample) String() string {
	if s.unit == metric.Truth {
		return s.truths()
	}
	return slo.Value{Unit: s.unit, Float: s.Figure()}.Brief() + " ± " + s.spread()
}

func (s *Sample) spread() string {
	if s.Lo == nil || s.Hi == nil {
		return "∞"
	}
	return benchmath.Summary{Center: s.Median, Lo: *s.Lo, Hi: *s.Hi}.PctRangeString()
}
