package plots

import (
	"errors"
	"maps"
	"math"
	"slices"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
)

// cell is the runs of one setting of a sweep.
type cell struct {
	label string
	runs  []*results.Run
}

// ForSweep returns the pictures that compare the runs of a sweep, without
// those that would show nothing. Repeats of a cell count as one: their median
// is drawn, and of lines each repeat too. Errors are as from [ForRun].
func ForSweep(runs []*results.Run) ([]Picture, error) {
	cells := cellsOf(runs)
	var pics []Picture
	var errs []error
	for _, draw := range []func([]cell) (Picture, bool, error){untilExhaustion, sweepRates, sweepOverTime,
		sweepLatency} {
		p, ok, err := draw(cells)
		if ok {
			pics = append(pics, p)
		}
		errs = append(errs, err)
	}
	return pics, errors.Join(errs...)
}

// cellsOf groups runs by cell, in the order of their first runs. Runs that
// have no cell are cells of their own.
func cellsOf(runs []*results.Run) []cell {
	var cells []cell
	for _, r := range runs {
		i := slices.IndexFunc(cells, func(c cell) bool { return len(r.Cell) > 0 && maps.Equal(c.runs[0].Cell, r.Cell) })
		if i < 0 {
			cells = append(cells, cell{runs: []*results.Run{r}})
			continue
		}
		cells[i].runs = append(cells[i].runs, r)
	}
	firsts := make([]*results.Run, len(cells))
	for i, c := range cells {
		firsts[i] = c.runs[0]
	}
	for i, label := range results.CellLabels(firsts) {
		cells[i].label = label
	}
	return cells
}

// median is that of the values that f returns for c's runs; 0 when there are
// none above 0.
func (c cell) median(f func(*results.Run) float64) float64 {
	var vs []float64
	for _, r := range c.runs {
		if v := f(r); Usable(v) && v > 0 {
			vs = append(vs, v)
		}
	}
	if len(vs) == 0 {
		return 0
	}
	return figure.Median(vs)
}

// exhausted counts the runs that ran out of ports.
func (c cell) exhausted() int {
	n := 0
	for _, r := range c.runs {
		if r.Exhaustion != nil && r.Exhaustion.Exhausted {
			n++
		}
	}
	return n
}

// outcome is the common outcome of c's runs; "mixed" where they differ.
func (c cell) outcome() string {
	seen := map[exhaustion.Outcome]bool{}
	for _, r := range c.runs {
		if r.Exhaustion != nil {
			seen[r.Exhaustion.Outcome] = true
		}
	}
	switch keys := slices.Collect(maps.Keys(seen)); len(keys) {
	case 0:
		return "not measured"
	case 1:
		return prose.Printable(string(keys[0]))
	default:
		return "mixed"
	}
}

// geometric returns the ends of n stretches from the first to the last time,
// each longer than the one before by the same factor, and the first itself.
func geometric(first, last float64, n int) []float64 {
	if !(first > 0) || !(last > first) {
		return nil
	}
	var edges []float64
	for i := range n + 1 {
		edges = append(edges, first*math.Pow(last/first, float64(i)/float64(n)))
	}
	edges[n] = last
	return edges
}
