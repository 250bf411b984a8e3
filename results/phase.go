package results

import (
	"fmt"
	"strings"

	"tcpbench/metrics"
	"tcpbench/scenario"
)

// Phase is one latency distribution with its name for people.
type Phase struct {
	Name    string
	Summary *metrics.Summary
}

// phaseField is where the distribution of a phase is kept; key is its name in
// a result file.
type phaseField struct {
	key string
	at  **metrics.Summary
}

// fields lists every phase, in the order in which they are shown.
func (l *Latency) fields() []phaseField {
	return []phaseField{
		{"connect", &l.Connect}, {"tls", &l.TLS}, {"first_byte", &l.FirstByte}, {"request", &l.Request},
		{"response", &l.Response}, {"service", &l.Service}, {"close", &l.Close}, {"dead", &l.Dead},
	}
}

// PhaseKeys are the names of all phases in a result file, as first_byte.
func PhaseKeys() []string {
	var out []string
	for _, f := range (&Latency{}).fields() {
		out = append(out, f.key)
	}
	return out
}

// Phase is the distribution of a phase by its name in a result file; nil
// where it was not measured.
func (l Latency) Phase(key string) *metrics.Summary {
	for _, f := range l.fields() {
		if f.key == key {
			return *f.at
		}
	}
	return nil
}

// NewLatency has the distributions that of returns for each phase, by its name
// in a result file.
func NewLatency(of func(key string) (*metrics.Summary, error)) (Latency, error) {
	var l Latency
	for _, f := range l.fields() {
		s, err := of(f.key)
		if err != nil {
			return Latency{}, fmt.Errorf("%s latency: %w", PhaseName(f.key), err)
		}
		*f.at = s
	}
	return l, nil
}

// Summarize is what a result keeps of the latencies that were recorded.
func Summarize(recorded metrics.Latencies) Latency {
	var s metrics.Summarizer
	l, _ := NewLatency(func(key string) (*metrics.Summary, error) {
		return s.Summarize(recorded.Phase(key)), nil
	})
	return l
}

// Phases lists the distributions that were measured.
func (l Latency) Phases() []Phase {
	var out []Phase
	for _, f := range l.fields() {
		if *f.at != nil {
			out = append(out, Phase{PhaseName(f.key), *f.at})
		}
	}
	return out
}

// MainPhase is the name in a result file of the phase that tells most of r: what a user
// waits for, from the planned start where there is one, else answers where connections
// carry many; else connecting.
func (r *Run) MainPhase() string {
	switch {
	case r.Latency.Response != nil:
		return "response"
	case r.CarriesMany():
		return "request"
	case r.Latency.Connect == nil && r.Latency.Dead != nil:
		return "dead"
	default:
		return "connect"
	}
}

// PhaseName is a phase's name for people.
func PhaseName(key string) string { return strings.ReplaceAll(key, "_", " ") }

// ClockNote says what the latencies of r are measured from, where a reader
// could take one for another; "" where there is one clock only.
func ClockNote(r *Run) string {
	switch {
	case r.Latency.Response != nil && r.Options.Mode == scenario.ModeKeepalive:
		return "response counts from the planned start, request from the send: the difference is waiting that a " +
			"closed loop hides (coordinated omission)."
	case r.Latency.Response != nil:
		return "response counts from the planned start, service from connect(2): the difference is waiting that a " +
			"closed loop hides (coordinated omission)."
	case r.Latency.Dead != nil:
		return "dead counts from the cut of the link to the error on a connection that was held."
	default:
		return ""
	}
}
