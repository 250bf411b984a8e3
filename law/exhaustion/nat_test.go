package exhaustion

import (
	"strings"
	"testing"
	"time"

	"tcpbench/law/capacity"
)

// dropped are the counters of so many refused SYNs, each of which looked at so many taken
// ports.
func dropped(n, found int64) NATCounts { return NATCounts{InsertFailed: n, Drop: n, Found: n * found} }

func TestTheCauseOfDrops(t *testing.T) {
	use := func(n, of int) Evidence { return Evidence{PortsInUse: n, Capacity: of} }
	tests := []struct {
		name string
		nat  NAT
		want NATCause
	}{
		{"nothing was dropped", NAT{Use: use(64, 64), Counts: NATCounts{Found: 5000}}, ""},
		{"64 ports, all in use", NAT{Use: use(64, 64), Counts: dropped(3, 32)}, NATPorts},
		{"128 ports, all in use", NAT{Use: use(128, 128), Counts: dropped(3, 96)}, NATPorts},
		{"32 ports, whose search is not counted", NAT{Use: use(32, 32), Counts: dropped(3, 0)}, NATPorts},
		{"1000 ports, nine in ten in use", NAT{Use: use(914, 1000), Counts: dropped(1, 128)}, NATPorts},
		{"a port came free before it was read", NAT{Use: use(62, 64), Counts: dropped(3, 32)}, NATPorts},
		{"two of the same port, with most free", NAT{Use: use(5, 64), Counts: dropped(1300, 1)}, NATRace},
		{"two of the same port, with all in use", NAT{Use: use(128, 128), Counts: dropped(1300, 2)}, NATRace},
		{"two of the same port beside long searches of others, with most free",
			NAT{Use: use(5, 128), Taken: 60, Counts: dropped(3, 960)}, NATRace},
		{"a search as long as for none, with all in use by closed connections",
			NAT{Use: use(5, 128), Taken: 128, Counts: dropped(3, 96)}, NATUnexplained},
		{"two of the same port, with all in use by closed connections",
			NAT{Use: use(5, 128), Taken: 128, Counts: dropped(3, 2)}, NATRace},
		{"32 ports, most of them free", NAT{Use: use(5, 32), Counts: dropped(3, 1)}, NATRace},
		{"the table is full", NAT{Use: use(64, 64), Counts: NATCounts{Drop: 9}, Tracked: 262144, Room: 262144},
			NATTable},
		{"packets dropped with room in the table", NAT{Use: use(64, 64), Counts: NATCounts{Drop: 9}, Tracked: 64,
			Room: 262144}, NATUnexplained},
		{"packets dropped, and the table's room not known", NAT{Counts: NATCounts{Drop: 9}, Tracked: 64},
			NATUnexplained},
	}
	for _, tt := range tests {
		if got := tt.nat.Cause(); got != tt.want {
			t.Errorf("%s: Cause(%+v) = %q, want %q", tt.name, tt.nat, got, tt.want)
		}
	}
}

// natOut are facts of a run in which a NAT of 64 ports ran out.
func natOut() Facts {
	law := capacity.NAT{Ports: 64, Addresses: 1, Clients: 1, Destinations: 1}
	client := capacity.FromSysctls(capacity.DefaultSysctls())
	client.Ports, client.Sources, client.Destinations = 28232, 1, 1
	e := Evidence{PortsInUse: 64, Capacity: 64, States: map[string]int{"ESTABLISHED": 64}, Source: "198.19.3.1",
		Destination: "198.19.0.1:7000"}
	return Facts{Use: Held, Settings: client, Prediction: capacity.Predict(client), Aimed: true, Attempted: 80,
		Succeeded: 64, Connected: 64, Seconds: 1,
		Finding: Finding{Outcome: Exhausted, Exhausted: true, Host: NATHost, Call: "connect", Errno: "ETIMEDOUT",
			AfterConnections: new(int64(64)), AfterSeconds: new(0.5), Evidence: &e},
		NAT: &NATFacts{Law: law, Range: "64 ports (20000-20063)", All: NAT{Use: e, Counts: dropped(16, 32)},
			Refused: dropped(16, 32), Causes: map[NATCause]int64{NATPorts: 16}, FirstDrop: 1}}
}

