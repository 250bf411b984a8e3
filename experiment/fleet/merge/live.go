package merge

import (
	"time"

	"tcpbench/law/capacity"
	"tcpbench/metrics"
)

// Interval is what agents did in one stretch of time, of a run that goes on: each has told
// of its interval of that time. There is at least one.
func Interval(agents []metrics.Interval) metrics.Interval {
	a := newAxis(time.Second) // no interval is placed on it
	var all span
	for i, iv := range agents {
		var s span
		_ = a.take(&s, iv) // what is damaged is not known, and refused in the end
		if i == 0 {
			all = s
			continue
		}
		all = all.with(s)
	}
	return a.of(&all, all.of.TS, all.of.LengthS)
}

// Predictions is the law of all agents together.
func Predictions(laws []capacity.Prediction) capacity.Prediction { return capacity.Together(laws) }
