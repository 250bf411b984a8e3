package results

import (
	"github.com/jedib0t/go-pretty/v6/table"

	"tcpbench/metrics"
	"tcpbench/scenario"
)

// Phase is one latency distribution with its name.
type Phase struct {
	Name    string
	Summary *metrics.Summary
}

// Phases lists the distributions that were measured, in the order in which a
// connection goes through them.
func (l Latency) Phases() []Phase {
	var out []Phase
	for _, p := range []Phase{
		{"connect", l.Connect}, {"tls", l.TLS}, {"first byte", l.FirstByte}, {"request", l.Request}, {"service", l.Service},
		{"response", l.Response}, {"close", l.Close}, {"dead", l.Dead},
	} {
		if p.Summary != nil {
			out = append(out, p)
		}
	}
	return out
}

func (p printer) latency(r *Run) {
	tw := newTable(table.Row{"Latency", "count", "p50", "p90", "p99", "p99.9", "max"})
	for _, phase := range r.Latency.Phases() {
		s := phase.Summary
		tw.AppendRow(table.Row{phase.Name, s.Count, Micros(s.P50US), Micros(s.P90US), Micros(s.P99US), Micros(s.P999US), Micros(s.MaxUS)})
	}
	if tw.Length() == 0 {
		return
	}
	p.Line("%s", tw.Render())
	if s := ClockNote(r); s != "" {
		p.Labelled("", s)
	}
	p.Line("")
}

// ClockNote says what the latencies of r are measured from, where a reader
// could take one for another; "" where there is one clock only.
func ClockNote(r *Run) string {
	switch {
	case r.Latency.Response != nil && r.Options.Mode == scenario.ModeKeepalive:
		return "response counts from the planned start, request from the send: the difference is waiting that a closed loop hides (coordinated omission)."
	case r.Latency.Response != nil:
		return "response counts from the planned start, service from connect(2): the difference is waiting that a closed loop hides (coordinated omission)."
	case r.Latency.Dead != nil:
		return "dead counts from the cut of the link to the error on a connection that was held."
	default:
		return ""
	}
}
