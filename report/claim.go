package report

import (
	"tcpbench/internal/prose"
	"tcpbench/plots"
	"tcpbench/results"
)

// claim is what a claim's answer rests on, beside its conclusion.
type claim struct {
	Table    prose.Table
	Pictures []picture
}

func newClaim(c *results.Claim) (*claim, error) {
	out := &claim{Table: c.Table.ForPeople()}
	p, ok := plots.ForClaim(c)
	if !ok {
		return out, nil
	}
	var err error
	out.Pictures, err = draw([]plots.Picture{p})
	return out, err
}
