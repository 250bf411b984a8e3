package metric

import (
	"testing"

	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

// A server that answers 500 to all must not hold a rate.
func TestErrorsAreFailuresAndBadAnswers(t *testing.T) {
	tests := []struct {
		name   string
		totals results.Totals
		want   float64 // percent
	}{
		{"none", results.Totals{Counts: metrics.Counts{Attempted: 100, Succeeded: 100}}, 0},
		{"connections that failed", results.Totals{Counts: metrics.Counts{Attempted: 100, Failed: 1}}, 1},
		{"answers of a server in trouble",
			results.Totals{Counts: metrics.Counts{Attempted: 100, Requests: 100},
				Status: map[string]int64{"200": 60, "302": 10, "404": 10, "503": 20}}, 30},
		{"one connection that carried many",
			results.Totals{Counts: metrics.Counts{Attempted: 1, Failed: 1, Requests: 999}}, 0.1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := errorShare(&results.Run{Totals: tt.totals}); got != tt.want || err != nil {
				t.Errorf("errorShare(%+v) = %v, %v, want %v", tt.totals, got, err, tt.want)
			}
		})
	}
}

func TestPortsThatRanOutOnSomeAgentsRanOut(t *testing.T) {
	r := resultstest.Real(t, "fleet")
	exhausted, after := MustFind("exhausted"), MustFind("after_connections")
	if v, err := after.Measure(r); v != 299 || err != nil {
		t.Errorf("after_connections = %v, %v of a fleet whose agents all ran out, want the sum, 299", v, err)
	}
	r.Agents[0].Exhaustion.Exhausted = false
	*r.Exhaustion = exhaustion.Finding{Outcome: exhaustion.Undecided}
	if v, err := exhausted.Measure(r); v != 1 || err != nil {
		t.Errorf("exhausted = %v, %v where two of three agents ran out, want 1", v, err)
	}
	if _, err := after.Measure(r); err == nil || err.Error() != "ports ran out on 2 of 3 agents alone" {
		t.Errorf("after_connections = %v where two of three agents ran out, want that it has none", err)
	}
	for i := range r.Agents {
		r.Agents[i].Exhaustion.Exhausted = false
	}
	r.Options.Rate, r.Rates.ConnectionsPerSecond = scenario.Rate{From: 1, To: 1}, 1
	if v, err := exhausted.Measure(r); v != 0 || err != nil {
		t.Errorf("exhausted = %v, %v where none did, want 0", v, err)
	}
}
