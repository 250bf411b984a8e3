package history

import (
	"math"

	"tcpbench/internal/figure"
	"tcpbench/judge/compare"
)

// Kind is how a figure changes over its runs.
type Kind string

// The kinds of changes.
const (
	// Drifting moves from run to run, Stepping changes its level once, Several more
	// than once, and Changing is one of the first two where both fit alike.
	Drifting Kind = "drift"
	Stepping Kind = "step"
	Several  Kind = "steps"
	Changing Kind = "drift or step"
	// Irregular is beyond the noise, and described by none of them: a weak change, or
	// one for a few runs.
	Irregular Kind = "other"
	// Unchanged: what there is may be chance. Untested: there are too few runs.
	Unchanged Kind = "none"
	Untested  Kind = "too few runs"
)

// Change is what tests for a drift, for a step, and for a step and back say together.
type Change struct {
	Kind Kind `json:"kind"`
	// Up is the direction, of any change.
	Up bool `json:"up,omitempty"`

	// P is three times the smallest of the three probabilities, since three tests were
	// made; absent with too few runs.
	P *float64 `json:"p,omitempty"`

	// Of is how many runs there were to look at, where that is more than were.
	Of int `json:"of,omitempty"`
}

// decided is by how much one fit must be better than the other for the change to
// be called by it (a difference of BIC).
const decided = 4

// clearly is by how much two steps must fit better than one where no test has found
// them: the best two of all pairs fit better by chance, in skewed noise by up to 20.
const clearly = 5 * decided

// look tests values for both. tests is how many there are in the whole table. Where
// there are several steps, they are returned too.
func look(values []float64, tests int) (Change, Drift, *Step, []Step) {
	d := FindDrift(values)
	c := Change{Kind: Untested}
	if d.P == nil {
		return c, d, nil, nil
	}
	left := max(len(values)-mostRuns, 0)
	values = values[left:]
	if left > 0 {
		c.Of = left + len(values)
	}
	p := *d.P
	step, ok := FindStep(values, draws(d.Runs, tests))
	if !ok {
		c.P = &p
		return c.kind(values, d, nil, nil), d, nil, nil
	}
	first, back := findEpisode(values, draws(d.Runs, tests))
	if step.P <= back {
		first = []int{step.Run - 1}
	}
	p = min(3*min(p, step.P, back), 1)
	c.P = &p
	var at []int
	if p < significant {
		at = cuts(values, first...)
	}
	c = c.kind(values, d, &step, at)
	all := steps(values, at)
	for i := range all {
		all[i].Run += left
	}
	step.Run += left
	return c, d, &step, all
}

// draws is how many permutations it takes for one finding among so many tests, in
// bounded time.
func draws(runs, tests int) int {
	const least, most = 9_999, 200_000_000
	return min(max(least, int(20*float64(tests)/significant)), most/runs)
}

// kind is what the change is, if it is one: by which of its descriptions leaves
// least. cuts are where levels begin.
func (c Change) kind(values []float64, d Drift, s *Step, cuts []int) Change {
	c.Kind, c.Up = Drifting, *d.SlopePerRun > 0
	if s == nil {
		return c
	}
	line, level := lineLeaves(values, *d.SlopePerRun), levelsLeave(values, []int{s.Run - 1})
	switch {
	case len(cuts) > 1 && levelsLeave(values, cuts) < min(line, level)-decided:
		c.Kind = Several
	case min(line, level) > bic(away(values), len(values), 1)-decided,
		levelsLeave(values, twice(values)) < min(line, level)-clearly:
		c.Kind = Irregular
	case level < line-decided:
		c.Kind, c.Up = Stepping, s.After.Median > s.Before.Median
	case level < line+decided || *d.SlopePerRun == 0:
		c.Kind, c.Up = Changing, s.After.Median > s.Before.Median
	}
	return c
}

// lineLeaves is the BIC of a straight line, of two parameters.
func lineLeaves(values []float64, slope float64) float64 {
	rest := make([]float64, len(values))
	for i, v := range values {
		rest[i] = v - slope*float64(i)
	}
	return bic(away(rest), len(values), 2)
}

// away is by how much values are away from their median, in sum.
func away(values []float64) float64 {
	middle, sum := figure.Median(values), 0.0
	for _, v := range values {
		sum += math.Abs(v - middle)
	}
	return sum
}

// bic is Schwarz's criterion with errors of a Laplace distribution, which outliers
// do not rule.
func bic(away float64, n, parameters int) float64 {
	return 2*float64(n)*math.Log(max(away/float64(n), math.SmallestNonzeroFloat64)) +
		float64(parameters)*math.Log(float64(n))
}

// control keeps the share of findings that are false, over all groups of all
// metrics, at [significant], as package compare does over its rows.
func (h *History) control() {
	var tested []*Group
	for i := range h.Metrics {
		for j := range h.Metrics[i].Groups {
			if g := &h.Metrics[i].Groups[j]; g.Change.P != nil {
				tested = append(tested, g)
			}
		}
	}
	h.Tested = len(tested)
	h.Found = compare.Findings(tested, func(g *Group) float64 { return *g.Change.P }, significant)
	for i, g := range tested {
		if i >= h.Found {
			g.Change.Kind = Unchanged
		}
		g.Drift.Trend = Steady
		switch {
		case g.Change.Kind != Drifting:
		case g.Change.Up:
			g.Drift.Trend = Up
		default:
			g.Drift.Trend = Down
		}
		g.Recent = g.recent()
		if k := g.Change.Kind; k != Stepping && k != Changing {
			g.Step = nil
		}
		if g.Change.Kind != Several {
			g.Steps = nil
		}
	}
}
