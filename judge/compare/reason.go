package compare

import (
	"fmt"
	"strings"
)

// Reason is why rows have no verdict.
type Reason struct {
	Why string
	// Rows are the names of those that it is the reason of.
	Rows []string
}

// Reasons are those of the rows of cells, each once and in the order in which they come. name
// is what a row is called.
func Reasons(cells []Cell, name func(*Cell, *Row) string) []Reason {
	var out []Reason
	at := map[string]int{}
	for i := range cells {
		for j := range cells[i].Rows {
			r := &cells[i].Rows[j]
			if r.Note == "" {
				continue
			}
			k, there := at[r.Note]
			if !there {
				k = len(out)
				at[r.Note], out = k, append(out, Reason{Why: r.Note})
			}
			out[k].Rows = append(out[k].Rows, name(&cells[i], r))
		}
	}
	return out
}

// Few names at most four, and says how many more there are.
func Few(names []string, between string) string {
	const most = 4
	if len(names) > most {
		names = append(names[:most:most], fmt.Sprintf("%d more", len(names)-most))
	}
	return strings.Join(names, between)
}
