package gate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tcpbench/judge/compare"
)

// regressions compares a cell with its baseline.
func (j *judge) regressions(g compare.Group, cells int, rs []Regression) {
	if len(rs) == 0 {
		return
	}
	cell, c, err := j.compared(g, cells, rs)
	for _, r := range rs {
		check := Check{Cell: g.Name(), Name: r.Text, Answer: Inconclusive, Place: r.Place}
		if err != nil {
			check.Why = oneLine(err)
		} else {
			r.judge(cell.Row(r.Metric.Name), &check)
		}
		j.add(check)
	}
	if err == nil {
		j.report.Moved = append(j.report.Moved,
			Moved{g.Name(), slices.Concat(c.Changed, c.Forced), moved(cell.Rows, rs)})
	}
}

// compared is the comparison of a cell with the baseline's cell of the same
// labels, or with its only one where there is but one on either side.
func (j *judge) compared(g compare.Group, cells int, rs []Regression) (*compare.Cell, *compare.Comparison, error) {
	if j.in.Baseline == nil {
		return nil, nil, errors.New("there is no baseline")
	}
	was := compare.Groups(j.in.Baseline.Runs)
	i := g.Find(was)
	if i < 0 && len(was) == 1 && cells == 1 {
		i = 0
	}
	if i < 0 {
		return nil, nil, fmt.Errorf("the baseline %s does not have this cell", j.in.Baseline.Name)
	}
	o := compare.Options{Force: j.in.Force}
	for _, r := range rs {
		o.Metrics = append(o.Metrics, r.Metric)
	}
	c, err := compare.Compare(compare.Side{Name: j.in.Baseline.Name, Runs: was[i].Runs},
		compare.Side{Name: j.in.Results.Name, Runs: g.Runs}, o)
	if err != nil {
		return nil, nil, err
	}
	return &c.Cells[0], c, nil
}

// oneLine is an error's text without its line breaks.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// judge answers from a row; nil when neither side has the metric.
func (r Regression) judge(row *compare.Row, c *Check) {
	if row == nil {
		c.Why = "neither side has it"
		return
	}
	c.Measured = row.Brief()
	const more = ": measure more often, as with --repeat 20"
	found, finds := "", true
	if row.Power != nil {
		found, finds = row.Power.FoundOneWay(r.Percent, r.Fall)
	}
	switch exceeded := r.exceeded(row); {
	case row.Verdict == compare.Missing || row.Verdict == compare.Inconclusive:
		c.Why = row.Note
	case exceeded && row.SignificantAlone():
		c.Answer = Failed
	case exceeded && row.Power.RulesOut(r.Percent, r.Fall):
		c.Why = "the repeats together changed by more than is allowed, and most of them did not: some stand out"
	case exceeded:
		c.Why = "more than is allowed, and not significant: repeats of one setting differ as much. " +
			capital(found) + more
	case !row.Power.RulesOut(r.Percent, r.Fall):
		c.Why = "not more than is allowed, and these repeats do not rule it out: " + row.Power.Bounds() + ". " +
			capital(found) + more
	case !finds:
		c.Answer, c.Why = Passed, "these repeats rule more out: "+row.Power.Bounds()
	default:
		c.Answer, c.Why = Passed, found
	}
}

// capital is s with a capital at its beginning.
func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// exceeded reports whether a figure changed by more than is allowed. From 0,
// every rise is.
func (r Regression) exceeded(row *compare.Row) bool {
	switch {
	case row.ChangePercent == nil:
		return !r.Fall && row.Direction() > 0
	case r.Fall:
		return *row.ChangePercent < r.Percent
	default:
		return *row.ChangePercent > r.Percent
	}
}

// moved are the rows of the phases that the policy names, and those of all
// else that changed significantly.
func moved(rows []compare.Row, rs []Regression) []compare.Row {
	var out []compare.Row
	for _, row := range rows {
		named := slices.ContainsFunc(rs, func(r Regression) bool {
			phase := r.Metric.Phase
			return r.Metric.Name == row.Metric || phase != "" && phase == row.Phase()
		})
		if named || row.Significant() {
			out = append(out, row)
		}
	}
	return out
}
