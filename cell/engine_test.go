package cell

import (
	"errors"
	"fmt"
	"testing"

	"tcpbench/internal/fault"
	"tcpbench/scenario"
)

func TestResolveEngine(t *testing.T) {
	unsupported := fmt.Errorf("io_uring: not here: %w", errors.ErrUnsupported)
	broken := errors.New("probe io_uring: recv: no completion")
	tests := []struct {
		name   string
		engine scenario.EngineName
		probed error
		want   scenario.EngineName
		warned bool
		status int
	}{
		{"auto takes io_uring where it works", scenario.EngineAuto, nil, scenario.EngineIOUring, false, 0},
		{"auto falls back and says so", scenario.EngineAuto, unsupported, scenario.EngineEpoll, true, 0},
		{"auto falls back from a broken one too", scenario.EngineAuto, broken, scenario.EngineEpoll, true, 0},
		{"by name it runs", scenario.EngineIOUring, nil, scenario.EngineIOUring, false, 0},
		{"by name it is the host's fault where there is none", scenario.EngineIOUring, unsupported, "", false, fault.StatusHost},
		{"by name a broken one is a failure", scenario.EngineIOUring, broken, "", false, fault.StatusFailed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, fallback, err := resolveEngine(tt.engine, tt.probed)
			if got != tt.want || (fallback != nil) != tt.warned || fault.Status(err) != tt.status {
				t.Errorf("resolveEngine(%s, %v) = %q, %v, %v, want %q, warned %v, status %d", tt.engine, tt.probed, got, fallback, err, tt.want, tt.warned, tt.status)
			}
		})
	}
}
