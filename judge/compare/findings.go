package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"tcpbench/internal/figure"
	"tcpbench/judge/metric"
)

// control keeps the share of findings that are false, over all rows of a
// comparison, at 5 % (Benjamini and Hochberg 1995): of two sides of one setting,
// one comparison in twenty at most calls anything a change. Each row by itself
// would be wrong once in twenty times, and a table has as many.
//
// Note: tried Holm, which keeps the chance of any false finding there: with 4
// repeats a side p is 0.029 at the least, and no table of two rows had a finding.
func (c *Comparison) control() {
	const alpha = 0.05
	var rows []*Row
	for i := range c.Cells {
		for j := range c.Cells[i].Rows {
			if r := &c.Cells[i].Rows[j]; r.drawn() {
				rows = append(rows, r)
			}
		}
	}
	chance := 0
	for _, r := range rows[Findings(rows, func(r *Row) float64 { return *r.P }, alpha):] {
		if r.Significant() {
			r.Verdict = Same
			chance++
		}
	}
	if chance > 0 {
		c.note(fmt.Sprintf("p <= %s in %d of %d rows may be chance, as one row in %d has it when nothing changed: "+
			"measure more often", figure.Exact(alpha), chance, len(rows), int(1/alpha)))
	}
}

// Findings puts what was tested in the order of its probability p, and returns how
// many, from the lowest on, are findings of which a share of alpha at most is false
// (Benjamini and Hochberg 1995).
func Findings[T any](tested []T, p func(T) float64, alpha float64) int {
	slices.SortStableFunc(tested, func(a, b T) int { return cmp.Compare(p(a), p(b)) })
	found := 0
	for i, t := range tested {
		if p(t) <= alpha*float64(i+1)/float64(len(tested)) {
			found = i + 1
		}
	}
	return found
}

// drawn reports whether chance has a part in a row: it was tested, and its
// values are not the same in all repeats of each side, as what the kernel decides.
func (r *Row) drawn() bool {
	return r.P != nil && !(fixed(r.Base.Values) && fixed(r.New.Values))
}

func fixed(values []float64) bool { return slices.Min(values) == slices.Max(values) }

// leaveOutTwins takes out the rows that say what another says: whose values are
// those of an earlier row, run by run, in every cell, as requests/s are
// connections/s where each carries one. Rows that were asked for stay.
func (c *Comparison) leaveOutTwins(asked []metric.Metric) {
	var twins []string
	kept := []string{}
	for _, name := range metricsOf(c.Cells) {
		i := slices.IndexFunc(kept, func(k string) bool { return c.twins(k, name) })
		if i < 0 || slices.ContainsFunc(asked, func(m metric.Metric) bool { return m.Name == name }) {
			kept = append(kept, name)
			continue
		}
		twins = append(twins, name+" as "+kept[i])
		for j := range c.Cells {
			c.Cells[j].Rows = slices.DeleteFunc(c.Cells[j].Rows, func(r Row) bool { return r.Metric == name })
		}
	}
	if len(twins) > 0 {
		c.note("not shown, as the values are the same: " + strings.Join(twins, "; "))
	}
}

// twins reports whether two metrics have the same values in all cells.
func (c *Comparison) twins(one, other string) bool {
	for i := range c.Cells {
		a, b := c.Cells[i].Row(one), c.Cells[i].Row(other)
		if (a == nil) != (b == nil) || a != nil && !a.twin(b) {
			return false
		}
	}
	return true
}

func (r *Row) twin(o *Row) bool {
	return r.Unit == o.Unit && r.Base.twin(o.Base) && r.New.twin(o.New)
}

// twin reports whether values are the same to a thousandth, which is what a
// histogram keeps apart. A figure that is always 0 is nobody's twin.
func (s *Sample) twin(o *Sample) bool {
	if s == nil || o == nil {
		return s == nil && o == nil
	}
	return slices.Max(s.Values) > 0 && slices.EqualFunc(s.Values, o.Values, func(a, b float64) bool {
		return math.Abs(a-b) <= max(a, b)/1000
	})
}

// blocks says of a cell that one side was measured before the other.
func (p pair) blocks() string {
	if len(p.base.Runs) < MinRepeats || len(p.candidate.Runs) < MinRepeats {
		return "" // nothing is claimed
	}
	was, is := p.base.started(), p.candidate.started()
	if slices.ContainsFunc(slices.Concat(was, is), time.Time.IsZero) {
		return ""
	}
	earlier := func(a, b []time.Time) bool {
		return slices.MaxFunc(a, time.Time.Compare).Before(slices.MinFunc(b, time.Time.Compare))
	}
	if !earlier(was, is) && !earlier(is, was) {
		return ""
	}
	return p.name + ": one side was measured before the other, so that whatever else changed in between looks like a " +
		"difference: measure in turn, A B B A, as sweep --ab does"
}

// started is when each run of a group began.
func (g Group) started() []time.Time {
	var out []time.Time
	for _, r := range g.Runs {
		out = append(out, r.StartedAt)
	}
	return out
}

// left says in which figures of a side repeats are missing, and why in the first of
// them.
func (c *Cell) left(side string, of func(Row) *Sample) string {
	var names []string
	why := ""
	for _, r := range c.Rows {
		if s := of(r); s != nil && s.left != "" {
			names = append(names, fmt.Sprintf("%s (%d of %d)", r.Metric, s.N(), s.of))
			why = cmp.Or(why, s.left)
		}
	}
	if names == nil {
		return ""
	}
	return fmt.Sprintf("%s, %s: some repeats are left out of %s: %s", c.Name, side, few(names), why)
}
