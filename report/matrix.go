package report

import (
	"fmt"
	"slices"

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
	columns := outcomes(runs)
	for _, o := range columns {
		t.Head = append(t.Head, o.column)
	}
	for i, r := range runs {
		row := []datum{{Text: fmt.Sprint(i + 1), Link: runID(i)}}
		for _, v := range values[i] {
			row = append(row, datum{Text: orUnmeasured(v)})
		}
		if repeats {
			row = append(row, datum{Text: fmt.Sprint(r.Repeat)})
		}
		for _, o := range columns {
			row = append(row, o.of(r))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// outcomeColumn is one thing that came of every run.
type outcomeColumn struct {
	column
	of func(*results.Run) datum
}

// outcomes are what came of the runs: of what none of them has there is no
// column, and latencies are those that tell most of all of them.
func outcomes(runs []*results.Run) []outcomeColumn {
	var out []outcomeColumn
	add := func(name string, of func(*results.Run) string) {
		out = append(out, outcomeColumn{column{name, true}, func(r *results.Run) datum { return datum{Text: of(r)} }})
	}
	out = append(out, outcomeColumn{column{Name: "outcome"}, func(r *results.Run) datum {
		return datum{Text: outcome(r), Class: runClass(r)}
	}})
	add(heading("after_connections"), untilExhaustion)
	add("predicted", predictedConnections)
	if some(runs, openLooped) {
		add("offered/s", offeredRate)
	}
	if some(runs, (*results.Run).CarriesMany) {
		add(heading("requests_per_second"), requestRate)
	}
	add(heading("connections_per_second"), measuredRate)
	add("sustainable, predicted", sustainableRate)
	add(heading("knee_after_connections"), knee)
	phase := telling(runs)
	add(heading(phase+"_p50"), func(r *results.Run) string {
		return percentile(r.Latency.Phase(phase), func(s *metrics.Summary) float64 { return s.P50US })
	})
	add(heading(phase+"_p99"), func(r *results.Run) string {
		return percentile(r.Latency.Phase(phase), func(s *metrics.Summary) float64 { return s.P99US })
	})
	add(heading("failed"), func(r *results.Run) string { return shown("failed", r, counted) })
	return out
}

// telling is the phase that tells most of all runs.
func telling(runs []*results.Run) string {
	switch {
	case !some(runs, func(r *results.Run) bool { return !openLooped(r) }):
		return "response"
	case !some(runs, func(r *results.Run) bool { return !r.CarriesMany() }):
		return "request"
	default:
		return "connect"
	}
}

func openLooped(r *results.Run) bool { return r.Lateness != nil }

func some(runs []*results.Run, is func(*results.Run) bool) bool { return slices.ContainsFunc(runs, is) }

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
