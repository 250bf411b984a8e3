package claim

import (
	"testing"

	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/scenario"
)

// raced had 100000 connections through a NAT, of which so many SYNs were dropped in a race.
func raced(name string, races int64) *results.Run {
	r := result(name, succeeded(100_000))
	r.Kernel = results.Kernel{}
	r.NAT = &results.NAT{}
	if r.NAT.Drop = races; races > 0 {
		r.NAT.Causes = map[exhaustion.NATCause]int64{exhaustion.NATRace: races}
	}
	return r
}

func natRaceTruth() []*results.Run {
	return []*results.Run{raced("one host", 0), raced("two hosts", 25), raced("two hosts, fully-random", 0),
		raced("two hosts, a NAT of 20 ports", 20), raced("two hosts, a NAT of 20 ports, fully-random", 18),
		raced("two hosts with 28232 ports", 1)}
}

func TestDrawnPortsAndTheNATsRace(t *testing.T) {
	with := func(races map[int]int64) []*results.Run {
		runs := natRaceTruth()
		for i, n := range races {
			runs[i] = raced(caseOf(runs[i]), n)
		}
		return runs
	}
	type drops = map[int]int64
	ports := natRaceTruth()
	ports[3].NAT.Causes[exhaustion.NATPorts] = 3
	ports[3].NAT.Drop += 3
	tests := []struct {
		name           string
		runs           []*results.Run
		want           scenario.Answer
		text, practice string
	}{
		{"cured of many ports alone", natRaceTruth(), scenario.Depends,
			"two hosts, 25 of 100000; two hosts, fully-random, 0 of 100000; two hosts, a NAT of 20 ports, 20 of",
			"give it many ports: with 64512 ports it left 0 dropped SYNs in 100,000 instead of 25, with 20 ports 18 " +
				"dropped SYNs in 100,000 instead of 20."},
		{"cured", with(drops{4: 1}), scenario.Confirmed, "fully-random, 1 of 100000; one host, 0 of 100000; two " +
			"hosts with 28232 ports, 1 of 100000.", "it left 0 dropped SYNs in 100,000 instead of 25."},
		{"a short version", natRaceTruth()[:5], scenario.Depends, "one host, 0 of 100000.", "with 20 ports 18 dropped"},
		{"lessened, and not cured", with(drops{2: 8}), scenario.Refuted, "fully-random, 8 of",
			"leave the NAT's rule as it is: fully-random left 8 dropped"},
		{"cured of few ports alone", with(drops{2: 25, 4: 0}), scenario.Depends, "fully-random, 25 of",
			"where the NAT has few ports"},
		{"the race did not occur", with(drops{1: 9}), scenario.Unclear,
			"\"two hosts: the race occurs\": two hosts, 9 of 100000", ""},
		{"it did not occur with few ports", with(drops{3: 2}), scenario.Unclear,
			"\"two hosts, a NAT of 20 ports: the race occurs\": two hosts, a NAT of 20 ports, 2 of", ""},
		{"one host alone has it too", with(drops{0: 20}), scenario.Unclear,
			"\"one host races with nobody\": one host, 20 of 100000", ""},
		{"ports ran out too", ports, scenario.Unclear,
			"nothing else drops\": 100000 connections, 23 dropped, 20 in a race", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := wantAnswer(t, "nat-race", tt.want, tt.runs...)
			wantText(t, got, tt.text)
			wantPractice(t, got, tt.practice)
		})
	}
}
