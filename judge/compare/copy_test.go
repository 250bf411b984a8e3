package compare

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// A copy with another start and any other field changed is still the run that it was.
func TestAnEditedCopyIsNoRepeat(t *testing.T) {
	edits := map[string]func(*results.Run){
		"its duration": func(r *results.Run) { r.DurationS++ },
		"its rate":     func(r *results.Run) { r.Rates.ConnectionsPerSecond-- },
		"its memory":   func(r *results.Run) { r.Environment.MemoryBytes++ },
		"its seed":     func(r *results.Run) { r.Options.Seed++ },
		"a latency":    func(r *results.Run) { r.Latency.Connect = resultstest.Summary(1000, 7*time.Microsecond) },
	}
	for name, edit := range edits {
		was, edited := resultstest.Full(), resultstest.Full()
		edited.StartedAt = was.StartedAt.Add(time.Hour)
		edit(edited)
		fit, left := Group{Runs: []*results.Run{was, edited}}.Fit()
		want := "[{run 2 of 2 it is run 1 once more: their latencies are the same, one by one, " +
			"and a copy is no repeat}]"
		if got := fmt.Sprint(left); len(fit.Runs) != 1 || got != want {
			t.Errorf("%s: Fit() = %d runs, without %s, want 1, without %s", name, len(fit.Runs), got, want)
		}
		_, err := Compare(Side{Runs: []*results.Run{was}}, Side{Runs: []*results.Run{edited}}, Options{Force: true})
		const too = "run 1 of the base is run 1 of the new side too (their latencies"
		if err == nil || !strings.Contains(err.Error(), too) {
			t.Errorf("%s: Compare() = %v, want that it is one run", name, err)
		}
	}
}

// Runs that agree on some of it are two.
func TestRunsThatAgreeAreNotCopies(t *testing.T) {
	of := func(s *metrics.Summary) results.Latency {
		return results.Latency{Connect: s, FirstByte: s, Request: s, Close: s}
	}
	few, many := resultstest.Summary(99, time.Microsecond), resultstest.Summary(200, time.Microsecond)
	tests := []struct {
		name string
		a, b results.Latency
	}{
		{"few latencies, all the same", of(few), of(few)},
		{"as many, and others", of(resultstest.Summary(200, 2*time.Microsecond)),
			of(resultstest.Summary(200, 3*time.Microsecond))},
		{"of two phases alone", results.Latency{FirstByte: many, Request: many},
			results.Latency{FirstByte: many, Request: many}},
	}
	for _, tt := range tests {
		a, b := &results.Run{DurationS: 1, Latency: tt.a}, &results.Run{DurationS: 2, Latency: tt.b}
		if fit, left := (Group{Runs: []*results.Run{a, b}}).Fit(); len(fit.Runs) != 2 {
			t.Errorf("%s: Fit() leaves out %v, want none", tt.name, left)
		}
	}
}
