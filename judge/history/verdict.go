package history

import "fmt"

// Judge names the changes for the worse that are of a kind, "any" for both, and
// what does not let itself be judged: groups with too few runs, files that could
// not be read, and changes that may be of another kind. A metric that is neither
// better high nor low has none but for the worse.
func (h History) Judge(kind string) (worse, unclear []string) {
	for _, m := range h.Metrics {
		for _, g := range m.Groups {
			says := fmt.Sprintf("%s of %s %s", m.Name, g.Name, g.says(m.unit))
			switch {
			case g.untested(kind), g.Change.Kind == Irregular:
				unclear = append(unclear, says)
			case g.Change.Kind == Unchanged || !m.worse(g.Change):
			case kind == "any" || kind == string(g.Change.Kind):
				worse = append(worse, says)
			case g.Change.Kind == Changing:
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
// 1 for high, -1 for low and 0 for neither.
func (m Metric) worse(c Change) bool { return m.better == 0 || m.better > 0 != c.Up }

// untested reports whether there are too few runs for a kind of change.
func (g Group) untested(kind string) bool {
	return g.Change.Kind == Untested ||
		g.Change.Kind == Unchanged && kind != string(Drifting) && g.Drift.Runs < leastStepRuns
}
