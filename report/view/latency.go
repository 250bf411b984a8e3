package view

import (
	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/results"
)

// latencies are the phases, called what name says, with a note on their clocks
// where two of them could be taken for the same.
func latencies(r *results.Run, name func(string) string) prose.Table {
	statistics := prose.Numbers("count", "min", "mean", "p50", "p90", "p99", "p99.9", "max")
	t := prose.Table{Caption: "Latency", Head: append(prose.Words("phase"), statistics...), Note: results.ClockNote(r)}
	for _, p := range r.Latency.Phases() {
		s := p.Summary
		if s.Count == 0 {
			continue
		}
		row := []any{name(p.Name), s.Count}
		for _, us := range []float64{s.MinUS, s.MeanUS, s.P50US, s.P90US, s.P99US, s.P999US, s.MaxUS} {
			row = append(row, figure.Micros(us))
		}
		t.Add(row...)
	}
	return t
}

// asIs calls a phase what a result calls it.
func asIs(phase string) string { return phase }

// asDrawn calls a phase what the pictures call it.
func asDrawn(phase string) string {
	switch phase {
	case "tls":
		return "TLS handshake"
	case "request":
		return "whole answer (request)"
	}
	return phase
}
