package engine_test

import (
	"testing"

	"tcpbench/scenario"
	"tcpbench/workload/engine"
)

func TestEveryEngineRunsButAuto(t *testing.T) {
	for _, e := range scenario.Engines() {
		if _, err := engine.Named(e.Name); (err != nil) != (e.Name == scenario.EngineAuto) {
			t.Errorf("Named(%s) = %v, want an error for auto alone, which is resolved before", e.Name, err)
		}
	}
	if _, err := engine.Named("epol"); err == nil {
		t.Error("Named(epol) = nil, want an error")
	}
}
