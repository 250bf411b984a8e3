package results

import (
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
)

// Headline is the answer and why.
func (c *Claim) Headline() string {
	return strings.ToUpper(string(c.Answer)) + ": " + c.Because
}

// ForPeople is a row for each case.
func (t ClaimTable) ForPeople() prose.Table {
	out := prose.Table{Caption: "What was measured in each case", Head: prose.Words("Case")}
	for i, c := range t.Columns {
		number := slices.ContainsFunc(t.Rows, func(r ClaimRow) bool { return r.Value(i).Number != nil })
		out.Head = append(out.Head, prose.Column{Name: c.Heading(), Number: number})
	}
	for _, r := range t.Rows {
		row := []any{r.Case}
		for i := range t.Columns {
			row = append(row, r.Value(i))
		}
		out.Add(row...)
	}
	return out
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
