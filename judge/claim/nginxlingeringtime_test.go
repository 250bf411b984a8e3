package claim

import (
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// lingeredFor is a run whose server closed so many seconds after its answer; the client
// had last sent at another time after that.
func lingeredFor(name string, closed, lastly float64) *results.Run {
	return result(name, func(r *results.Run) {
		for i := range 4 {
			add := func(from, flags string, at float64, bytes int) {
				r.Packets = append(r.Packets, results.Packet{Connection: i + 1, From: from, Flags: flags, AtS: at,
					Bytes: bytes, Port: uint16(40000 + i)})
			}
			add(results.FromClient, "S", 0, 0)
			add(results.FromServer, "S.", 0, 0)
			add(results.FromClient, "P.", 0.01, 100)
			add(results.FromServer, "P.", 0.02, 300)
			if lastly > 0 {
				add(results.FromClient, "P.", 0.02+lastly, 10)
			}
			add(results.FromServer, "F.", 0.02+closed, 0)
		}
	})
}

func nginxLingeringTimeTruth() []*results.Run {
	return []*results.Run{
		lingeredFor("goes on, time 2 s, timeout 1 s", 1.28, 1.27), lingeredFor("goes on, time 4 s, timeout 1 "+
			"s", 3.68, 3.6),
		lingeredFor("stalls after 10 B, time 4 s, timeout 1 s", 1, 0.1),
		lingeredFor("stalls after 10 B, time 4 s, timeout 2 s", 2, 0.1),
		lingeredFor("stalls after 10 B, time 2 s, timeout 4 s", 1.29, 0.1),
		lingeredFor("stalls at once, time 2 s, timeout 4 s", 4, 0),
	}
}

func TestNginxStopsReadingByItsTimesOrNot(t *testing.T) {
	const goes, stalls, once = "goes on, time 2 s, timeout 1 s", "stalls after 10 B, time 4 s, timeout 1 s",
		"stalls at once, time 2 s, timeout 4 s"
	with := func(changed ...*results.Run) []*results.Run {
		runs := nginxLingeringTimeTruth()
		for _, c := range changed {
			for i, r := range runs {
				if caseOf(r) == caseOf(c) {
					runs[i] = c
				}
			}
		}
		return runs
	}
	never := lingeredFor(goes, 1.28, 1.27)
	never.Packets = never.Packets[:len(never.Packets)-1]
	var forever []*results.Run
	for _, r := range nginxLingeringTimeTruth() {
		last := 0.1
		if caseOf(r)[0] == 'g' {
			last = 29.9
		}
		forever = append(forever, lingeredFor(caseOf(r), 30, last))
	}
	tests := []struct {
		name string
		runs []*results.Run
		want scenario.Answer
		text string
	}{
		{"not where it waits for the first data", with(), scenario.Depends, "timeout 4 s: closed after 1.29 s. " +
			"It is not " +
			"where stalls at once, time 2 s, timeout 4 s: closed after 4 s."},
		{"in every case", with(lingeredFor(once, 2.1, 0)), scenario.Confirmed, "goes on, time 2 s, timeout 1 s: " +
			"closed " +
			"after 1.28 s; goes on"},
		{"in none", forever, scenario.Refuted, "goes on, time 2 s, timeout 1 s: closed after 30 s"},
		{"lingering_time does not end it", with(lingeredFor(goes, 5, 4.9)), scenario.Depends, "It is not where " +
			"goes on, " +
			"time 2 s, timeout 1 s: closed after 5 s; stalls at once"},
		{"lingering_timeout does not end it", with(lingeredFor(stalls, 3.5, 0.1)), scenario.Depends, "timeout 1 " +
			"s: closed " +
			"after 3.5 s; stalls at once"},
		{"one is not closed", with(never), scenario.Unclear, "closes first\": on 3 of 4 connections"},
		{"a client that stops", with(lingeredFor(goes, 1.28, 0.1)), scenario.Unclear, "it had sent nothing for 1.18 s"},
		{"a client that does not stall", with(lingeredFor(stalls, 1, 0.9)), scenario.Unclear, "stalls after the " +
			"answer\": of 1 s, it had sent nothing for 100 ms"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantText(t, wantAnswer(t, "nginx-lingering-time", tt.want, tt.runs...), tt.text)
		})
	}
	judged := func(runs []*results.Run) results.Claim {
		return wantAnswer(t, "nginx-lingering-time", scenario.Depends, runs...)
	}
	wantPractice(t, judged(with()), "set lingering_timeout no higher than lingering_time")
	for _, other := range []*results.Run{lingeredFor(goes, 5, 4.9), lingeredFor(stalls, 3.5, 0.1),
		lingeredFor(once, 7, 0)} {
		wantPractice(t, judged(with(other)), "do not count on lingering_time and lingering_timeout alone.")
	}
}
