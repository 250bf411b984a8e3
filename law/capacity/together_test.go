package capacity

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestHostsTogetherHaveTheSumOfTheirLaws(t *testing.T) {
	timeWait := func(ports int) Prediction {
		return Predict(Settings{Ports: ports, Sources: 1, Destinations: 1, Timestamps: true, HZ: 250})
	}
	reset := Predict(Settings{Ports: 1000, Sources: 1, Destinations: 1, Reset: true})
	dropped := Predict(Settings{Ports: 1000, Sources: 1, Destinations: 1, MaxTimeWaits: 980, InFlight: 15})
	if dropped.OpenUntilExhaustion == 0 {
		t.Fatalf("Predict() = %+v, want one that no rate alone makes run out", dropped)
	}
	tests := []struct {
		name         string
		hosts        []Prediction
		until, least int64
		rate         float64 // sustainable
		terms        string
		reason       string
	}{
		{"none", nil, 0, 0, 0, "0 ports x 0 sources x 0 destinations, each held while it is open", ""},
		{"one is itself", []Prediction{timeWait(1000)}, 1000, 1000, 1000. / 60,
			"1000 ports x 1 source x 1 destination, each held 60 s", "TIME_WAIT"},
		{"three alike", []Prediction{timeWait(1000), timeWait(1000), timeWait(1000)}, 3000, 3000, 50,
			"1000 ports x 3 sources x 1 destination, each held 60 s", "TIME_WAIT"},
		{"two that are not", []Prediction{timeWait(1000), timeWait(200)}, 1200, 1200, 20,
			"1200 ports x 1 source x 1 destination, each held 60 s", "TIME_WAIT"},
		{"none of which runs out", []Prediction{reset, reset}, 0, 0, 0,
			"1000 ports x 2 sources x 1 destination, each held while it is open", "RST close leaves no TIME_WAIT"},
		{"one of which never does: the other has half of the load", []Prediction{timeWait(600), reset}, 0, 0, 20,
			"1600 ports x 1 source x 1 destination, each held 60 s",
			"on 1 host TIME_WAIT; on 1 host RST close leaves no TIME_WAIT"},
		{"one of which no rate alone makes run out", []Prediction{timeWait(1000), dropped}, 2000, 2000, 0,
			"1000 ports x 2 sources x 1 destination, each held while it is open", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Together(tt.hosts)
			if p.ConnectionsUntilExhaustion != tt.until || p.ConnectionsAtLeast != tt.least ||
				math.Abs(p.SustainableCPS-tt.rate) > 1e-9 || p.SafeCPS > p.SustainableCPS && p.SustainableCPS > 0 {
				t.Errorf("Together() = %+v, want %d to %d connections, at %v/s", p, tt.least, tt.until, tt.rate)
			}
			if p.Terms() != tt.terms {
				t.Errorf("Terms() = %q, want %q", p.Terms(), tt.terms)
			}
			if tt.reason != "" && !strings.Contains(p.Reason, tt.reason) {
				t.Errorf("Reason = %q, want %q", p.Reason, tt.reason)
			}
		})
	}
	odd := Predict(Settings{Ports: 333, OddRange: true, Sources: 1, Destinations: 1})
	if p := Together([]Prediction{odd, odd}); p.Until() != "664 to 666" {
		t.Errorf("Until() of two hosts with 333 ports = %q, want 664 to 666", p.Until())
	}
	if p := Together([]Prediction{timeWait(1000), timeWait(1000)}); p.HoldSeconds != 60 ||
		p.HoldSecondsMax < 60 || p.TimeToExhaustion(100).Round(time.Second) != 20*time.Second {
		t.Errorf("Together() = %+v, want 2000 ports held 60 s", p)
	}
}
