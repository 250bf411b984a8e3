package claim

import (
	"testing"

	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// delivered sent 1000 bytes on 10 connections, of which so many were lost.
func delivered(lost int64) func(*results.Run) {
	return func(r *results.Run) {
		succeeded(10)(r)
		client("TcpOutRsts", 10)(r)
		r.Latency.Connect = &metrics.Summary{P50US: 20_400}
		r.Delivery = &results.Delivery{SentBytes: 1000, ArrivedBytes: 1000 - lost, LostBytes: lost,
			LostConnections: min(lost, 10)}
	}
}

func TestWhatAResetLoses(t *testing.T) {
	tests := []struct {
		name                            string
		small, large, answered, orderly int64 // bytes lost
		want                            scenario.Answer
		text                            string
	}{
		{"as Linux does", 0, 779, 0, 0, scenario.Depends,
			"77.9 % of 64 KiB over 10 ms, 77.9 % of 1 MiB over 10 ms, 77.9 % of 1 MiB to a small window. It lost " +
				"nothing of 64 B over 10 ms (10 connections), nor of 1 MiB over 10 ms after the answer (10 " +
				"connections). With FIN"},
		{"all but what was answered", 1000, 779, 0, 0, scenario.Depends,
			"It lost nothing of 1 MiB over 10 ms after the answer (10"},
		{"nothing", 0, 0, 0, 0, scenario.Confirmed, "lost nothing"},
		{"nothing but of what was answered", 0, 0, 1, 0, scenario.Depends,
			"it lost 0.1 % of 1 MiB over 10 ms after the answer. It lost nothing of 64 B " +
				"over 10 ms (10 connections), nor of 64 KiB over 10 ms"},
		{"some of everything", 1000, 779, 500, 0, scenario.Refuted, "100 % of 64 B over 10 ms"},
		{"FIN loses too", 0, 779, 0, 1, scenario.Unclear,
			"\"without RST nothing is lost\": FIN, 1 MiB over 10 ms: 1 of 1000 bytes lost"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := wantAnswer(t, "linger-loses-data", tt.want,
				result("RST, 64 B over 10 ms", delivered(tt.small)),
				result("RST, 64 KiB over 10 ms", delivered(tt.large)),
				result("RST, 1 MiB over 10 ms", delivered(tt.large)),
				result("RST, 1 MiB to a small window", delivered(tt.large)),
				result("RST, 1 MiB", delivered(5)), // what is lost without a delay decides nothing
				result("RST after the answer, 1 MiB over 10 ms", delivered(tt.answered)),
				result("FIN, 1 MiB over 10 ms", delivered(tt.orderly), client("TcpOutRsts", 0)),
				result("FIN, 1 MiB to a small window", delivered(0), client("TcpOutRsts", 0)),
				result("SO_LINGER 10 s, 1 MiB over 10 ms", delivered(0), client("TcpOutRsts", 0)))
			wantText(t, got, tt.text)
		})
	}
}

func TestDeliveryThatWasNotMeasuredIsNotNothingLost(t *testing.T) {
	wantAnswer(t, "linger-loses-data", scenario.Unclear, result("RST, 64 B over 10 ms", succeeded(10)))
}

func TestDataThatAFINDeliveredIsNotWhatAResetDoes(t *testing.T) {
	runs := lingerLosesTruth()
	for _, r := range runs {
		r.Delivery.LostBytes = 0
	}
	wantText(t, wantAnswer(t, "linger-loses-data", scenario.Confirmed, runs...), "lost nothing")
	runs[1].Kernel.Client["TcpOutRsts"] = 1
	wantText(t, wantAnswer(t, "linger-loses-data", scenario.Unclear, runs...),
		"RST, 64 B over 10 ms: each connection is closed by RST\": 1 RST for 10 connections")
	// A delay that was not there is no reason to lose nothing.
	quick := lingerLosesTruth()
	quick[4].Latency.Connect.P50US = 40
	quick[4].Delivery.LostBytes = 0
	wantText(t, wantAnswer(t, "linger-loses-data", scenario.Unclear, quick...),
		"RST, 64 KiB over 10 ms: the link is that slow\": connect took 0.04 ms")
	wantPractice(t, wantAnswer(t, "linger-loses-data", scenario.Depends, lingerLosesTruth()...),
		"only after the peer has answered: before that, up to 77.9 % of what send() had taken was lost")
}
