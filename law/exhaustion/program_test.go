package exhaustion

import (
	"slices"
	"strings"
	"testing"
)

// program is one that the run ended, whose connections came to the target.
func program(change func(*Program)) *Program {
	p := &Program{EndedS: 2, How: "SIGTERM", Stopped: true}
	if change != nil {
		change(p)
	}
	return p
}

// ofProgram are facts of so many connections of a program.
func ofProgram(p *Program, f Finding, n int64) Facts {
	facts := facts(f, settings(nil), n, 2)
	facts.Program = p
	return facts
}

// noneAccepted are facts of 500 connections, of which so many failed in their handshake.
func noneAccepted(failed int64) Facts {
	f := ofProgram(program(nil), Finding{Outcome: Undecided}, 500)
	f.Succeeded = 0
	if failed > 0 {
		f.Errors = map[string]int64{HandshakeFailed: failed}
	}
	return f
}

// saidNoPort is a finding of a program that said so while ports were free.
func saidNoPort() Finding {
	return Finding{Outcome: Undecided, Evidence: &Evidence{PortsInUse: 7, Capacity: 28232},
		Refused: &Refusal{Call: "connect", Errno: "EADDRNOTAVAIL", Cause: Unexplained,
			Said: "Cannot assign requested address"}}
}

func TestHeadlineOfAProgram(t *testing.T) {
	byItself := func(how, last string, failed bool) func(*Program) {
		return func(p *Program) { p.Stopped, p.How, p.LastLine, p.Failed = false, how, last, failed }
	}
	undecided := Finding{Outcome: Undecided}
	held := ranOut("", "", 28232, 1.5)
	held.Host, held.Evidence = "client", &Evidence{PortsInUse: 28232, Capacity: 28232, Destination: "198.19.0.1:7000",
		States: map[string]int{"TIME_WAIT": 28232}}
	tests := []struct {
		name  string
		facts Facts
		want  string
	}{
		{"no connection, and ended by the run", ofProgram(program(nil), undecided, 0),
			"Failed: the client's program opened no connection: it was ended with the run, at 2 s."},
		{"no connection, and ended by itself", ofProgram(program(byItself("exit status 0", "", false)), undecided, 0),
			"Failed: the client's program opened no connection: it ended with exit status 0, at 2 s."},
		{"no connection, and words", ofProgram(program(byItself("exit status 2", "usage: x", true)), undecided, 0),
			`Failed: the client's program opened no connection: it ended with exit status 2, at 2 s; its last line ` +
				`was "usage: x".`},
		{"some connections, and a status", ofProgram(program(byItself("exit status 3", "", true)), undecided, 500),
			"Failed: the client's program ended with exit status 3, at 2 s, after 500 connections."},
		{"none came to the target", noneAccepted(0),
			"Failed: the client's program opened 500 connections, and the target's host accepted none: they went " +
				"elsewhere, or had no answer; it was ended with the run, at 2 s."},
		{"all were refused", noneAccepted(500),
			"Failed: the client's program opened 500 connections, and the target's host accepted none: all failed in " +
				"the handshake; it was ended with the run, at 2 s."},
		{"some were refused", noneAccepted(7),
			"Failed: the client's program opened 500 connections, and the target's host accepted none: 7 failed in " +
				"the handshake, and the others went elsewhere, or had no answer; it was ended with the run, at 2 s."},
		{"said that it found no port, with ports free", aimed(ofProgram(program(nil), saidNoPort(), 500)),
			`Failed: the client's program said "Cannot assign requested address", as one does that finds no port, ` +
				`and 7 of 28232 ports were in use towards one address at most: they had not run out. An address that ` +
				`is not there, or a range of ports of its own may be the cause.`},
		{"the same of a run that was not to see it", ofProgram(program(nil), saidNoPort(), 500),
			"Done: 500 connections in 2 s at 250/s; ports did not run out, though the client's program said that it " +
				"found none."},
		{"that was not heard to say so", aimed(ofProgram(program(nil), undecided, 500)),
			"Undecided: 500 connections in 2 s at 250/s; ports did not run out, and the client's program was not " +
				"heard to say that it found none."},
		{"of which nobody asked whether it says so", ofProgram(program(nil), undecided, 500),
			"Done: 500 connections in 2 s at 250/s."},
		{"ended well by itself", ofProgram(program(byItself("exit status 0", "", false)), undecided, 500),
			"Done: 500 connections in 2 s"},
		{"no port was free, and it said nothing", ofProgram(program(byItself("exit status 1", "", true)), held, 28232),
			"Out of local ports: after 28232 connections, at 1.5 s, none of 28232 towards 198.19.0.1:7000 was free; " +
				"exactly as predicted"},
		{"out of ports by its own words, and a status",
			ofProgram(program(byItself("exit status 1", "", true)), ranOut("connect", "EADDRNOTAVAIL", 28232, 1.5),
				28232),
			"Out of local ports: connect(2) failed with EADDRNOTAVAIL"},
		{"an engine of our own says what it always said", aimed(facts(undecided, settings(nil), 500, 2)),
			"Undecided: 500 connections in 2 s at 250/s, with no failure for lack of a port"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Judge(tt.facts).Headline; !strings.HasPrefix(got, tt.want) {
				t.Errorf("Judge(%s).Headline\n got %s\nwant %s", tt.name, got, tt.want)
			}
		})
	}
}

