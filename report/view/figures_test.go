package view

import (
	"testing"

	"tcpbench/law/capacity"
)

func TestPortsStandBesideTheirLaw(t *testing.T) {
	held := capacity.Prediction{Ports: 1000, Sources: 1, Destinations: 1, HoldSeconds: 60, HoldSecondsMax: 62,
		ConnectionsUntilExhaustion: 1000, ConnectionsAtLeast: 1000, SafeCPS: 16.1, SustainableCPS: 16.67}
	open := capacity.Prediction{Ports: 40, Sources: 1, Destinations: 1, ConnectionsUntilExhaustion: 40,
		ConnectionsAtLeast: 40, OpenUntilExhaustion: 40}
	tests := []struct {
		name  string
		law   capacity.Prediction
		again bool
		want  string
	}{
		{"a port is held", held, true,
			"predicted: 1000 ports x 1 source x 1 destination, each held 60 s, enough for 16.1 to 16.6 connections/s"},
		{"connections are opened once", held, false, "predicted: enough for 1000 connections at a time"},
		{"only open ones hold a port", open, true, "predicted: they run out when 40 connections are open at a time"},
		{"none is held", capacity.Prediction{Ports: 1000, Sources: 1, Reason: "RST close leaves no TIME_WAIT"}, true,
			"predicted: they do not run out (RST close leaves no TIME_WAIT)"},
		{"there is none", capacity.Prediction{Sources: 1}, true, "predicted: no connection finds one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := byLaw(tt.law, tt.again); got != tt.want {
				t.Errorf("byLaw() = %q, want %q", got, tt.want)
			}
		})
	}
}
