package cell

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tcpbench/law/exhaustion"
	"tcpbench/results"
)

// What was read first says after how many connections it was, and the words what failed.
func TestAProgramsPortsRanOutWhenItWasFirstSeen(t *testing.T) {
	start := time.Now()
	reading := func(at time.Duration, opened int64, inUse int, said string) *foundNoPort {
		f := &foundNoPort{Said: said, At: start.Add(at), Opened: opened,
			Evidence: exhaustion.Evidence{PortsInUse: inUse, Capacity: 1000}}
		if said != "" {
			f.noPort = noPort{Call: "connect", Errno: "EADDRNOTAVAIL"}
		}
		return f
	}
	tests := []struct {
		name         string
		silent, said *foundNoPort
		after        int64
		seconds      float64
		errno        string
		inUse        int
	}{
		{"no port was free", reading(time.Second, 1000, 1000, ""), nil, 1000, 1, "", 1000},
		{"it said so", nil, reading(time.Second, 1000, 1000, "no port"), 1000, 1, "EADDRNOTAVAIL", 1000},
		{"it said so after that, when some had come free", reading(time.Second, 1000, 1000, ""),
			reading(61*time.Second, 1007, 990, "no port"), 1000, 1, "EADDRNOTAVAIL", 1000},
		{"it said so before that", reading(time.Second, 1000, 1000, ""),
			reading(900*time.Millisecond, 999, 999, "no port"), 999, 0.9, "EADDRNOTAVAIL", 999},
		{"it said so when it had let go of all", reading(time.Second, 1000, 1000, ""),
			reading(2*time.Second, 1000, 0, "no port"), 1000, 1, "EADDRNOTAVAIL", 1000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f exhaustion.Finding
			ranOut(&f, tt.silent, tt.said, start)
			if !f.Exhausted || *f.AfterConnections != tt.after || *f.AfterSeconds != tt.seconds ||
				f.Errno != tt.errno || f.Evidence.PortsInUse != tt.inUse || f.Host != "client" {
				t.Errorf("finding = %+v after %d connections, at %v s, %d ports in use", f, *f.AfterConnections,
					*f.AfterSeconds, f.Evidence.PortsInUse)
			}
			if known := f.Uncertain == ""; known != (tt.said != nil) {
				t.Errorf("uncertain = %q, where it was heard to say so: %v", f.Uncertain, tt.said != nil)
			}
		})
	}
}

// Of an odd number of ports the last may be free and not found: no other connect comes then.
func TestNoPortIsFreeOfAnOddNumberWhenNoOtherConnectCame(t *testing.T) {
	of := func(inUse, all int) exhaustion.Evidence { return exhaustion.Evidence{PortsInUse: inUse, Capacity: all} }
	tests := []struct {
		name string
		e    exhaustion.Evidence
		by   []int64 // connects at each look
		want bool
	}{
		{"all", of(1000, 1000), []int64{1000}, true},
		{"all of an odd number", of(777, 777), []int64{777}, true},
		{"one is free of an even number", of(999, 1000), []int64{999, 999, 999}, false},
		{"one is free of an odd number", of(776, 777), []int64{776}, false},
		{"the same at the next look", of(776, 777), []int64{776, 776}, true},
		{"another connect came", of(776, 777), []int64{776, 777}, false},
		{"no port at all", of(0, 0), []int64{0, 0}, false},
	}
	for _, tt := range tests {
		x, got := &clientProgram{}, false
		for _, opened := range tt.by {
			got = x.none(tt.e, opened)
		}
		if got != tt.want {
			t.Errorf("%s: none(%d of %d) = %v, want %v", tt.name, tt.e.PortsInUse, tt.e.Capacity, got, tt.want)
		}
	}
}

func TestWarningsOfAProgram(t *testing.T) {
	tests := []struct {
		name    string
		program results.Program
		refused bool
		want    string
	}{
		{"it ended with the run", results.Program{Stopped: true}, false, ""},
		{"it was killed", results.Program{Stopped: true, Killed: true}, false,
			"client-killed: the client's program did not end within 1 s of SIGTERM"},
		{"it left two behind", results.Program{LeftBehind: new(2), EndedS: 3}, false,
			"left-behind: the client's program ended at 3 s and left 2 of its processes running"},
		{"it left none behind", results.Program{LeftBehind: new(0)}, false, ""},
		{"the run ended it, and those that it had", results.Program{Stopped: true, LeftBehind: new(2)}, false, ""},
		{"it went to the target", results.Program{Destinations: []results.Destination{{Address: "a:1", Target: true}}},
			false, ""},
		{"it went elsewhere too", results.Program{Destinations: []results.Destination{{Address: "a:1", Target: true},
			{Address: "b:2", PortsInUseMax: 7}}}, false,
			"other-targets: the client's program connected to what is no target too, and these connections are " +
				"counted with the others: b:2 (7 ports at most)"},
		{"it said that it found no port", results.Program{}, true,
			`client-refused: the client's program said that it found no port ("no port"), and 7 of 1000 ports were`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &results.Run{Program: &tt.program, Exhaustion: &exhaustion.Finding{}}
			if tt.refused {
				r.Exhaustion.Refused = &exhaustion.Refusal{Said: "no port"}
				r.Exhaustion.Evidence = &exhaustion.Evidence{PortsInUse: 7, Capacity: 1000}
			}
			got := ""
			for _, w := range programWarnings(r) {
				got += w.Code + ": " + w.Text
			}
			if !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" {
				t.Errorf("programWarnings(%+v) = %q, want %q", tt.program, got, tt.want)
			}
		})
	}
	if got := programWarnings(&results.Run{}); got != nil {
		t.Errorf("programWarnings(of an engine) = %v, want none", got)
	}
}

func TestTheLastLineOfAProgram(t *testing.T) {
	long := strings.Repeat("x", 2*longestLine)
	for _, tt := range []struct {
		writes []string
		want   string
	}{
		{nil, ""},
		{[]string{"one\n"}, "one"},
		{[]string{"one\ntwo\n"}, "two"},
		{[]string{"one\ntwo"}, "two"},
		{[]string{"one\nt", "w", "o\n"}, "two"},
		{[]string{"one\n", "\n\n", "  \n"}, "one"},
		{[]string{"one\ntwo\n\n\n"}, "two"},
		{[]string{"one\n" + long + "\n"}, long[:longestLine]},
		{[]string{long, long, "\n"}, long[:longestLine]},
	} {
		var l lastLine
		for _, p := range tt.writes {
			l.Write([]byte(p))
		}
		if got := l.String(); got != tt.want {
			t.Errorf("the last line of %q = %q, want %q", fmt.Sprint(tt.writes), got, tt.want)
		}
	}
}