func TestAProgramsEndIsSaidWhereItWasItsOwn(t *testing.T) {
	const want = `The client's program ended with exit status 1, at 2 s; its last line was "no port".`
	own := program(func(p *Program) {
		p.Stopped, p.How, p.LastLine, p.Failed = false, "exit status 1", "no port", true
	})
	out := ranOut("connect", "EADDRNOTAVAIL", 28232, 1.5)
	if got := Judge(ofProgram(own, out, 28232)).Sentences(); !slices.Contains(got, want) {
		t.Errorf("Details = %q, want %q", got, want)
	}
	for _, d := range Judge(ofProgram(program(nil), out, 28232)).Sentences() {
		if strings.Contains(d, "program ended") {
			t.Errorf("Details has %q of a program that the run ended", d)
		}
	}
}

// What the knee was found in is said, and no other cost.
func TestTheKneeOfAProgramIsSaidInCPUTime(t *testing.T) {
	k := Knee{Found: true, AfterConnections: new(int64(14116)), AfterSeconds: new(1.0), Occupancy: new(0.5),
		ConnectBeforeUS: new(60.0), ConnectAfterUS: new(1500.0), RateBefore: new(9000.0), RateAfter: new(600.0)}
	for _, tt := range []struct {
		name string
		knee Knee
		want string
	}{
		{"an engine", k, "connect(2) went from 60 us to 1.5 ms"},
		{"a program", k.OfCPU(), "the CPU time of a connection went from 60 us to 1.5 ms"},
	} {
		f := ofProgram(program(nil), Finding{Outcome: Undecided, Knee: tt.knee}, 500)
		if got := strings.Join(Judge(f).Sentences(), " "); !strings.Contains(got, tt.want) ||
			strings.Count(got, "went from 60 us") != 1 {
			t.Errorf("%s: details %q, want %q", tt.name, got, tt.want)
		}
	}
	if m := k.OfCPU(); m.ConnectBeforeUS != nil || m.ConnectAfterUS != nil || !m.Measured() || (Knee{}).Measured() {
		t.Errorf("OfCPU() = %+v, want no time of connect(2), and a cost that is known", m)
	}
}

// A program may write without end, and without a line's end.
func TestALongLastLineIsCut(t *testing.T) {
	const short = `; its last line was "xy"`
	if got := (&Program{LastLine: "xy"}).lastly(); got != short {
		t.Errorf("lastly() = %q, want %q", got, short)
	}
	long := `; its last line began with "` + strings.Repeat("é", mostOfLine) + `"`
	if got := (&Program{LastLine: strings.Repeat("é", 500)}).lastly(); got != long {
		t.Errorf("lastly() = %q, want %q", got, long)
	}
}
