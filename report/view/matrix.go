package view

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// Matrix is a row for each run of a page: the settings in which their cells
// differ, and what came of them.
func Matrix(runs []*results.Run) prose.Table {
	names, values := results.CellSettings(runs)
	t := prose.Table{
		Caption: "Settings of each cell, and what came of them",
		Head:    slices.Concat(prose.Words("cell"), prose.Words(names...), prose.Numbers("repeat")),
	}
	columns := outcomes(runs)
	for _, c := range columns {
		t.Head = append(t.Head, prose.Column{Name: c.name, Number: c.name != "outcome"})
	}
	for i, r := range runs {
		row := []prose.Cell{{Text: fmt.Sprint(i + 1), Link: ID(i)}}
		for _, v := range values[i] {
			row = append(row, prose.Cell{Text: v})
		}
		row = append(row, prose.Cell{Text: fmt.Sprint(r.Repeat)})
		for _, c := range columns {
			cell := prose.Cell{Text: c.of(r)}
			if c.name == "outcome" {
				cell.Class = Class(r)
			}
			row = append(row, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	if !repeated(runs) {
		t = t.Without("repeat")
	}
	return t.Without("after").Fill(Unmeasured)
}

// WriteTable writes a row a run: the cell's settings, the outcome, and the
// prediction beside what was measured. Columns that width columns of the
// terminal have no room for are left out, the dearest last.
func WriteTable(w io.Writer, runs []*results.Run, width int) error {
	t := prose.Table{Least: nameWidth}
	keys := labelKeys(runs)
	for _, key := range keys {
		t.Head = append(t.Head, prose.Words(scenario.ShortKey(key))...)
	}
	columns := outcomes(runs)
	for _, c := range columns {
		t.Head = append(t.Head, prose.Words(c.short)...)
	}
	for _, r := range runs {
		var row []any
		for _, key := range keys {
			row = append(row, r.Cell[key])
		}
		for _, c := range columns {
			row = append(row, cmp.Or(c.of(r), missing))
		}
		t.Add(row...)
	}
	spare := []string{"connect p50", "request p50", "response p50", "knee", "after", "sustainable", "p99", "predicted"}
	if _, err := fmt.Fprintln(w, t.Without("failed").Right().Fit(width, spare...)); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

// outcomeColumn is one thing that came of every run: its name, a short one for
// a terminal, and what there is to say of a run, "" where that was not measured.
type outcomeColumn struct {
	name, short string
	of          func(*results.Run) string
}

// outcomes are what came of the runs: of what none of them has there is no
// column, and latencies are those that tell most of all of them.
func outcomes(runs []*results.Run) []outcomeColumn {
	columns := []outcomeColumn{
		{"outcome", "outcome", OutcomeOn},
		{heading("after_connections"), "connections", untilExhaustion},
		{"predicted", "predicted", predicted},
		{"after", "after", after},
		{heading("knee_after_connections"), "knee", knee},
	}
	if slices.ContainsFunc(runs, openLooped) {
		columns = append(columns, outcomeColumn{"offered/s", "offered/s", offered})
	}
	if slices.ContainsFunc(runs, (*results.Run).CarriesMany) {
		columns = append(columns, outcomeColumn{heading("requests_per_second"), "req/s", requestRate})
	}
	phase := telling(runs)
	latency := func(statistic string) func(*results.Run) string {
		return func(r *results.Run) string { return percentile(r.Latency.Phase(phase), statistic) }
	}
	return append(columns,
		outcomeColumn{heading("connections_per_second"), "conn/s", connectionRate},
		outcomeColumn{"sustainable, predicted", "sustainable", sustainable},
		outcomeColumn{heading(phase + "_p50"), phase + " p50", latency("p50")},
		outcomeColumn{heading(phase + "_p99"), "p99", latency("p99")},
		outcomeColumn{heading("failed"), "failed", func(r *results.Run) string { return shown("failed", r, counted) }},
	)
}

// percentile is one of a distribution, "" where there is none.
func percentile(s *metrics.Summary, statistic string) string {
	switch {
	case s == nil || s.Count == 0:
		return ""
	case statistic == "p50":
		return figure.Micros(s.P50US)
	default:
		return figure.Micros(s.P99US)
	}
}

// telling is the phase that decides most how fast all runs are: the answer
// from its planned start, the answer where every connection carries many, else
// the handshake.
func telling(runs []*results.Run) string {
	all := func(is func(*results.Run) bool) bool {
		return !slices.ContainsFunc(runs, func(r *results.Run) bool { return !is(r) })
	}
	switch {
	case all(openLooped):
		return "response"
	case all((*results.Run).CarriesMany):
		return "request"
	default:
		return "connect"
	}
}

func openLooped(r *results.Run) bool { return r.Lateness != nil }

func repeated(runs []*results.Run) bool {
	return slices.ContainsFunc(runs, func(r *results.Run) bool { return r.Repeat > 1 })
}

// labelKeys are the matrix keys of the runs, in order.
func labelKeys(runs []*results.Run) []string {
	keys := map[string]bool{}
	for _, r := range runs {
		for k := range r.Cell {
			keys[k] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}
