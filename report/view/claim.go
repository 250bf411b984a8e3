package view

import (
	"io"

	"tcpbench/internal/prose"
	"tcpbench/results"
)

// WriteClaimTable writes what was measured in each case of a claim, for people; nothing
// where the claim has no table.
func WriteClaimTable(w io.Writer, c *results.Claim, width int) error {
	if c == nil || len(c.Table.Columns) == 0 {
		return nil
	}
	p := printer{prose.NewPrinter(w, width)}
	p.table("Case", c.Table.ForPeople())
	return p.Err()
}
