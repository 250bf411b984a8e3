package report

import "tcpbench/results"

// warning is something that a reader of the figures must know, and the cells
// that it is about.
type warning struct {
	Code, Text string
	Cells      []cellLink
}

type cellLink struct{ ID, Label string }

// warnings gathers those of all runs, each text once.
func warnings(runs []*results.Run, parts []run) []warning {
	var out []warning
	at := map[results.Warning]int{}
	for i, r := range runs {
		all := append(r.Warnings[:len(r.Warnings):len(r.Warnings)], parts[i].problems...)
		if r.Interrupted && r.CutOff == nil { // which its verdict says
			all = append(all, results.Warning{Code: "interrupted", Text: "A signal ended the run early."})
		}
		for _, w := range all {
			n, seen := at[w]
			if !seen {
				n = len(out)
				at[w] = n
				out = append(out, warning{Code: w.Code, Text: w.Text})
			}
			out[n].Cells = append(out[n].Cells, cellLink{parts[i].ID, parts[i].Label})
		}
	}
	return out
}
