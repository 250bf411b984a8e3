package claim

import (
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// replays is a run into whose connections so many old segments were sent; the
// server read so many bytes of them and refused the others by their timestamps.
func replays(name string, sent, read, refused int64) *results.Run {
	return result(name, succeeded(sent+1), server("TcpExtPAWSEstab", refused), func(r *results.Run) {
		r.Link = []results.LinkRule{{Rule: "replay", Matched: sent + 1, Sent: sent}}
		r.Delivery = &results.Delivery{SentBytes: 640, ArrivedBytes: 640 + read, LostBytes: -read}
	})
}

func TestTimestampsKeepOldSegmentsOutOrDoNot(t *testing.T) {
	const fit, stamped, soon = "numbers that fit, no timestamps", "numbers that fit, timestamps", "numbers that fit, timestamps, within a millisecond"
	old := replays("old numbers, no timestamps", 9, 0, 0)
	harm, kept := replays(fit, 9, 576, 0), replays(stamped, 9, 0, 9)
	wantAnswer(t, "late-packets", scenario.Depends, old, harm, kept, replays(soon, 39, 1280, 19))
	wantAnswer(t, "late-packets", scenario.Confirmed, old, harm, kept, replays(soon, 39, 0, 39))
	wantAnswer(t, "late-packets", scenario.Refuted, old, harm, replays(stamped, 9, 64, 8), replays(soon, 39, 0, 39))
	wantAnswer(t, "late-packets", scenario.Unclear, old, replays(fit, 9, 0, 0), kept, replays(soon, 39, 0, 39))
	reuse := replays("numbers that fit, tcp_tw_reuse=1", 3, 64, 2)
	wantAnswer(t, "late-packets", scenario.Refuted, old, harm, kept, replays(soon, 39, 0, 39), reuse)
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
		if got.Checks[1].Holds != want {
			t.Errorf("%d of 100 queued: check %q = %v, want %v", queued, got.Checks[1].Text, got.Checks[1].Holds, want)
		}
	}
}
