package compare

import (
	"crypto/sha256"
	"fmt"
	"reflect"
	"time"

	"tcpbench/results"
)

// Runs agree on a few latencies, and not on so many of several phases.
const manyLatencies, severalPhases = 100, 3

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

// Fingerprint is of the latencies of a run, so that two results have the same one where
// they are copies; "" where there are too few latencies to know.
func Fingerprint(r *results.Run) string {
	hash, phases := sha256.New(), 0
	for _, phase := range results.PhaseKeys() {
		if s := r.Latency.Phase(phase); s != nil && s.Count >= manyLatencies {
			phases++
			hash.Write([]byte(s.HDR))
		}
	}
	if phases < severalPhases {
		return ""
	}
	return string(hash.Sum(nil))
}

// sameLatencies reports whether two runs have the same histograms of several phases.
func sameLatencies(a, b *results.Run) bool {
	same := 0
	for _, phase := range results.PhaseKeys() {
		was, is := a.Latency.Phase(phase), b.Latency.Phase(phase)
		if was != nil && is != nil && is.Count >= manyLatencies && was.Count == is.Count && was.HDR == is.HDR {
			same++
		}
	}
	return same >= severalPhases
}
