package cell

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tcpbench/internal/fault"
	"tcpbench/scenario"
)

func TestAutoTakesIOUringWhereItPays(t *testing.T) {
	tests := []struct {
		name   string
		change func(*scenario.Workload)
		want   bool
	}{
		{"short connections", func(*scenario.Workload) {}, false},
		{"short ones with fresh sockets", func(w *scenario.Workload) { w.Sockets = scenario.SocketsFresh }, false},
		{"idle ones", func(w *scenario.Workload) { w.Mode = scenario.ModeIdle }, false},
		{"many requests on each", func(w *scenario.Workload) { w.Mode = scenario.ModeKeepalive }, true},
		{"one connection in flight", func(w *scenario.Workload) {
			w.Mode, w.Concurrency = scenario.ModeKeepalive, 1
		}, false},
		{"few a thread", func(w *scenario.Workload) { w.Mode, w.Threads = scenario.ModeKeepalive, 8 }, false},
		{"shutdown(2) runs on another thread", func(w *scenario.Workload) {
			w.Mode, w.Close = scenario.ModeKeepalive, scenario.CloseShutdown
		}, false},
		{"close(2) that lingers does in any case", func(w *scenario.Workload) {
			w.Mode, w.Linger = scenario.ModeKeepalive, scenario.Linger{On: true, Timeout: time.Second}
		}, false},
	}
	for _, tt := range tests {
		w := scenario.DefaultWorkload()
		tt.change(&w)
		if got := ringPays(w, scenario.SchemeTCP); got != tt.want {
			t.Errorf("%s: ringPays = %v, want %v", tt.name, got, tt.want)
		}
	}
}

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
		{"by name it is the host's fault where there is none", scenario.EngineIOUring, unsupported, "", false,
			fault.StatusHost},
		{"by name a broken one is a failure", scenario.EngineIOUring, broken, "", false, fault.StatusFailed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, fallback, err := resolveEngine(tt.engine, tt.probed)
			if got != tt.want || (fallback != nil) != tt.warned || fault.Status(err) != tt.status {
				t.Errorf("resolveEngine(%s, %v) = %q, %v, %v, want %q, warned %v, status %d", tt.engine, tt.probed,
					got, fallback,
					err, tt.want, tt.warned, tt.status)
			}
		})
	}
}
