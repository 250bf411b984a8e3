package metric

import (
	"testing"

	"tcpbench/metrics"
	"tcpbench/results"
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
