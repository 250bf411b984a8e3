package results_test

import (
	"testing"

	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

func TestAKneeIsOfTheSearchForAPort(t *testing.T) {
	knee := func(change func(*exhaustion.Knee)) func(*results.Run) {
		return func(r *results.Run) { change(&r.Exhaustion.Knee) }
	}
	tests := []struct {
		name   string
		change func(*results.Run)
		want   bool
	}{
		{"at half of the ports", func(*results.Run) {}, true},
		{"with a tenth of them in use", knee(func(k *exhaustion.Knee) { k.Occupancy = new(0.1) }), false},
		{"ports in use were not measured", knee(func(k *exhaustion.Knee) { k.Occupancy = nil }), false},
		{"a range that is searched in turn", knee(func(k *exhaustion.Knee) { k.InTurn = true }), false},
		{"a program that binds its ports",
			func(r *results.Run) { r.Options.PortSelect = scenario.PortSelectWalk }, false},
		{"connecting was as fast throughout", knee(func(k *exhaustion.Knee) { *k = exhaustion.Knee{} }), false},
		{"a run without a finding", func(r *results.Run) { r.Exhaustion = nil }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := resultstest.Full()
			tt.change(r)
			if got := r.Knee() != nil; got != tt.want {
				t.Errorf("Knee() is there: %v, want %v", got, tt.want)
			}
			if got := r.Client().Search.Measured; got != tt.want {
				t.Errorf("Client().Search.Measured = %v, want %v", got, tt.want)
			}
		})
	}
}
