package view

import (
	"io"

	"tcpbench/internal/prose"
	"tcpbench/results"
)

// WriteClaim writes a claim, its answer and what it rests on, for people.
// width is where lines are to end, in columns.
func WriteClaim(w io.Writer, c *results.Claim, width int) error {
	p := printer{prose.NewPrinter(w, width)}
	p.Labelled("Claim       ", c.Text)
	p.Labelled("Answer      ", c.Headline())
	if c.Practice != "" {
		p.Labelled("In practice ", c.Practice)
	}
	if c.Otherwise != "" {
		p.Labelled("Otherwise   ", c.Otherwise)
	}
	p.Line("")
	if len(c.Table.Columns) > 0 {
		p.table("Case", c.Table.ForPeople())
	}
	for _, check := range c.Checks {
		p.Labelled("  "+checkMark(check)+" ", check.Text)
	}
	return p.Err()
}

func checkMark(c results.ClaimCheck) string {
	if c.Holds {
		return "yes"
	}
	return "no "
}
