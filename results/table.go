package results

import (
	"fmt"
	"io"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"tcpbench/exhaustion"
	"tcpbench/scenario"
)

// WriteTable writes a row a run: the cell's settings, the outcome, and the
// prediction beside what was measured. Columns that width columns of the
// terminal have no room for are left out, the dearest last.
func WriteTable(w io.Writer, runs []*Run, width int) error {
	cols := tableColumns(runs)
	rendered := renderTable(cols, runs)
	for _, spare := range []string{"connect p50", "knee", "after", "sustainable", "p99", "predicted"} {
		if text.LongestLineLen(rendered) <= width {
			break
		}
		cols = slices.DeleteFunc(cols, func(c tableColumn) bool { return c.name == spare })
		rendered = renderTable(cols, runs)
	}
	if _, err := fmt.Fprintln(w, rendered); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

// tableColumn is what a table tells of every run.
type tableColumn struct {
	name string
	cell func(*Run) string
}

func tableColumns(runs []*Run) []tableColumn {
	var cols []tableColumn
	for _, key := range labelKeys(runs) {
		cols = append(cols, tableColumn{scenario.ShortKey(key), func(r *Run) string { return r.Cell[key] }})
	}
	return append(cols,
		tableColumn{"outcome", outcomeCell},
		tableColumn{"connections", connectionsCell},
		tableColumn{"predicted", predictedCell},
		tableColumn{"after", afterCell},
		tableColumn{"knee", kneeCell},
		tableColumn{"conn/s", func(r *Run) string { return fmt.Sprintf("%.0f", r.Rates.ConnectionsPerSecond) }},
		tableColumn{"sustainable", sustainableCell},
		tableColumn{"connect p50", func(r *Run) string { return connectCell(r, func(l Latency) float64 { return l.Connect.P50US }) }},
		tableColumn{"p99", func(r *Run) string { return connectCell(r, func(l Latency) float64 { return l.Connect.P99US }) }},
	)
}

func renderTable(cols []tableColumn, runs []*Run) string {
	header := table.Row{}
	for _, c := range cols {
		header = append(header, c.name)
	}
	tw := newTable(header)
	for _, r := range runs {
		row := table.Row{}
		for _, c := range cols {
			row = append(row, c.cell(r))
		}
		tw.AppendRow(row)
	}
	return tw.Render()
}

// labelKeys are the matrix keys of the runs, in order.
func labelKeys(runs []*Run) []string {
	var keys []string
	for _, r := range runs {
		for k := range r.Cell {
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	slices.Sort(keys)
	return keys
}

// missing stands for what was not measured.
const missing = "-"

func outcomeCell(r *Run) string {
	switch {
	case !r.Succeeded():
		return "failed"
	case r.Exhaustion == nil:
		return missing
	default:
		return string(r.Exhaustion.Outcome)
	}
}

func connectionsCell(r *Run) string {
	if f := r.Exhaustion; f != nil && f.AfterConnections != nil {
		return fmt.Sprint(*f.AfterConnections)
	}
	return missing
}

func afterCell(r *Run) string {
	if f := r.Exhaustion; f != nil && f.AfterSeconds != nil {
		return fmt.Sprintf("%.3g s", *f.AfterSeconds)
	}
	return missing
}

func predictedCell(r *Run) string {
	if r.Prediction.ExhaustsAt(offeredRate(r)) {
		return fmt.Sprint(r.Prediction.ConnectionsUntilExhaustion)
	}
	return "none"
}

func sustainableCell(r *Run) string {
	if p := r.Prediction; p.SustainableCPS > 0 {
		return perSecond(p.SustainableCPS) + "/s"
	}
	return "unlimited"
}

func connectCell(r *Run, of func(Latency) float64) string {
	if r.Latency.Connect == nil {
		return missing
	}
	return Micros(of(r.Latency))
}

// offeredRate is how fast connections came until ports ran out: a run that
// waited for its recovery was slower over all.
func offeredRate(r *Run) float64 {
	f := r.Exhaustion
	if f == nil || f.AfterConnections == nil || f.AfterSeconds == nil || *f.AfterSeconds <= 0 {
		return r.Rates.ConnectionsPerSecond
	}
	return float64(*f.AfterConnections) / *f.AfterSeconds
}

func kneeCell(r *Run) string {
	if r.Exhaustion == nil || !r.Exhaustion.Knee.Found {
		return missing
	}
	return kneeText(r.Exhaustion.Knee)
}

func kneeText(k exhaustion.Knee) string {
	s := fmt.Sprint(*k.AfterConnections)
	if k.Occupancy != nil {
		s += fmt.Sprintf(" (%.0f %%)", *k.Occupancy*100)
	}
	return s
}
