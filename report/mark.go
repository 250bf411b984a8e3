package report

import (
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/law/exhaustion"
	"tcpbench/plots"
	"tcpbench/results"
)

// mark is a moment of a run, with what there is to say of it.
type mark struct {
	At   number `json:"at"`
	Name string `json:"name"`
	Kind string `json:"kind"`
	Why  string `json:"why"`
}

// The kinds of marks, which are classes of the style sheet.
const (
	kneeMark     = "knee"
	failureMark  = "failure"
	recoveryMark = "recovery"
)

// marks are the cut of the link, the knee, the first failure and the recovery, in the
// order of their times.
func marks(r *results.Run) []mark {
	out := []mark{}
	add := func(at float64, name, kind, why string) {
		if plots.Usable(at) && at >= 0 {
			out = append(out, mark{number(at), name, kind, why})
		}
	}
	if at, ok := r.CutAtS(); ok {
		add(at, "link cut", failureMark, "Here the client's link was taken down, as --cut-link says.")
	}
	if k := r.Knee(); k != nil {
		add(*k.AfterSeconds, "knee", kneeMark, kneeWhy(k))
	}
	f := r.Exhaustion
	if f == nil || !f.Exhausted || f.AfterSeconds == nil {
		if at, n := firstFailure(r); n > 0 {
			add(at, "first failure", failureMark, fmt.Sprintf("In the interval that ends here the first connections "+
				"failed: %s.", figure.Plural(n, "connection")))
		}
		return out
	}
	add(*f.AfterSeconds, "ports exhausted"+f.OnHost(), failureMark, exhaustedWhy(r))
	if after := f.RecoveredAfterSeconds; after != nil {
		add(*f.AfterSeconds+*after, "recovered", recoveryMark, fmt.Sprintf("Here a connection was given a port again, "+
			"%s after the first one that was not.", figure.Seconds(*after)))
	}
	return out
}

// firstFailure is when the first interval with a failed connection ended, and how many
// it has; 0 where none failed.
func firstFailure(r *results.Run) (at float64, n int64) {
	for _, iv := range r.Intervals {
		if iv.Failed > 0 {
			return iv.TS, iv.Failed
		}
	}
	return 0, 0
}

func kneeWhy(k *exhaustion.Knee) string {
	s := "From here on a connection is dearer: "
	if k.Occupancy != nil {
		s += figure.AboutPercent(*k.Occupancy) + " of the ports are in use, and "
	}
	s += "the kernel has to look at many ports until it finds a free one."
	if before, after, what := k.Cost(); what != "" {
		s += fmt.Sprintf(" %s went from %s to %s.", what, figure.Micros(before), figure.Micros(after))
	}
	if k.RateBefore != nil && k.RateAfter != nil {
		s += fmt.Sprintf(" Throughput went from %s/s to %s/s.", figure.Number(*k.RateBefore),
			figure.Number(*k.RateAfter))
	}
	return s
}

func exhaustedWhy(r *results.Run) string {
	f := r.Exhaustion
	s := "Here the first connection found no free port" + f.OnHost()
	if f.Errno != "" {
		s += fmt.Sprintf(": %s(2) failed with %s", f.Call, f.Errno)
	}
	if f.AfterConnections == nil {
		return s + "."
	}
	s += fmt.Sprintf(", after %s", figure.Plural(*f.AfterConnections, "connection"))
	if r.Prediction.Exhausts() && r.Prediction.ConnectionsUntilExhaustion > 0 {
		s += fmt.Sprintf("; the law predicts %s", r.Prediction.Until())
	}
	return s + "."
}
