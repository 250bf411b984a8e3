package results

import (
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
)

// WriteClaim writes a claim, its answer and what it rests on, for people.
// width is where lines are to end, in columns.
func WriteClaim(w io.Writer, c *Claim, width int) error {
	p := prose.NewPrinter(w, width)
	p.Labelled("Claim       ", c.Text)
	p.Labelled("Answer      ", c.Headline())
	if c.Otherwise != "" {
		p.Labelled("Otherwise   ", c.Otherwise)
	}
	p.Line("")
	if len(c.Table.Rows) > 0 && len(c.Table.Columns) > 0 {
		p.Table("", c.Table.Writer())
		p.Line("")
	}
	for _, check := range c.Checks {
		p.Labelled("  "+checkMark(check)+" ", check.Text)
	}
	return p.Err()
}

// Headline is the answer and why.
func (c *Claim) Headline() string {
	return strings.ToUpper(string(c.Answer)) + ": " + c.Because
}

func checkMark(c ClaimCheck) string {
	if c.Holds {
		return "yes"
	}
	return "no "
}

// Writer is the table, to be rendered as text or Markdown.
func (t ClaimTable) Writer() table.Writer {
	header := table.Row{"Case"}
	for _, c := range t.Columns {
		header = append(header, c.Heading())
	}
	tw := newTable(header)
	for _, r := range t.Rows {
		row := table.Row{r.Case}
		for _, v := range r.Values {
			row = append(row, v.String())
		}
		tw.AppendRow(row)
	}
	return tw
}

// Heading is the name with its unit.
func (c ClaimColumn) Heading() string {
	if c.Unit == "" {
		return c.Name
	}
	return c.Name + ", " + c.Unit
}

// String is a value as it stands in a table, and - where there is none.
func (v ClaimValue) String() string {
	switch {
	case v.Words != "":
		return v.Words
	case v.Number == nil:
		return "-"
	default:
		return figure.Number(*v.Number)
	}
}
