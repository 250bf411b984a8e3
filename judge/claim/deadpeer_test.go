package claim

import (
	"testing"
	"time"

	"tcpbench/results"
	"tcpbench/scenario"
)

// pinged had so many answers, and connections that ended for lack of one.
func pinged(name string, answers, timeouts int64, changes ...func(*results.Run)) *results.Run {
	return result(name, append([]func(*results.Run){func(r *results.Run) {
		r.Totals.Requests, r.Totals.Attempted = answers, timeouts+1
		r.Totals.Errors = map[string]int64{"expect: TIMEOUT": timeouts}
	}}, changes...)...)
}

// hanging held 20 connections to a program that hangs.
func hanging(probes, dead int64) *results.Run {
	return result("keepalive 1s,1s,1, the program hangs", client("TcpExtTCPKeepAlive", probes), func(r *results.Run) {
		r.Totals.Attempted, r.Totals.Succeeded, r.Totals.Failed = 20, 20-dead, dead
		r.Totals.Errors = map[string]int64{"recv: ETIMEDOUT": dead}
	})
}

func deadPeerTruth() []*results.Run {
	const ms = 300 * time.Millisecond
	lawful := func(name, keepalive string) *results.Run {
		r := result(name, cutAfter(ms, keepalive))
		r.Totals.Attempted, r.DurationS = 0, 0
		return r
	}
	return []*results.Run{
		result("keepalive 1s,1s,1, the host is gone", cutAfter(ms, "1s,1s,1"), deadAfter(1.76, "recv: ETIMEDOUT"),
			ticking(1, 750, 500)),
		hanging(60, 0),
		lawful("keepalive 15s,15s,9, Go's default", "15s,15s,9"), lawful("keepalive, the kernel's default", "on"),
		pinged("PING every 250 ms, the host is gone", 3, 1, deadAfterOne(1.15)),
		pinged("PING every 250 ms, the program hangs", 22, 2),
	}
}

// deadAfterOne found its only connection dead.
func deadAfterOne(seconds float64) func(*results.Run) {
	return func(r *results.Run) {
		r.Options.Mode = scenario.ModeKeepalive
		deadAfter(seconds, "expect: TIMEOUT")(r)
		r.Latency.Dead.Count, r.Totals.Errors["expect: TIMEOUT"] = 1, 1
	}
}

func TestKeepaliveDoesNotAskTheProgram(t *testing.T) {
	with := func(i int, r *results.Run) []*results.Run {
		runs := deadPeerTruth()
		runs[i] = r
		return runs
	}
	never := deadPeerTruth()
	never[0].Latency.Dead, never[0].Totals.Errors = nil, map[string]int64{}
	never[0].DurationS = 5
	late := deadPeerTruth()
	late[0].Latency.Dead.MaxUS = 8e6
	tests := []struct {
		name string
		runs []*results.Run
		want scenario.Answer
		text string
	}{
		{"it knows of the host alone", deadPeerTruth(), scenario.Depends, "probes: known after 1.76 s by recv: " +
			"ETIMEDOUT " +
			"with 1s,1s,1; by the law 150 s (2m30s) with Go's default and 7875 s (2h11m15s) with the kernel's. " +
			"With a PING " +
			"every 250 ms, given up after 1 s, it was known after 1.15 s by expect: TIMEOUT. But of a program " +
			"that hangs, " +
			"0 of 20 connections were found dead by it, after 60 probes; PINGs had no answer in 1 s on 2 connections."},
		{"it knows of the program as well", with(1, hanging(60, 19)), scenario.Confirmed, "19 of 20 connections were"},
		{"it does not know of the host", never, scenario.Refuted, "did not always know: not in 4.7 s. And of a " +
			"program"},
		{"it knows of the host too late", late, scenario.Unclear, "known after 8 s by recv: ETIMEDOUT"},
		{"no probe is sent", with(1, hanging(0, 0)), scenario.Unclear, "whose program hangs\": 0 were"},
		{"the program does not hang", with(5, pinged("PING every 250 ms, the program hangs", 28, 0)), scenario.Unclear,
			"28 were answered, and 0 connections"},
		{"the program never answers", with(5, pinged("PING every 250 ms, the program hangs", 0, 6)), scenario.Unclear,
			"0 were answered, and 6 connections"},
		{"the host stays", with(4, pinged("PING every 250 ms, the host is gone", 8, 0)), scenario.Unclear,
			"until the host is gone\": 8 were"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantText(t, wantAnswer(t, "dead-peer", tt.want, tt.runs...), tt.text) })
	}
	wantPractice(t, wantAnswer(t, "dead-peer", scenario.Depends, deadPeerTruth()...), "keepalive asks the peer's "+
		"kernel, "+
		"which answered 60 probes while its program hung. Set its three values for hosts that are gone, or they "+
		"are known after 7875 s (2h11m15s).")
}
