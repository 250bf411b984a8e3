package claim

import (
	"testing"

	"tcpbench/internal/wire"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// replays is a run into whose connections so many old segments were sent; the
// server read so many bytes of them and refused the others by their timestamps.
func replays(name string, sent, read, refused int64) *results.Run {
	return result(name, succeeded(sent+1), server("TcpExtPAWSEstab", refused), func(r *results.Run) {
		r.Link = []results.LinkRule{{Sent: sent}}
		r.Delivery = &results.Delivery{LostBytes: -read}
	})
}

func TestTimestampsKeepOldSegmentsOutOrDoNot(t *testing.T) {
	const fit, stamped, soon = "numbers that fit, no timestamps", "numbers that fit, timestamps",
		"numbers that fit, timestamps, within a millisecond"
	old := replays("old numbers, no timestamps", 9, 0, 0)
	harm, kept := replays(fit, 9, 576, 0), replays(stamped, 9, 0, 9)
	late := replays(soon, 39, 0, 39)
	const reuse = "numbers that fit, tcp_tw_reuse=1"
	tests := []struct {
		name string
		runs []*results.Run
		want scenario.Answer
		text string
	}{
		{"but not within a millisecond", []*results.Run{old, harm, kept, replays(soon, 39, 1280, 19)}, scenario.Depends,
			"used again at once, as by SO_LINGER 0 or an explicit bind, PAWS refused 19 " +
				"of 39 old segments, and 1280 bytes"},
		{"always, perhaps for want of speed", []*results.Run{old, harm, kept, late}, scenario.Unclear,
			"PAWS refused 39 of 39 old segments, and 0 bytes of them were read: either no port was"},
		{"not always", []*results.Run{old, harm, replays(stamped, 9, 64, 8), late}, scenario.Refuted,
			"numbers that fit, timestamps: PAWS refused 8 of 9 old segments, and 64 bytes"},
		{"not with tcp_tw_reuse", []*results.Run{old, harm, kept, late, replays(reuse, 3, 64, 2)}, scenario.Refuted,
			"them. numbers that fit, tcp_tw_reuse=1: PAWS refused 2 of 3 old segments, and 64 bytes"},
		{"harmless without them", []*results.Run{old, replays(fit, 9, 0, 0), kept, late}, scenario.Unclear,
			"PAWS refused 0 of 9 old segments, and 0 bytes of them were read, and 0 of them failed"},
		{"none was sent with them", []*results.Run{old, harm, replays(stamped, 0, 0, 0), late}, scenario.Unclear,
			"no old segment was sent with numbers that fit, timestamps."},
		{"none was sent at once", []*results.Run{old, harm, kept, replays(soon, 0, 0, 0)}, scenario.Unclear,
			"within a millisecond."},
		{"kept out by something else, at once", []*results.Run{old, harm, kept, replays(soon, 39, 0, 1)},
			scenario.Unclear,
			"something else kept old segments out: PAWS refused 1 of 39"},
		{"timestamps where there were to be none", []*results.Run{old, replays(fit, 9, 576, 9), kept, late},
			scenario.Unclear, "PAWS refused 9 of 9 old segments, and 576 bytes"},
		{"kept out by something else", []*results.Run{old, harm, replays(stamped, 9, 0, 1), late}, scenario.Unclear,
			"PAWS refused 1 of 9 old segments, and 0 bytes"},
	}
	got := wantAnswer(t, "late-packets", scenario.Depends, latePacketsTruth()...)
	wantText(t, got, "576 bytes of 9 old segments were read as requests of the new connections, 9 of which failed. "+
		"With tcp_tw_reuse=1, PAWS refused 3 of 3")
	wantPractice(t, got, "at once, 18 of 36 old segments were not refused")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantText(t, wantAnswer(t, "late-packets", tt.want, tt.runs...), tt.text) })
	}
}

// Bytes alone do not tell whether an old segment took the place of a new one.
func TestOldNumbersBeyondTheNewOnesAreRefusedByTheirACK(t *testing.T) {
	const many = "old numbers, 16 MiB each, no timestamps"
	runs := []*results.Run{
		replays("old numbers, no timestamps", 9, 0, 0),
		replays("numbers that fit, no timestamps", 9, 576, 0),
		replays("numbers that fit, timestamps", 9, 0, 9),
		replays("numbers that fit, timestamps, within a millisecond", 39, 1280, 19),
	}
	for queued, want := range map[int64]bool{0: true, 1: false} {
		r := replays(many, 100, 0, 0)
		r.Kernel.Server["TcpExtTCPChallengeACK"], r.Kernel.Server["TcpExtTCPACKSkippedChallenge"] = 1, 98-queued
		r.Kernel.Server["TcpExtTCPOFOQueue"] = queued
		got := wantAnswer(t, "late-packets", scenario.Depends, append(runs, r)...)
		if got.Checks[2].Holds != want {
			t.Errorf("%d of 100 queued: check %q = %v, want %v", queued, got.Checks[2].Text, got.Checks[2].Holds, want)
		}
	}
}

// Where an old segment left the server a connection, the next one on the port gets its ACK and
// no answer in time; a server that refuses connections shows nothing of old segments.
func TestConnectsThatOldSegmentsStopAreTheClaims(t *testing.T) {
	const soon = "numbers that fit, timestamps, within a millisecond"
	for name, want := range map[string]scenario.Answer{
		"connect: TIMEOUT": scenario.Depends, "connect: ECONNREFUSED": scenario.Unclear,
	} {
		late := replays(soon, 36, 1216, 17)
		late.Options.Link.Rules = []wire.Rule{{Action: wire.Replay}}
		late.Totals = results.Totals{Counts: metrics.Counts{Attempted: 40, Succeeded: 23, Failed: 17},
			Errors: map[string]int64{name: 4, "recv: TIMEOUT": 13}}
		wantAnswer(t, "late-packets", want, replays("old numbers, no timestamps", 9, 0, 0),
			replays("numbers that fit, no timestamps", 9, 576, 0), replays("numbers that fit, timestamps", 9, 0, 9),
			late)
	}
}
