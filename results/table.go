package results

import (
	"fmt"
	"io"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"

	"tcpbench/exhaustion"
	"tcpbench/scenario"
)

// WriteTable writes a row a run: the cell's settings, the outcome, and the
// prediction beside what was measured.
func WriteTable(w io.Writer, runs []*Run) error {
	keys := labelKeys(runs)
	header := table.Row{}
	for _, k := range keys {
		header = append(header, scenario.ShortKey(k))
	}
	tw := newTable(append(header, "outcome", "connections", "predicted", "after", "knee", "conn/s", "sustainable", "connect p50", "p99"))
	for _, r := range runs {
		tw.AppendRow(tableRow(keys, r))
	}
	if _, err := fmt.Fprintln(w, tw.Render()); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
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

func tableRow(keys []string, r *Run) table.Row {
	row := table.Row{}
	for _, k := range keys {
		row = append(row, r.Cell[k])
	}
	outcome, connections, after, knee := "-", "-", "-", "-"
	if f := r.Exhaustion; f != nil {
		outcome = string(f.Outcome)
		if f.AfterConnections != nil && f.AfterSeconds != nil {
			connections, after = fmt.Sprint(*f.AfterConnections), fmt.Sprintf("%.3g s", *f.AfterSeconds)
		}
		knee = kneeCell(f.Knee)
	}
	predicted, sustainable := "none", "unlimited"
	p := r.Prediction
	if p.ExhaustsAt(r.Rates.ConnectionsPerSecond) {
		predicted = fmt.Sprint(p.ConnectionsUntilExhaustion)
	}
	if p.SustainableCPS > 0 {
		sustainable = perSecond(p.SustainableCPS) + "/s"
	}
	p50, p99 := "-", "-"
	if s := r.Latency.Connect; s != nil {
		p50, p99 = Micros(s.P50US), Micros(s.P99US)
	}
	return append(row, outcome, connections, predicted, after, knee, fmt.Sprintf("%.0f", r.Rates.ConnectionsPerSecond), sustainable, p50, p99)
}

func kneeCell(k exhaustion.Knee) string {
	if !k.Found {
		return "-"
	}
	s := fmt.Sprint(*k.AfterConnections)
	if k.Occupancy != nil {
		s += fmt.Sprintf(" (%.0f %%)", *k.Occupancy*100)
	}
	return s
}
