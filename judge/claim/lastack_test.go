package claim

import (
	"testing"
	"time"

	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

func server(counter string, n int64) func(*results.Run) {
	return func(r *results.Run) { r.Kernel.Server[counter] = n }
}

// reused is a run of connections that all have one port; connect took so long.
func reused(name string, connections, failed int64, connect time.Duration, changes ...func(*results.Run)) *results.Run {
	r := result(name, changes...)
	r.Totals.Succeeded, r.Totals.Failed = connections-failed, failed
	if r.Totals.Errors == nil && failed > 0 {
		r.Totals.Errors = map[string]int64{"connect: ETIMEDOUT": failed}
	}
	us := float64(connect.Microseconds())
	r.Latency.Connect = &metrics.Summary{P50US: us}
	for i := range connections {
		r.Packets = append(r.Packets, results.Packet{Connection: int(i) + 1, Port: 40000,
			From: results.FromClient, Flags: "S"})
	}
	return r
}

// met is what the kernels count when n SYNs meet LAST_ACK.
func met(n int64) func(*results.Run) {
	return func(r *results.Run) {
		r.Kernel.Server["TcpExtTCPSYNChallenge"] = n
		r.Kernel.Client["TcpOutRsts"], r.Kernel.Client["TcpExtTCPSynRetrans"] = n, n
	}
}

func TestReuseTowardsLastACK(t *testing.T) {
	got := wantAnswer(t, "last-ack", scenario.Refuted, lastACKTruth()...)
	wantText(t, got, "all 41 succeeded (the last ACK is lost: 0 of 19 failed; ")
	wantText(t, got, "Connect took 12 ms, as against 1 ms. Where that RST is lost as well, as behind a firewall that "+
		"drops it, 1 of 1 failed: connect: TIMEOUT.")
	wantPractice(t, got, "connect takes 12 ms instead of 1 ms there, and does not fail. Let no firewall drop RSTs")
	const lost, none = "the last ACK is lost", "it is lost, and there is no TIME_WAIT"
	arrives := reused("the last ACK arrives", 20, 0, time.Millisecond)
	works := reused(lost, 20, 0, 12*time.Millisecond, met(19))
	tests := []struct {
		name string
		runs []*results.Run
		want scenario.Answer
		text string
	}{
		{"none fails", []*results.Run{arrives, works}, scenario.Refuted, "all 19 succeeded"},
		{"none fails in either case", []*results.Run{arrives, works, reused(none, 20, 0, 0, met(19))}, scenario.Refuted,
			"all 38 succeeded"},
		{"all fail", []*results.Run{arrives, reused(lost, 20, 19, 0, met(19))}, scenario.Confirmed,
			"the last ACK is lost: 19 of 19 failed"},
		{"one fails, without a TIME_WAIT", []*results.Run{arrives, works, reused(none, 20, 1, 0, met(19))},
			scenario.Depends, "no TIME_WAIT: 1 of 19 failed"},
		{"no LAST_ACK", []*results.Run{arrives, reused(lost, 20, 0, time.Millisecond)}, scenario.Unclear,
			"the last ACK is lost: 0 of 19"},
		{"no LAST_ACK where there is no TIME_WAIT", []*results.Run{arrives, works, reused(none, 20, 19, 0)},
			scenario.Unclear, "no TIME_WAIT: 0 of 19"},
		{"failures where the last ACK arrives",
			[]*results.Run{reused("the last ACK arrives", 20, 2, 0), reused(lost, 20, 19, 0, met(19))},
			scenario.Unclear, "2 of 19 on a port that was used failed, and the server answered 0 SYNs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantText(t, wantAnswer(t, "last-ack", tt.want, tt.runs...), tt.text) })
	}
}

func TestTheRSTIsWhatEndsLastACK(t *testing.T) {
	arrives, lost := reused("the last ACK arrives", 20, 0, time.Millisecond),
		reused("the last ACK is lost", 20, 0, 12*time.Millisecond, met(19))
	silent := reused("the last ACK and each RST are lost", 2, 1, 0, met(3), func(r *results.Run) {
		r.Totals.Errors = map[string]int64{"connect: TIMEOUT": 1}
	})
	got := wantAnswer(t, "last-ack", scenario.Refuted, arrives, lost, silent)
	if want := "where each RST is lost too, 1 of 1 failed: connect: TIMEOUT"; !said(got, want) {
		t.Errorf("Judge(last-ack) checks = %v, want %q among them", got.Checks, want)
	}
	otherwise := reused("the last ACK is lost", 20, 0, 12*time.Millisecond, server("TcpExtTCPSYNChallenge", 19))
	got = wantAnswer(t, "last-ack", scenario.Refuted, arrives, otherwise)
	if want := "the last ACK is lost: the client sent 0 RSTs, and 0 SYNs a second time"; !said(got, want) {
		t.Errorf("Judge(last-ack) checks = %v, want %q among them", got.Checks, want)
	}
}
