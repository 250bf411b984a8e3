package report

import (
	"fmt"

	"tcpbench/metrics"
	"tcpbench/plots"
	"tcpbench/results"
)

// matrix is one row for each run: its settings and what came of them.
func matrix(runs []*results.Run) table {
	names, values := plots.CellSettings(runs)
	t := table{Caption: "Settings of each cell, and what came of them", Head: []column{{Name: "cell"}}}
	for _, n := range names {
		t.Head = append(t.Head, column{Name: n})
	}
	repeats := repeated(runs)
	if repeats {
		t.Head = append(t.Head, column{"repeat", true})
	}
	t.Head = append(t.Head,
		column{Name: "outcome"},
		column{"connections until exhaustion", true}, column{"predicted", true},
		column{"connections/s", true}, column{"sustainable, predicted", true},
		column{"knee after", true},
		column{"connect p50", true}, column{"connect p99", true},
		column{"failed", true})
	for i, r := range runs {
		row := []datum{{Text: fmt.Sprint(i + 1), Link: runID(i)}}
		for _, v := range values[i] {
			row = append(row, datum{Text: orUnmeasured(v)})
		}
		if repeats {
			row = append(row, datum{Text: fmt.Sprint(r.Repeat)})
		}
		t.Rows = append(t.Rows, append(row, outcomeData(r)...))
	}
	return t
}

// outcomeData is what came of a run, in the order of the matrix.
func outcomeData(r *results.Run) []datum {
	outcome := outcome(r)
	return []datum{
		{Text: outcome, Class: outcomeClass(outcome)},
		{Text: untilExhaustion(r)},
		{Text: predictedConnections(r)},
		{Text: measuredRate(r)},
		{Text: sustainableRate(r)},
		{Text: knee(r)},
		{Text: percentile(r.Latency.Connect, func(s *metrics.Summary) float64 { return s.P50US })},
		{Text: percentile(r.Latency.Connect, func(s *metrics.Summary) float64 { return s.P99US })},
		{Text: number(r.Totals.Failed)},
	}
}

func repeated(runs []*results.Run) bool {
	for _, r := range runs {
		if r.Repeat > 1 {
			return true
		}
	}
	return false
}

func orUnmeasured(s string) string {
	if s == "" {
		return unmeasured
	}
	return s
}
