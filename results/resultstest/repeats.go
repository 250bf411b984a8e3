package resultstest

import (
	"time"

	"tcpbench/metrics"
	"tcpbench/results"
)

// Repeats are n runs, made by one for a rate and a time to connect, that
// differ by up to 3 %, and no two of which took the same time.
func Repeats(n int, rate float64, connect time.Duration, one func(float64, time.Duration) *results.Run) []*results.Run {
	var out []*results.Run
	for i := range n {
		wobble := 1 + 0.01*float64((i*2)%4) - 0.01*float64(i%3)
		out = append(out, one(rate*wobble, time.Duration(float64(connect)/wobble)))
	}
	return Distinct(out)
}

// Distinct gives each run a duration of its own, some nanoseconds longer.
func Distinct(runs []*results.Run) []*results.Run {
	for i, r := range runs {
		r.DurationS += float64(i) * 1e-9
	}
	return runs
}

// Faster is what a run has measured that is so many times as fast as that of l: no two runs
// have the same latencies.
func Faster(l results.Latency, by float64) results.Latency {
	out, err := results.NewLatency(func(phase string) (*metrics.Summary, error) {
		s := l.Phase(phase)
		if s == nil {
			return nil, nil
		}
		was, err := s.Histogram()
		if err != nil {
			return nil, err
		}
		is := metrics.NewHistogram()
		for d, n := range was.All() {
			for range n {
				is.Record(time.Duration(float64(d) / by))
			}
		}
		return metrics.Summarize(is), nil
	})
	if err != nil {
		panic(err) // of a result that tests made
	}
	return out
}

// Each applies a change to every run.
func Each(runs []*results.Run, change func(*results.Run)) []*results.Run {
	for _, r := range runs {
		change(r)
	}
	return runs
}
