package resultstest

import (
	"time"

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

// Each applies a change to every run.
func Each(runs []*results.Run, change func(*results.Run)) []*results.Run {
	for _, r := range runs {
		change(r)
	}
	return runs
}
