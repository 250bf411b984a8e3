package report

import (
	"tcpbench/plots"
	"tcpbench/results"
)

// claim is a claim with its verdict.
type claim struct {
	Text, Headline, Otherwise string

	Checks   []results.ClaimCheck
	Table    table
	Pictures []picture
}

func newClaim(c *results.Claim) (*claim, error) {
	out := &claim{Text: c.Text, Headline: c.Headline(), Otherwise: c.Otherwise, Checks: c.Checks, Table: claimTable(c.Table)}
	p, ok := plots.ForClaim(c)
	if !ok {
		return out, nil
	}
	var err error
	out.Pictures, err = draw([]plots.Picture{p})
	return out, err
}

func claimTable(in results.ClaimTable) table {
	t := table{Caption: "What was measured in each case", Head: []column{{Name: "case"}}}
	for i, c := range in.Columns {
		number := false
		for _, r := range in.Rows {
			number = number || r.Values[i].Number != nil
		}
		t.Head = append(t.Head, column{c.Heading(), number})
	}
	for _, r := range in.Rows {
		texts := []string{r.Case}
		for _, v := range r.Values {
			texts = append(texts, v.String())
		}
		t.add(texts...)
	}
	return t
}
