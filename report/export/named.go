package export

import (
	"strconv"

	"tcpbench/internal/prose"
	"tcpbench/results"
)

// Named is a run, and the result that it is of.
type Named struct {
	// Result is the name of a file or a directory.
	Result string
	// N counts the runs of Result from 1.
	N   int
	Run *results.Run
}

// Of are the runs of a result of a name, in their order.
func Of(name string, runs []*results.Run) []Named {
	var out []Named
	for i, r := range runs {
		out = append(out, Named{Result: prose.Printable(name), N: i + 1, Run: r})
	}
	return out
}

// about says which run it is.
func (n Named) about() string {
	s := n.Result
	if n.N > 1 || len(n.Run.Cell) > 0 {
		s += ", run " + strconv.Itoa(n.N)
	}
	if cell := n.Run.CellLabel(); cell != "" {
		s += ": " + cell
	}
	if n.Run.Repeat > 1 {
		s += ", repeat " + strconv.Itoa(n.Run.Repeat)
	}
	return s
}

// since is the time in seconds since the epoch at so many seconds of the run's own clock,
// which begins after the warm-up.
func (n Named) since(at float64) float64 {
	start := 0.0
	if !n.Run.StartedAt.IsZero() {
		start = float64(n.Run.StartedAt.UnixMilli()) / 1e3
	}
	return start + at
}
