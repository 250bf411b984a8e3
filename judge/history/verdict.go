package history

import (
	"fmt"
	"slices"
)

// Judge names the changes for the worse that are of a kind, "any" for all, and
// what does not let itself be judged: groups with too few runs, files that could
// not be read, changes that may be of another kind, and newest runs of which too little is
// known. A metric that is neither
// better high nor low has none but for the worse.
func (h History) Judge(kind string) (worse, unclear []string) {
	for _, m := range h.Metrics {
		for _, g := range m.Groups {
			says := fmt.Sprintf("%s of %s %s", m.Name, g.Name, g.says(m.unit))
			changed := g.Change.Kind != Unchanged && m.worse(g)
			switch {
			case g.untested(kind), g.Change.Kind == Irregular:
				unclear = append(unclear, says)
			case changed && (kind == "any" || kind == string(g.Change.Kind) ||
				kind == string(Stepping) && g.Change.Kind == Several):
				worse = append(worse, says)
			case changed && g.Change.Kind == Changing, m.unknown(g, kind):
				unclear = append(unclear, says)
			}
		}
	}
	if n := len(h.Skipped); n > 0 {
		unclear = append(unclear, fmt.Sprintf("files that could not be read: %d", n))
	}
	return worse, unclear
}

// worse reports whether a change is away from where the metric is better, which is
// 1 for high, -1 for low and 0 for neither. Of several steps the last one counts, and
// that the last level is beyond the middle half of any before.
func (m Metric) worse(g Group) bool {
	if g.Change.Kind != Several {
		return m.better == 0 || m.better > 0 != g.Change.Up
	}
	now := g.Steps[len(g.Steps)-1]
	if m.better == 0 || m.better > 0 != (now.After.Median > now.Before.Median) {
		return true
	}
	return slices.ContainsFunc(g.Steps, func(s Step) bool {
		return m.better > 0 && now.After.Median < s.Before.Low || m.better < 0 && now.After.Median > s.Before.High
	})
}

// untested reports whether there are too few runs for a kind of change.
func (g Group) untested(kind string) bool {
	return g.Change.Kind == Untested || kind != string(Drifting) && g.Drift.Runs < leastStepRuns &&
		(g.Change.Kind == Unchanged || kind == string(Stepping))
}
