package compare

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/results"
	"tcpbench/scenario"
)

// Side is what stands on one side of a comparison: a name for messages, and
// the runs.
type Side struct {
	Name string
	Runs []*results.Run
	// Unfinished are the journals of runs that have no result.
	Unfinished []string
}

// Group is the repeats of one cell.
type Group struct {
	// Labels are the cell's matrix keys and values; none outside of a sweep.
	Labels map[string]string
	Runs   []*results.Run
}

// Groups sorts runs by cell, in the order in which the cells appear.
func Groups(runs []*results.Run) []Group {
	var out []Group
	for _, r := range runs {
		i := slices.IndexFunc(out, func(g Group) bool { return maps.Equal(g.Labels, r.Cell) })
		if i < 0 {
			i = len(out)
			out = append(out, Group{Labels: r.Cell})
		}
		out[i].Runs = append(out[i].Runs, r)
	}
	return out
}

// is reports whether o is the same cell. Names may be alike where labels are
// not: those of a sysctl of either side.
func (g Group) is(o Group) bool { return maps.Equal(g.Labels, o.Labels) }

// Find is the index of the group of the same cell as g; -1 when there is none.
func (g Group) Find(all []Group) int { return slices.IndexFunc(all, g.is) }

// Name is the labels in short, "run" where there are none.
func (g Group) Name() string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(g.Labels)) {
		parts = append(parts, scenario.ShortKey(k)+"="+g.Labels[k])
	}
	if len(parts) == 0 {
		return "run"
	}
	return prose.Printable(strings.Join(parts, " "))
}

// Left is a run of a group that shows nothing.
type Left struct {
	// Run says which one: "run 2 of 6".
	Run, Why string
}

// Fit is the group without the runs that show nothing, and those.
func (g Group) Fit() (Group, []Left) {
	out := Group{Labels: g.Labels}
	var left []Left
	for i, r := range g.Runs {
		why := Unfit(r)
		if why == "" {
			why = again(g.Runs[:i], r)
		}
		if why != "" {
			left = append(left, Left{fmt.Sprintf("run %d of %d", i+1, len(g.Runs)), why})
			continue
		}
		out.Runs = append(out.Runs, r)
	}
	return out, left
}

// Unfit says why a run shows nothing about what it measured: it was
// interrupted, has no end, or agents of its fleet were lost. It is empty for a run that does, be it a failure.
func Unfit(r *results.Run) string {
	switch {
	case r.CutOff != nil:
		return fmt.Sprintf("it %s; its journal is up to %s", r.CutOff.Why(), figure.Seconds(r.DurationS))
	case r.Interrupted:
		return fmt.Sprintf("it was interrupted after %s", figure.Seconds(r.DurationS))
	case r.Degraded:
		return "it is degraded: " + r.Shortfall()
	default:
		return ""
	}
}
