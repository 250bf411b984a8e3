package compare

import (
	"fmt"
	"strings"

	"tcpbench/internal/figure"
)

// Headline is the answer: what became worse, better and other, in the
// order of the tables, and how much of it cannot be judged.
func (c *Comparison) Headline() string {
	rows := map[Verdict][]string{}
	total := 0
	for _, cell := range c.Cells {
		for _, r := range cell.Rows {
			total++
			rows[r.Verdict] = append(rows[r.Verdict], r.named(cell.Name, len(c.Cells) > 1))
		}
	}
	var out []string
	if len(c.Forced) > 0 {
		out = append(out, "NOT COMPARABLE, forced.")
	}
	changed := 0
	for _, v := range []struct {
		Verdict
		text string
	}{{Worse, "became worse"}, {Improved, "became better"}, {Changed, "changed"}} {
		if n := len(rows[v.Verdict]); n > 0 {
			changed += n
			out = append(out, fmt.Sprintf("%d of %s %s: %s.", n, figure.Plural(int64(total), "figure"), v.text,
				few(rows[v.Verdict])))
		}
	}
	if changed == 0 && len(rows[Same]) > 0 {
		out = append(out, fmt.Sprintf("Nothing changed more than by chance, in %s.",
			figure.Plural(int64(len(rows[Same])), "figure")))
	}
	switch open := len(rows[Inconclusive]) + len(rows[Missing]); {
	case open == total:
		out = append(out, "No answer: nothing can be judged.")
	case open > 0:
		out = append(out, fmt.Sprintf("%d of %s cannot be judged.", open, figure.Plural(int64(total), "figure")))
	}
	return strings.Join(out, " ")
}

// named is the row's metric with its change, and of several cells the cell.
func (r *Row) named(cell string, several bool) string {
	s := r.Metric
	if r.ChangePercent != nil {
		s += " " + percent(r.ChangePercent)
	}
	if several {
		s += " in " + cell
	}
	return s
}
