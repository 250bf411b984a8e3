package compare

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// Side is what stands on one side of a comparison: a name for messages, and
// the runs.
type Side struct {
	Name string
	Runs []*results.Run
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
	return Printable(strings.Join(parts, " "))
}

// Printable is s on one line, without control characters: what a result file
// says may be on a terminal.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// fit is the group without the runs that show nothing, and why each of those
// was left out.
func (g Group) fit() (Group, []string) {
	out := Group{Labels: g.Labels}
	var left []string
	for i, r := range g.Runs {
		if why := Unfit(r); why != "" {
			left = append(left, fmt.Sprintf("%s, run %d of %d is left out: %s", g.Name(), i+1, len(g.Runs), why))
			continue
		}
		out.Runs = append(out.Runs, r)
	}
	return out, left
}

// Unfit says why a run shows nothing about what it measured: it was
// interrupted, or the generator itself was late. It is empty for a run that
// does, be it a failure.
func Unfit(r *results.Run) string {
	switch {
	case r.Interrupted:
		return fmt.Sprintf("it was interrupted after %s", figure.Seconds(r.DurationS))
	case !r.Valid():
		return fmt.Sprintf("the generator itself was late, by %s at the 99th percentile, where %v is allowed",
			figure.Micros(r.Lateness.OwnP99US), time.Duration(results.MaxOwnLateness))
	default:
		return ""
	}
}
