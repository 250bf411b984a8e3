package compare

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"tcpbench/internal/prose"
	"tcpbench/judge/slo"
)

// WriteText writes a comparison for people: the answer, what differs between the
// sides, what a reader must know, and a table a metric with a row a cell (of a
// single cell one table with a row a metric).
func WriteText(w io.Writer, c *Comparison) error {
	return write(w, c, prose.Table.String, func(s string) string { return s })
}

// WriteMarkdown writes the same for a page or a pull request.
func WriteMarkdown(w io.Writer, c *Comparison) error {
	return write(w, c, prose.Table.Markdown, func(s string) string { return "- " + prose.PlainMarkdown(s) })
}

// write renders tables, and every other line, each in its way.
func write(w io.Writer, c *Comparison, render func(prose.Table) string, line func(string) string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", c.Headline())
	for _, l := range slices.Concat(heading(c), footing(c)) {
		fmt.Fprintln(&b, line(l))
	}
	for _, t := range tables(c) {
		fmt.Fprintf(&b, "\n%s\n", render(t))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	return nil
}

func heading(c *Comparison) []string {
	out := []string{"base: " + c.Base, "new: " + c.New}
	if len(c.Cells) == 1 && len(c.Cells[0].Labels) > 0 {
		out = append(out, "cell: "+c.Cells[0].Name)
	}
	if len(c.Changed) == 0 {
		out = append(out, "changed: nothing that a result records")
	}
	for _, d := range c.Changed {
		out = append(out, "changed: "+d.String()+inCells(d.Cells))
	}
	for _, d := range c.Forced {
		out = append(out, "NOT COMPARABLE, forced: "+d.String()+inCells(d.Cells))
	}
	return out
}

// footing is why rows have no verdict, each reason once, and the notes.
func footing(c *Comparison) []string {
	var out []string
	for _, r := range Reasons(c.Cells, func(cell *Cell, r *Row) string {
		if len(c.Cells) > 1 {
			return r.Metric + " of " + cell.Name
		}
		return r.Metric
	}) {
		out = append(out, fmt.Sprintf("%s (%s)", r.Why, few(r.Rows)))
	}
	return append(out, c.Notes...)
}

// few names at most four.
func few(names []string) string { return Few(names, "; ") }

// tables are one for each metric with a row a cell; of a single cell one with
// a row a metric.
func tables(c *Comparison) []prose.Table {
	if len(c.Cells) == 1 {
		return []prose.Table{Table("metric", c.Cells[0].Rows)}
	}
	var out []prose.Table
	for _, metric := range metricsOf(c.Cells) {
		out = append(out, metricTable(c, metric))
	}
	return out
}

// metricTable has a metric's row of every cell, and their mean.
func metricTable(c *Comparison, metric string) prose.Table {
	t := headed(metric)
	for i := range c.Cells {
		if r := c.Cells[i].Row(metric); r != nil {
			r.addTo(&t, c.Cells[i].Name)
		}
	}
	for _, g := range c.Geomeans {
		if g.Metric == metric {
			value := func(f float64) string { return slo.Value{Unit: g.unit, Float: f}.Brief() }
			t.Add("geomean", value(g.Base), value(g.New), percent(&g.ChangePercent), "", "")
		}
	}
	return t
}

// Table is a table of rows by their metrics.
func Table(title string, rows []Row) prose.Table {
	t := headed(title)
	for _, r := range rows {
		r.addTo(&t, r.Metric)
	}
	return t
}

// headed is a table of comparisons without rows.
func headed(title string) prose.Table {
	numbers := prose.Numbers("base", "new", "change", "p, repeats")
	return prose.Table{Head: slices.Concat(prose.Words(title), numbers, prose.Words(""))}
}

func (r *Row) addTo(t *prose.Table, name string) {
	t.Add(name, sampleText(r.Base), sampleText(r.New), percent(r.ChangePercent), r.test(), r.answer())
}

// answer is the verdict, with what these repeats would have found where they
// found nothing.
func (r *Row) answer() string {
	switch {
	case r.Verdict == Same && r.SignificantAlone():
		return string(r.Verdict) + " (perhaps chance)"
	case r.Verdict != Same || r.Power == nil || r.Power.FoundPercent == nil:
		return string(r.Verdict)
	}
	switch found := *r.Power.FoundPercent; {
	case found == 0:
		return fmt.Sprintf("%s (finds any)", r.Verdict)
	case found < 0.1:
		return fmt.Sprintf("%s (finds 0.1%%)", r.Verdict) // and less
	default:
		return fmt.Sprintf("%s (finds %.1f%%)", r.Verdict, found)
	}
}

// test is the p-value with the number of repeats.
func (r *Row) test() string {
	if r.Base == nil || r.New == nil {
		return ""
	}
	n := fmt.Sprintf("n=%d", r.Base.N())
	if r.Base.N() != r.New.N() {
		n += fmt.Sprintf("+%d", r.New.N())
	}
	if r.P == nil {
		return n
	}
	return fmt.Sprintf("p=%.3f %s", *r.P, n)
}

func sampleText(s *Sample) string {
	if s == nil {
		return "-"
	}
	return s.String()
}

func percent(p *float64) string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf("%+.2f%%", *p)
}

// Brief is a row in one line: "100us -> 130us +30.00% p=0.002 n=6".
func (r *Row) Brief() string {
	line := fmt.Sprintf("%s -> %s %s %s", sampleText(r.Base), sampleText(r.New), percent(r.ChangePercent), r.test())
	return strings.Join(strings.Fields(line), " ")
}
