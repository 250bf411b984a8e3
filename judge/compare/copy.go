package compare

import (
	"fmt"
	"reflect"
	"time"

	"tcpbench/results"
)

// again says that r is one of the runs before it: a copy is no repeat. No two runs
// measure the same duration, latencies and processor time.
func again(before []*results.Run, r *results.Run) string {
	for i, o := range before {
		copied := *o
		copied.StartedAt, copied.Cell, copied.Repeat, copied.Tool = r.StartedAt, r.Cell, r.Repeat, r.Tool
		why := sameRun(o, r)
		if why == "" && reflect.DeepEqual(copied, *r) {
			why = "all that they measured is the same"
		}
		if why != "" {
			return fmt.Sprintf("it is run %d once more: %s, and a copy is no repeat", i+1, why)
		}
	}
	return ""
}

// sameRun says why two results are of one run; "" where nothing shows it. A run has
// its start, to the nanosecond, to itself; and a copy that was edited still has the latencies.
func sameRun(a, b *results.Run) string {
	switch {
	case !b.StartedAt.IsZero() && b.StartedAt.Equal(a.StartedAt):
		return "both started at " + b.StartedAt.Format(time.RFC3339Nano)
	case sameLatencies(a, b):
		return "their latencies are the same, one by one"
	default:
		return ""
	}
}

// sameLatencies reports whether two runs have the same histograms of several phases: runs
// agree on a few latencies, and not on a hundred of each.
func sameLatencies(a, b *results.Run) bool {
	const many, several = 100, 3
	same := 0
	for _, phase := range results.PhaseKeys() {
		was, is := a.Latency.Phase(phase), b.Latency.Phase(phase)
		if was != nil && is != nil && is.Count >= many && was.Count == is.Count && was.HDR == is.HDR {
			same++
		}
	}
	return same >= several
}
