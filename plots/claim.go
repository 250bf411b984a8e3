package plots

import (
	"slices"

	"tcpbench/results"
)

// ForClaim draws the first number of a claim's table, a bar a case; false
// when no case has one.
func ForClaim(c *results.Claim) (Picture, bool) {
	t := c.Table
	for i, column := range t.Columns {
		if !slices.ContainsFunc(t.Rows, func(r results.ClaimRow) bool { return r.Value(i).Number != nil }) {
			continue
		}
		b := bars{heading: heading{title: column.Name, about: c.Text}, label: column.Heading(), alone: true}
		for _, r := range t.Rows {
			v := r.Value(i)
			g := group{label: r.Case, measured: bar{text: v.String()}}
			if v.Number != nil {
				g.measured.value = *v.Number
			}
			b.groups = append(b.groups, g)
		}
		p, ok, _ := b.picture("claim", "What was measured in each case.") // it has no histograms that could be damaged
		return p, ok
	}
	return Picture{}, false
}
