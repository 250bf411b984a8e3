package gate

import (
	"fmt"
	"strings"

	"tcpbench/internal/prose"
	"tcpbench/judge/compare"
	"tcpbench/judge/slo"
	"tcpbench/results"
)

// Input is what is judged.
type Input struct {
	Results compare.Side
	// Unmeasured are cells that should have a result and have none.
	Unmeasured []Unmeasured
	// Baseline is what regressions are against, nil when there is none.
	Baseline *compare.Side
	// Force compares with a baseline that is not comparable.
	Force bool
}

// Unmeasured is a cell without a result.
type Unmeasured struct{ Cell, Why string }

// Judge answers every check of the policy.
func (p *Policy) Judge(in Input) *Report {
	j := &judge{in: in, report: &Report{Policy: p.File}}
	for _, u := range in.Unmeasured {
		j.add(Check{Cell: u.Cell, Name: "measured", Answer: Inconclusive, Why: u.Why})
	}
	groups := compare.Groups(in.Results.Runs)
	j.missing(groups)
	for _, g := range groups {
		j.cell(g, len(groups), p.checksOf(g))
	}
	for _, c := range p.Cells {
		if !matchesAny(c.Matcher, in.Results.Runs) {
			why := c.nothingMatches(in.Results.Runs)
			j.add(Check{Cell: c.Text, Name: "matches a cell", Answer: Inconclusive, Why: why, Place: c.Place})
		}
	}
	return j.report
}

// missing reports the cells of the baseline that the results do not have. The
// only cell of each is the same one, whatever its labels.
func (j *judge) missing(groups []compare.Group) {
	if j.in.Baseline == nil {
		return
	}
	was := compare.Groups(j.in.Baseline.Runs)
	if len(was) == 1 && len(groups) == 1 {
		return
	}
	for _, g := range was {
		if g.Find(groups) < 0 {
			j.add(Check{Cell: g.Name(), Name: "measured", Answer: Inconclusive,
				Why: fmt.Sprintf("the baseline %s has this cell, and %s does not", j.in.Baseline.Name,
					j.in.Results.Name)})
		}
	}
}

func matchesAny(m Matcher, runs []*results.Run) bool {
	for _, r := range runs {
		if m.Matches(r) {
			return true
		}
	}
	return false
}

// checksOf are those for all cells, and those of the cells that g matches.
func (p *Policy) checksOf(g compare.Group) Checks {
	out := Checks{Limits: p.Limits[:len(p.Limits):len(p.Limits)],
		Regressions: p.Regressions[:len(p.Regressions):len(p.Regressions)]}
	for _, c := range p.Cells {
		if c.Matches(g.Runs[0]) {
			out.Limits = append(out.Limits, c.Limits...)
			out.Regressions = append(out.Regressions, c.Regressions...)
		}
	}
	return out
}

// judge fills a report.
type judge struct {
	in     Input
	report *Report
}

// add keeps a check as lines of a table can show it: what results say may have
// anything in it.
func (j *judge) add(c Check) {
	c.Cell, c.Why = prose.Printable(c.Cell), prose.Printable(c.Why)
	j.report.Checks = append(j.report.Checks, c)
}

// cell judges one cell of so many.
func (j *judge) cell(g compare.Group, cells int, checks Checks) {
	fit, left := g.Fit()
	for _, l := range left {
		j.add(Check{Cell: g.Name(), Name: l.Run, Answer: Inconclusive, Why: l.Why})
	}
	for i, r := range fit.Runs {
		if !r.Succeeded() {
			j.add(Check{Cell: g.Name(), Name: fmt.Sprintf("run %d of %d", i+1, len(fit.Runs)), Answer: Failed,
				Why: strings.TrimSpace("nothing succeeded. " + r.Verdict.Headline)})
		}
	}
	for _, l := range checks.Limits {
		c := limitCheck(l, fit.Runs)
		c.Cell = g.Name()
		j.add(c)
	}
	j.regressions(g, cells, checks.Regressions)
}

// limitCheck asks every run for a limit, and shows the worst of them.
func limitCheck(l Limit, runs []*results.Run) Check {
	out := Check{Name: l.Limit.String(), Answer: Inconclusive, Why: "no run is fit to be judged", Place: l.Place}
	var worst *slo.Finding
	for _, r := range runs {
		f := l.Check(r)
		if worst == nil || worse(f, *worst) {
			worst = &f
		}
	}
	if worst == nil {
		return out
	}
	out.Measured, out.Why = worst.Measured, worst.Why
	if len(runs) > 1 && out.Measured != "" {
		out.Measured += fmt.Sprintf(", worst of %d", len(runs))
	}
	switch worst.Answer {
	case slo.Holds:
		out.Answer = Passed
	case slo.Broken:
		out.Answer = Failed
	}
	return out
}

// worse orders findings of one limit: broken, missing, holds, and among alike
// ones the figure that is farther on the wrong side.
func worse(a, b slo.Finding) bool {
	rank := map[slo.Answer]int{slo.Broken: 2, slo.Missing: 1, slo.Holds: 0}
	if rank[a.Answer] != rank[b.Answer] {
		return rank[a.Answer] > rank[b.Answer]
	}
	switch a.Limit.Op {
	case slo.Below, slo.AtMost:
		return a.Value > b.Value
	case slo.Above, slo.AtLeast:
		return a.Value < b.Value
	default:
		return false
	}
}
