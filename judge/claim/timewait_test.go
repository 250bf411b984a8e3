package claim

import (
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// waited held its port for so many seconds, 0 for longer than it lasted; so many
// FINs came again, and so many RSTs.
func waited(name string, seconds float64, fins, rsts int64) *results.Run {
	return result(name, recovered(seconds), server("TcpRetransSegs", fins), server("TcpOutRsts", rsts),
		func(r *results.Run) { r.DurationS = 90 })
}

func timeWaitTruth() []*results.Run {
	return []*results.Run{
		waited("the last ACK arrives", 61.4, 0, 0), waited("the last ACK is lost six times", 67.9, 6, 0),
		waited("the last ACK arrives twice", 1.01, 0, 1),
		waited("the last ACK arrives twice, tcp_rfc1337=1", 61.5, 0, 1),
	}
}

func TestTimeWaitBeginsAnewAndMayEndEarly(t *testing.T) {
	const usual, fins = "the last ACK arrives", "the last ACK is lost six times"
	const twice, guarded = "the last ACK arrives twice", "the last ACK arrives twice, tcp_rfc1337=1"
	with := func(changed ...*results.Run) []*results.Run {
		runs := timeWaitTruth()
		for _, c := range changed {
			for i, r := range runs {
				if caseOf(r) == caseOf(c) {
					runs[i] = c
				}
			}
		}
		return runs
	}
	short := func(r *results.Run) *results.Run {
		r.DurationS = 5
		return r
	}
	never := waited(twice, 61.4, 0, 1)
	tests := []struct {
		name string
		runs []*results.Run
		want scenario.Answer
		text string
	}{
		{"a FIN begins it anew", with(), scenario.Depends, "where nothing else arrived, the port was held for " +
			"61.4 s. But " +
			"each FIN that comes again begins it anew: where the server sent its FIN again 6 times, the port was " +
			"held for " +
			"67.9 s; and a RST ends it: where the last ACK arrived twice"},
		{"a RST ends it", with(), scenario.Depends, "the server answered the second by RST, and the port was " +
			"free after " +
			"1.01 s; with tcp_rfc1337=1 it was held for 61.5 s."},
		{"a FIN changes nothing", with(waited(fins, 62.5, 6, 0)), scenario.Depends, "61.4 s. But a RST ends it"},
		{"a RST changes nothing", with(never), scenario.Depends, "the port was held for 67.9 s."},
		{"neither does", with(waited(fins, 62.5, 6, 0), never), scenario.Confirmed, "where nothing did, it was " +
			"held for 61.4"},
		{"it lasts for half of it", with(waited(usual, 30.1, 0, 0)), scenario.Refuted, "the port was held for 30.1 s"},
		{"it lasts for twice of it", with(waited(usual, 121, 0, 0)), scenario.Refuted, "the port was held for 121 s"},
		{"tcp_rfc1337 does not help", with(waited(guarded, 1.02, 0, 1)), scenario.Depends, "it was held for 1.02 s"},
		{"in the short version", []*results.Run{short(waited(usual, 0, 0, 0)), short(waited(twice, 1.01, 0, 1)),
			short(waited(guarded, 0, 0, 1))}, scenario.Depends, "more than 5 s, when the run ended. But a RST ends it"},
		{"in the short version, and a RST changes nothing", []*results.Run{short(waited(usual, 0, 0, 0)),
			short(waited(twice, 0, 0, 1)), short(waited(guarded, 0, 0, 1))}, scenario.Unclear, "too short a time " +
			"to tell"},
		{"a FIN that was not sent again", with(waited(fins, 61.4, 1, 0)), scenario.Unclear, "sends its FIN " +
			"again\": 1 time"},
		{"a FIN that comes again though the last ACK arrived", with(waited(usual, 61.4, 1, 0)), scenario.Unclear,
			"1 FINs that were sent again, 0 RSTs"},
		{"no RST", with(waited(twice, 1.01, 0, 0)), scenario.Unclear, "answers the second by RST\": 0 RSTs"},
		{"no RST for tcp_rfc1337", with(waited(guarded, 61.4, 0, 0)), scenario.Unclear, "by RST\": 0 RSTs"},
		{"it was not waited for", with(waited(fins, 0, 6, 0)), scenario.Unclear, "61.4 s, and more than 90 s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantText(t, wantAnswer(t, "time-wait", tt.want, tt.runs...), tt.text) })
	}
	got := wantAnswer(t, "time-wait", scenario.Depends, timeWaitTruth()...)
	wantPractice(t, got, "count the 60 s from the last FIN of the peer: a port was held for 67.9 s where its FIN came "+
		"again. And set tcp_rfc1337=1 where a TIME_WAIT must last: without it, a late copy of an ACK ended one "+
		"after 1.01")
	wantPractice(t, wantAnswer(t, "time-wait", scenario.Depends, with(waited(guarded, 1.02, 0, 1))...),
		"do not count on tcp_rfc1337: with it too, a RST ended a TIME_WAIT after 1.02 s")
}
