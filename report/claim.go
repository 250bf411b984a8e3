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

// narrowPicture is the width of a picture, in CSS pixels, that a telephone shows whole.
const narrowPicture = 340

func newClaim(c *results.Claim) (*claim, error) {
	out := &claim{Table: c.Table.ForPeople()}
	p, ok := plots.ForClaim(c)
	if !ok {
		return out, nil
	}
	var err error
	if out.Pictures, err = draw([]plots.Picture{p}); err != nil {
		return out, err
	}
	out.Pictures[0].Narrow, err = svg(p.In(plots.Look{Width: narrowPicture}))
	return out, err
}
