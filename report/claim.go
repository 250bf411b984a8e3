package report

import (
	"tcpbench/internal/prose"
	"tcpbench/plots"
	"tcpbench/results"
)

// claim is a claim with its verdict.
type claim struct {
	Text, Headline, Practice, Otherwise string

	Checks   []results.ClaimCheck
	Table    prose.Table
	Pictures []picture
}

func newClaim(c *results.Claim) (*claim, error) {
	out := &claim{Text: c.Text, Headline: c.Headline(), Practice: c.Practice, Otherwise: c.Otherwise,
		Checks: c.Checks, Table: c.Table.ForPeople()}
	p, ok := plots.ForClaim(c)
	if !ok {
		return out, nil
	}
	var err error
	out.Pictures, err = draw([]plots.Picture{p})
	return out, err
}
