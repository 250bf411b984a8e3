package claim

import (
	"testing"
	"time"

	"tcpbench/internal/wire"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// closes took so many milliseconds each, over a link with a round trip of
// 100 ms, with a linger time of 1 s.
func closes(ms float64) func(*results.Run) {
	return func(r *results.Run) {
		succeeded(3)(r)
		r.Latency.Close = &metrics.Summary{P50US: 1000 * ms}
		r.Options.Link.Rules = wire.Rules{{Action: wire.Delay, Time: 50 * time.Millisecond}}
		r.Options.Linger = scenario.Linger{On: true, Timeout: time.Second}
	}
}

func TestALingerTimeBlocksOrDoesNot(t *testing.T) {
	tests := []struct {
		name        string
		far, silent float64 // ms, of non-blocking sockets
		want        scenario.Answer
	}{
		{"as Linux does", 100, 1009, scenario.Refuted},
		{"as Linux does on a busy machine", 180, 1500, scenario.Refuted},
		{"O_NONBLOCK counts", 0.01, 0.01, scenario.Confirmed},
		{"until the FIN is acknowledged, if it is", 100, 0.01, scenario.Depends},
		{"for the time, if nothing is acknowledged", 0.01, 1009, scenario.Depends},
		{"something else", 70, 700, scenario.Unclear},
		{"nothing, or a part of the time", 0.01, 700, scenario.Unclear},
		{"nothing, or a part of the round trip", 70, 0.01, scenario.Unclear},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantAnswer(t, "linger-blocks", tt.want,
				result("SO_LINGER off, non-blocking", closes(0.01)),
				result("SO_LINGER 2 s, non-blocking", closes(tt.far)),
				result("SO_LINGER 2 s, blocking", closes(100)),
				result("SO_LINGER off, non-blocking, no ACK", closes(0.01)),
				result("SO_LINGER 1 s, non-blocking, no ACK", closes(tt.silent)),
				result("SO_LINGER 1 s, blocking, no ACK", closes(1016)))
		})
	}
}

func TestWhatALingerTimeCosts(t *testing.T) {
	wantPractice(t, wantAnswer(t, "linger-blocks", scenario.Refuted, lingerBlocksTruth()...),
		"close(2) stood still for 1010 ms of a linger time of 1000 ms; without one it took 2.3 us")
}

// Controls that do not do what they are for leave nothing to compare with.
func TestCloseThatWaitsForSomethingElseIsNotJudged(t *testing.T) {
	tests := []struct {
		name                        string
		off, far, silent, blocking  float64 // ms
		blockingSilent, threeSecond float64
		want                        scenario.Answer
		text                        string
	}{
		{"a machine that stands still", 80, 100, 1009, 100, 1016, 3200, scenario.Unclear,
			"without SO_LINGER close(2) returns at once\": it took 80000 us"},
		{"no socket lingers", 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, scenario.Unclear,
			"on a blocking socket it waits for the ACK\": 0.01 ms over a round trip of 100 ms"},
		{"3 s are 1 s", 0.01, 100, 1009, 100, 1016, 1009, scenario.Depends,
			"1009 ms with a linger time of 1000 ms where nothing was acknowledged, 1009 ms with 3 s; on"},
		{"as Linux does", 0.01, 100, 1009, 100, 1016, 3200, scenario.Refuted,
			"1009 ms with a linger time of 1000 ms where nothing was acknowledged, 3200 ms with 3 s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantText(t, wantAnswer(t, "linger-blocks", tt.want,
				result("SO_LINGER off, non-blocking", closes(tt.off)),
				result("SO_LINGER 2 s, non-blocking", closes(tt.far)),
				result("SO_LINGER 2 s, blocking", closes(tt.blocking)),
				result("SO_LINGER off, non-blocking, no ACK", closes(tt.off)),
				result("SO_LINGER 1 s, non-blocking, no ACK", closes(tt.silent)),
				result("SO_LINGER 1 s, blocking, no ACK", closes(tt.blockingSilent)),
				result("SO_LINGER 3 s, non-blocking, no ACK", closes(tt.threeSecond))), tt.text)
		})
	}
}
