package report

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/judge/compare"
	"tcpbench/judge/metric"
	"tcpbench/report/view"
	"tcpbench/results"
)

// SideLabel is the setting of a cell that says of which side it is, where there are two.
const SideLabel = "side"

// Before is two sides of a page, and what changed from the base to the new one.
type Before struct {
	// Base and New are the runs of each side, which are among those of the page.
	Base, New []*results.Run
	// Comparison is nil where nothing was compared; Refused then says why.
	Comparison *compare.Comparison
	Refused    error
}

// before is what the template shows of it.
type before struct {
	// Headline says what moved, Refused in lines why the sides are not compared.
	Headline       string
	Refused        []string
	Changed, Notes []string
	Tables         []prose.Table
	// Drawn tells that there are curves of both sides.
	Drawn bool
}

// newBefore is nil where there are no two sides.
func newBefore(in *Before) *before {
	switch {
	case in == nil:
		return nil
	case in.Refused != nil:
		return &before{Refused: strings.Split(in.Refused.Error(), "\n")}
	case in.Comparison == nil:
		return &before{}
	}
	c := in.Comparison
	b := &before{Headline: fmt.Sprintf("From %s to %s: %s", c.Base, c.New, c.Headline()), Notes: c.Notes}
	for _, d := range c.Changed {
		b.Changed = append(b.Changed, d.String())
	}
	for _, d := range c.Forced {
		b.Changed = append(b.Changed, "not comparable, forced: "+d.String())
	}
	for i := range c.Cells {
		cell := &c.Cells[i]
		b.Notes = append(whys(c.Cells[i:i+1]), b.Notes...)
		b.Tables = append(b.Tables, changes("What changed in "+cell.Name, c.Base, c.New, cell.Rows))
	}
	return b
}

// whys are why rows of a cell have no verdict, each reason once with the figures.
func whys(cells []compare.Cell) []string {
	var out []string
	for _, r := range compare.Reasons(cells, func(_ *compare.Cell, r *compare.Row) string {
		return metric.MustFind(r.Metric).Heading
	}) {
		out = append(out, compare.Few(r.Rows, ", ")+": "+r.Why)
	}
	return out
}

// sides are the repeats of a cell on both sides, as indices of a page's runs.
type sides struct {
	Name string `json:"name"`
	Base []int  `json:"base"`
	New  []int  `json:"new"`
}

// pairs are the cells that both sides have: the only one of each, or those whose other
// settings are the same.
func (in *Before) pairs(runs []*results.Run) []sides {
	if in == nil {
		return nil
	}
	was, is := compare.Groups(in.Base), compare.Groups(in.New)
	index := func(g compare.Group) []int {
		var out []int
		for _, r := range g.Runs {
			out = append(out, slices.Index(runs, r))
		}
		return out
	}
	if len(was) == 1 && len(is) == 1 {
		return []sides{{"both sides", index(was[0]), index(is[0])}}
	}
	var out []sides
	for _, b := range was {
		for _, n := range is {
			if maps.Equal(withoutSide(b.Labels), withoutSide(n.Labels)) {
				name := compare.Group{Labels: withoutSide(b.Labels)}.Name()
				out = append(out, sides{name, index(b), index(n)})
			}
		}
	}
	return out
}

func withoutSide(labels map[string]string) map[string]string {
	out := maps.Clone(labels)
	delete(out, SideLabel)
	return out
}

// changes is a row for each figure of two sides.
func changes(caption, base, candidate string, rows []compare.Row) prose.Table {
	t := prose.Table{
		Caption: caption,
		Head: slices.Concat(prose.Words("figure", "in words"), prose.Numbers(base, candidate, "change", "p",
			"repeats")),
		Note: "Each side's figure, with the 95 % interval of the median of its repeats, which takes 6 of them.",
	}
	for i := range rows {
		r := &rows[i]
		t.Rows = append(t.Rows, []prose.Cell{{Text: metric.MustFind(r.Metric).Heading},
			{Text: inWords(r), Class: class(r.Verdict)}, {Text: interval(r, r.Base)}, {Text: interval(r, r.New)},
			{Text: percent(r)}, {Text: chance(r)}, {Text: repeats(r)}})
	}
	return t
}

// inWords is what a row comes to.
func inWords(r *compare.Row) string {
	switch r.Verdict {
	case compare.Missing, compare.Inconclusive:
		return string(r.Verdict)
	case compare.Same:
		return same(r)
	}
	by := "lower"
	if r.Direction() > 0 {
		by = "higher"
	}
	if r.ChangePercent != nil {
		by = figure.Percent(math.Abs(*r.ChangePercent)) + " " + by
	}
	if r.Verdict == compare.Changed {
		return by
	}
	return by + ", " + string(r.Verdict)
}

// same says how large a change would have been found where none was.
func same(r *compare.Row) string {
	switch {
	case r.SignificantAlone():
		return "perhaps chance: of so many figures one or more look like this when nothing changed"
	case r.Power == nil || r.Power.FoundPercent == nil:
		return "no change found"
	default:
		return "no change found; " + r.Power.Found()
	}
}

// class is the look of a verdict.
func class(v compare.Verdict) string {
	switch v {
	case compare.Improved:
		return "sustained"
	case compare.Worse:
		return "exhausted"
	default:
		return "undecided"
	}
}

// interval is a side's figure, and where the median of its repeats lies.
func interval(r *compare.Row, s *compare.Sample) string {
	if s == nil {
		return view.Unmeasured
	}
	m := metric.MustFind(r.Metric)
	if m.Unit == metric.Truth {
		return s.String()
	}
	text := written(m, s.Figure())
	if s.Lo != nil && s.Hi != nil {
		text += fmt.Sprintf(" (%s to %s)", written(m, *s.Lo), written(m, *s.Hi))
	}
	return text
}

func percent(r *compare.Row) string {
	if r.ChangePercent == nil {
		return view.Unmeasured
	}
	sign := ""
	if *r.ChangePercent > 0 {
		sign = "+"
	}
	return sign + figure.Percent(*r.ChangePercent)
}

// chance is the probability of values as far apart when nothing changed.
func chance(r *compare.Row) string {
	switch {
	case r.P == nil:
		return view.Unmeasured
	case *r.P < 0.0005:
		return "< 0.001"
	default:
		return fmt.Sprintf("%.3f", *r.P)
	}
}

func repeats(r *compare.Row) string {
	count := func(s *compare.Sample) int {
		if s == nil {
			return 0
		}
		return s.N()
	}
	return fmt.Sprintf("%d and %d", count(r.Base), count(r.New))
}