func TestTheVerdictOfANATSaysWhatIsSo(t *testing.T) {
	const exactly, elsewhere = "exactly 64 connections got one of its 64 ports (20000-20063)", "silence and ETIMEDOUT"
	tests := []struct {
		name   string
		change func(*Facts)
		want   []string
		not    []string
	}{
		{"held connections", func(*Facts) {}, []string{"The NAT ran out of ports: " + exactly, elsewhere,
			"every SYN after them was dropped",
			"not EADDRNOTAVAIL", "exactly as predicted (64 ports x 1 address x 1 destination",
			"64 of the 64 ports of 198.19.3.1 were in use to 198.19.0.1:7000: 64 ESTABLISHED",
			"insert_failed 16, drop 16", "looked at 32 taken ports for each (found 512)",
			"one whose client has vanished for 5 days"},
			[]string{"knee", "closed at one end only", "Nobody answered", "still free"}},
		{"more than 128 ports", func(f *Facts) {
			f.NAT.Law.Ports, f.NAT.Range = 1000, "1000 ports (20000-20999)"
			f.Finding.AfterConnections = new(int64(914))
			f.Finding.Evidence.PortsInUse, f.Finding.Evidence.Capacity = 914, 1000
			f.NAT.FirstDrop, f.NAT.Slow = 0.914, 0.036
		}, []string{"914 connections got one of its 1000 ports",
			"SYNs were dropped, with 86 of 1000 still free", "as predicted, 850 to 1000",
			"With 91 % of the ports in use the NAT was seen to drop the first SYN",
			"4 % of the connects that succeeded took 0.5 s"},
			[]string{"exactly", "every SYN after them"}},
		{"with a knee", func(f *Facts) {
			f.NAT.Law.Ports, f.NAT.FirstDrop = 1000, 0.99
			f.NAT.Knee = FindNATKnee([]NATLevel{{50, 800, 0}, {92, 10, 0}, {93, 10, 1}, {98, 10, 3}, {100, 50, 50}},
				f.NAT.Law, true)
		}, []string{"The NAT's knee: of the connects that began with 93 % to 99 % of its ports in use, 4 of 20 took ",
			"of those that began below that, 0 of 810."}, []string{"no knee", "No knee", "was seen to drop"}},
		{"with none", func(f *Facts) {
			f.NAT.Knee = FindNATKnee([]NATLevel{{Percent: 50, Connects: 64}, {100, 16, 16}}, f.NAT.Law, true)
		}, []string{"The NAT has no knee: of 64 connects that began before all"}, []string{"NAT's knee", "No knee"}},
		{"with none, and stalls of another cause", func(f *Facts) {
			f.NAT.Knee = FindNATKnee([]NATLevel{{50, 64, 2}, {100, 16, 16}}, f.NAT.Law, true)
		}, []string{"No knee of the NAT was found: of 64 connects that began before all of its ports were in use 2 "},
			[]string{"NAT's knee", "has no knee"}},
		{"fewer than predicted", func(f *Facts) { f.Finding.AfterConnections = new(int64(60)) },
			[]string{"predicted were 64 ("}, []string{"as predicted"}},
		{"more than predicted", func(f *Facts) { f.Finding.AfterConnections = new(int64(70)) },
			[]string{"predicted were 64 ("}, []string{"as predicted"}},
		{"half closed ones", func(f *Facts) {
			f.Finding.Evidence.States = map[string]int{"FIN_WAIT": 49, "CLOSE_WAIT": 15}
		},
			[]string{"49 FIN_WAIT, 15 CLOSE_WAIT", "closed at one end only"}, []string{"vanished", "Nobody answered"}},
		{"unanswered ones", func(f *Facts) { f.Finding.Evidence.States = map[string]int{"SYN_SENT": 64} },
			[]string{"Nobody answered most of these connections"}, []string{"vanished", "at one end only"}},
		{"a NAT that holds", func(f *Facts) {
			f.NAT.Law.Hold = 10 * time.Second
			f.Finding.Evidence.States = map[string]int{"TIME_WAIT": 64}
		}, []string{"keeps the port of a closed connection for 10 s"}, []string{"exactly 64", "vanished"}},
	}
	for _, tt := range tests {
		f := natOut()
		tt.change(&f)
		v := Judge(f)
		all := strings.Join(append([]string{v.Headline}, v.Sentences()...), " ")
		for _, want := range tt.want {
			if !strings.Contains(all, want) {
				t.Errorf("%s: %q does not say %q", tt.name, all, want)
			}
		}
		for _, not := range tt.not {
			if strings.Contains(all, not) {
				t.Errorf("%s: %q says %q", tt.name, all, not)
			}
		}
		if len(v.Remedies) == 0 {
			t.Errorf("%s: there is no remedy", tt.name)
		}
	}
}

// What a NAT dropped for another cause, and what a connect without an answer means.
func TestWhatANATDroppedForOtherCausesIsALimit(t *testing.T) {
	const dead = "connect: TIMEOUT"
	tests := []struct {
		name   string
		causes map[NATCause]int64
		counts NATCounts
		want   string // in a limit
		not    string
	}{
		{"a race", map[NATCause]int64{NATRace: 9}, dropped(9, 1), "a race, and no lack of ports", "was full"},
		{"a full table", map[NATCause]int64{NATTable: 9}, NATCounts{Drop: 9}, "table of tracked connections was full",
			"a race"},
		{"nobody knows", map[NATCause]int64{NATUnexplained: 9}, dropped(9, 50), "its counters do not tell why",
			"a race"},
		{"a target that does not answer", nil, NATCounts{}, "the NAT dropped nothing: the target does not answer",
			"nat race"},
	}
	for _, tt := range tests {
		f := natOut()
		f.Finding = Finding{Outcome: Undecided}
		f.Errors = map[string]int64{dead: 16}
		f.NAT.Causes, f.NAT.All.Counts, f.NAT.Refused = tt.causes, tt.counts, NATCounts{}
		v := Judge(f)
		var all string
		for _, l := range v.OtherLimits {
			all += l.Name + ": " + l.Text + "\n"
		}
		if !strings.Contains(all, tt.want) || strings.Contains(all, tt.not) {
			t.Errorf("%s: limits are %q, want %q and not %q", tt.name, all, tt.want, tt.not)
		}
		if strings.Contains(v.Headline, "The NAT ran out") {
			t.Errorf("%s: headline = %q", tt.name, v.Headline)
		}
	}
	f := natOut()
	f.Errors = map[string]int64{dead: 16}
	if text, ok := meaning(f, dead); !ok || text != "the NAT had no port for it, and dropped its SYNs" {
		t.Errorf("meaning of %s = %q", dead, text)
	}
	f.NAT = nil
	if text, _ := meaning(f, dead); strings.Contains(text, "NAT") {
		t.Errorf("meaning of %s without a NAT = %q", dead, text)
	}
}
