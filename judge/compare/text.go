package compare

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"tcpbench/internal/prose"
	"tcpbench/judge/slo"
)

// WriteText writes a comparison for people: what differs between the sides,
// a table a metric with a row a cell (of a single cell one table with a row a
// metric), and what a reader must know.
func WriteText(w io.Writer, c *Comparison) error {
	return write(w, c, func(t table.Writer) string { return t.Render() }, "")
}

// WriteMarkdown writes the same for a page or a pull request.
func WriteMarkdown(w io.Writer, c *Comparison) error {
	return write(w, c, func(t table.Writer) string { return t.RenderMarkdown() }, "- ")
}

// write puts bullet before every line that is no table.
func write(w io.Writer, c *Comparison, render func(table.Writer) string, bullet string) error {
	var b strings.Builder
	for _, l := range heading(c) {
		fmt.Fprintln(&b, bullet+l)
	}
	for _, s := range sections(c) {
		fmt.Fprintf(&b, "\n%s\n", render(s.table()))
	}
	for i, l := range footing(c) {
		if i == 0 {
			fmt.Fprintln(&b)
		}
		fmt.Fprintln(&b, bullet+l)
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
	var reasons []string
	rows := map[string][]string{}
	for _, cell := range c.Cells {
		for _, r := range cell.Rows {
			if r.Note == "" {
				continue
			}
			if rows[r.Note] == nil {
				reasons = append(reasons, r.Note)
			}
			name := r.Metric
			if len(c.Cells) > 1 {
				name += " of " + cell.Name
			}
			rows[r.Note] = append(rows[r.Note], name)
		}
	}
	var out []string
	for _, why := range reasons {
		out = append(out, fmt.Sprintf("%s (%s)", why, few(rows[why])))
	}
	return append(out, c.Notes...)
}

// few names at most four.
func few(names []string) string {
	const most = 4
	if len(names) > most {
		names = append(slices.Clone(names[:most]), fmt.Sprintf("%d more", len(names)-most))
	}
	return strings.Join(names, "; ")
}

// section is one table of a comparison.
type section struct {
	title string
	lines []line
}

// line is one row of it.
type line struct{ name, base, candidate, change, p, verdict string }

func sections(c *Comparison) []section {
	if len(c.Cells) == 1 {
		return []section{metricRows("metric", c.Cells[0].Rows)}
	}
	var out []section
	for _, metric := range metricsOf(c.Cells) {
		out = append(out, metricSection(c, metric))
	}
	return out
}

// metricSection has a metric's row of every cell, and their mean.
func metricSection(c *Comparison, metric string) section {
	s := section{title: metric}
	for i := range c.Cells {
		if r := c.Cells[i].Row(metric); r != nil {
			s.lines = append(s.lines, r.line(c.Cells[i].Name))
		}
	}
	for _, g := range c.Geomeans {
		if g.Metric == metric {
			value := func(f float64) string { return slo.Value{Unit: g.unit, Float: f}.Brief() }
			s.lines = append(s.lines, line{"geomean", value(g.Base), value(g.New), percent(&g.ChangePercent), "", ""})
		}
	}
	return s
}

func (r *Row) line(name string) line {
	return line{name, sampleText(r.Base), sampleText(r.New), percent(r.ChangePercent), r.test(), string(r.Verdict)}
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

// Table is a table of rows by their metrics.
func Table(title string, rows []Row) table.Writer {
	return metricRows(title, rows).table()
}

func metricRows(title string, rows []Row) section {
	s := section{title: title}
	for _, r := range rows {
		s.lines = append(s.lines, r.line(r.Metric))
	}
	return s
}

// Brief is a row in one line: "100us -> 130us +30.00% p=0.002 n=6".
func (r *Row) Brief() string {
	l := r.line("")
	return strings.Join(strings.Fields(l.base+" -> "+l.candidate+" "+l.change+" "+l.p), " ")
}

func (s section) table() table.Writer {
	t := prose.NewTable(table.Row{s.title, "base", "new", "change", "p, repeats", ""}, 2, 5, 0)
	for _, l := range s.lines {
		t.AppendRow(table.Row{l.name, l.base, l.candidate, l.change, l.p, l.verdict})
	}
	return t
}
