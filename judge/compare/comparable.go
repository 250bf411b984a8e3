package compare

import (
	"fmt"
	"slices"
	"strings"
)

// IncomparableError is that runs were taken under conditions that say nothing
// about each other.
type IncomparableError struct {
	What        string // what is being compared
	Differences []Difference
}

func (e *IncomparableError) Error() string {
	lines := make([]string, len(e.Differences))
	for i, d := range e.Differences {
		lines[i] = "\n  " + d.String() + inCells(d.Cells)
	}
	return fmt.Sprintf("%s are not comparable, because these differ:%s\nmeasure both under the same conditions, or "+
		"compare anyway with --force", e.What, strings.Join(lines, ""))
}

func inCells(cells []string) string {
	if len(cells) == 0 {
		return ""
	}
	return " (in " + strings.Join(cells, "; ") + ")"
}

// alike reports in what the runs of a group differ: repeats do in nothing.
func (g Group) alike() []Difference {
	var out []Difference
	for _, r := range g.Runs[1:] {
		for _, d := range differences(g.Runs[0], r) {
			d.Cells = []string{g.Name()}
			out = merge(out, d)
		}
	}
	return out
}

// merge adds a difference, or the cell to one that is there already.
func merge(all []Difference, d Difference) []Difference {
	i := slices.IndexFunc(all, func(o Difference) bool {
		return o.What == d.What && o.Base == d.Base && o.New == d.New
	})
	if i < 0 {
		return append(all, d)
	}
	for _, cell := range d.Cells {
		if !slices.Contains(all[i].Cells, cell) {
			all[i].Cells = append(all[i].Cells, cell)
		}
	}
	return all
}

// part splits differences into those that forbid a comparison and the others.
// The cells of one that is the same in all of them are left out.
func part(all []Difference, cells int) (forbid, changed []Difference) {
	for _, d := range all {
		if len(d.Cells) == cells {
			d.Cells = nil
		}
		if d.must {
			forbid = append(forbid, d)
			continue
		}
		changed = append(changed, d)
	}
	return forbid, changed
}
