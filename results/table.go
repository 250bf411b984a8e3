package results

import (
	"fmt"
	"io"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"tcpbench/internal/figure"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

// WriteTable writes a row a run: the cell's settings, the outcome, and the
// prediction beside what was measured. Columns that width columns of the
// terminal have no room for are left out, the dearest last.
func WriteTable(w io.Writer, runs []*Run, width int) error {
	cols := tableColumns(runs)
	rendered := renderTable(cols, runs)
	for _, spare := range []string{"connect p50", "request p50", "response p50", "knee", "after", "sustainable", "p99", "predicted"} {
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
	cols = append(cols,
		tableColumn{"outcome", outcomeCell},
		tableColumn{"connections", connectionsCell},
		tableColumn{"predicted", predictedCell},
		tableColumn{"after", afterCell},
		tableColumn{"knee", kneeCell})
	if slices.ContainsFunc(runs, openLoop) {
		cols = append(cols, tableColumn{"offered/s", offeredCell})
	}
	if slices.ContainsFunc(runs, (*Run).CarriesMany) {
		cols = append(cols, tableColumn{"req/s", requestsCell})
	}
	cols = append(cols,
		tableColumn{"conn/s", rateCell},
		tableColumn{"sustainable", sustainableCell})
	return append(cols, latencyColumns(runs)...)
}

// latencyColumns are of what most decides how fast the runs are: the answer
// from its planned start, the answer where every connection carries many, else
// the handshake.
func latencyColumns(runs []*Run) []tableColumn {
	name, of := "connect", func(l Latency) *metrics.Summary { return l.Connect }
	all := func(have func(*Run) bool) bool {
		return !slices.ContainsFunc(runs, func(r *Run) bool { return !have(r) })
	}
	switch {
	case all(openLoop):
		name, of = "response", func(l Latency) *metrics.Summary { return l.Response }
	case all((*Run).CarriesMany):
		name, of = "request", func(l Latency) *metrics.Summary { return l.Request }
	}
	column := func(name string, value func(*metrics.Summary) float64) tableColumn {
		return tableColumn{name, func(r *Run) string {
			if s := of(r.Latency); s != nil {
				return figure.Micros(value(s))
			}
			return missing
		}}
	}
	return []tableColumn{
		column(name+" p50", func(s *metrics.Summary) float64 { return s.P50US }),
		column("p99", func(s *metrics.Summary) float64 { return s.P99US }),
	}
}

func openLoop(r *Run) bool { return r.Lateness != nil }

func requestsCell(r *Run) string {
	if r.Totals.Requests == 0 {
		return missing
	}
	return figure.Number(r.Rates.RequestsPerSecond)
}

// rateCell is of no use where connections are only held.
func rateCell(r *Run) string {
	if r.Options.Mode == scenario.ModeIdle {
		return missing
	}
	return figure.Number(r.Rates.ConnectionsPerSecond)
}

// offeredCell is the rate of an open loop, marked where the generator itself
// was too late for it.
func offeredCell(r *Run) string {
	switch {
	case r.Lateness == nil:
		return missing
	case !r.Lateness.Valid:
		return r.Options.Rate.String() + " INVALID"
	default:
		return r.Options.Rate.String()
	}
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
		return figure.Seconds(*f.AfterSeconds)
	}
	return missing
}

func predictedCell(r *Run) string {
	if r.PredictsExhaustion(offeredRate(r)) {
		return fmt.Sprint(r.Prediction.ConnectionsUntilExhaustion)
	}
	return "none"
}

func sustainableCell(r *Run) string {
	if p := r.Prediction; p.SustainableCPS > 0 {
		return figure.Limit(p.SustainableCPS) + "/s"
	}
	return "unlimited"
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
		s += " (" + figure.AboutPercent(*k.Occupancy) + ")"
	}
	return s
}
