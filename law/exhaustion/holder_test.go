package exhaustion

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"tcpbench/law/capacity"
)

// heldBy is a run out of a thousand ports, which sockets in these states held.
func heldBy(states, later map[string]int, change func(*Facts)) Facts {
	f := ranOut("connect", "EADDRNOTAVAIL", 1000, 0.1)
	f.Evidence = &Evidence{PortsInUse: 1000, Capacity: 1000, States: states, Later: later}
	out := facts(f, settings(func(s *capacity.Settings) { s.Ports, s.FinTimeout = 1000, time.Minute }), 1000, 1)
	out.Timeout = 4 * time.Second
	if change != nil {
		change(&out)
	}
	return out
}

// inFlight are facts with so many connections in flight.
func inFlight(n int) func(*Facts) {
	return func(f *Facts) { f.Settings.InFlight = n; f.Prediction = capacity.Predict(f.Settings) }
}

func TestTheVerdictNamesWhatHeldThePorts(t *testing.T) {
	noAnswer := func(f *Facts) { f.Errors = map[string]int64{"connect: TIMEOUT": 1000} }
	tests := []struct {
		name  string
		facts Facts
		want  string // in the headline
		helps string // in the first remedy
		reuse bool   // tcp_tw_reuse is offered
	}{
		{"SYNs without an answer", heldBy(map[string]int{"SYN_SENT": 1000}, nil, noAnswer),
			"1000 of 1000 ports were held in SYN_SENT (no answer to the SYN), each until connect's --timeout (4 s), " +
				"and not in TIME_WAIT for 60 s.", "find out why the SYN has no answer", false},
		{"SYNs whose answer takes its time", heldBy(map[string]int{"SYN_SENT": 1000}, nil, nil),
			"SYN_SENT (its answer was on the way), each as long as it is open", "no more than 1000 connections", false},
		{"more SYNs than ports whose answer takes its time",
			heldBy(map[string]int{"SYN_SENT": 1000}, nil, inFlight(1001)),
			"SYN_SENT (its answer was on the way), each as long as it is open, and for 60 s after it is closed.",
			"ip_local_port_range", false},
		{"connections that are open longer than others are closed",
			heldBy(map[string]int{"ESTABLISHED": 1000}, nil, inFlight(1200)),
			"1000 of 1000 ports were held in ESTABLISHED (open), each as long as it is open, and for 60 s after it " +
				"is closed.", "ip_local_port_range", false},
		{"connections that stay open", heldBy(map[string]int{"ESTABLISHED": 1000}, nil, func(f *Facts) {
			f.Use, f.Settings.InFlight = ManyRequests, 1200
		}), "1000 of 1000 ports were held in ESTABLISHED (open), each as long as it is open, and not in TIME_WAIT",
			"no more than 1000 connections", false},
		{"connections of other programs", heldBy(map[string]int{"ESTABLISHED": 620, "TIME_WAIT": 380}, nil,
			func(f *Facts) { *f.Finding.AfterConnections, f.Before = 400, 600 }),
			"620 of 1000 ports were held in ESTABLISHED (open, at least 570 of them not this run's), each as long as " +
				"it is open", "close the connections to the target that other programs", true},
		{"connections of other programs, of a library that opens more than are in flight",
			heldBy(map[string]int{"ESTABLISHED": 1000}, nil, func(f *Facts) {
				*f.Finding.AfterConnections, f.Before, f.Settings.NoBind, f.Use = 400, 600, true, ManyRequests
			}), "(open, at least 600 of them not this run's)", "close the connections to the target", false},
		{"TIME_WAITs", heldBy(map[string]int{"ESTABLISHED": 50, "TIME_WAIT": 950},
			map[string]int{"TIME_WAIT": 1000}, nil),
			"exactly as predicted (1000 ports", "tcp_tw_reuse=1", true},
		{"a server that is late with its ACKs", heldBy(map[string]int{"FIN_WAIT_1": 900, "ESTABLISHED": 100},
			map[string]int{"TIME_WAIT": 1000}, nil), "exactly as predicted (1000 ports", "tcp_tw_reuse=1", true},
		{"FINs without an ACK", heldBy(map[string]int{"FIN_WAIT_1": 1000}, map[string]int{"FIN_WAIT_1": 990}, nil),
			"990 of 1000 ports were held in FIN_WAIT_1 (no ACK of the client's FIN)", "find out what loses", false},
		{"FINs without an ACK, beside as many open ones as are in flight",
			heldBy(map[string]int{"ESTABLISHED": 600, "FIN_WAIT_1": 400}, map[string]int{"FIN_WAIT_1": 1000},
				inFlight(600)),
			"1000 of 1000 ports were held in FIN_WAIT_1 (no ACK of the client's FIN)", "find out what loses", false},
		{"TIME_WAITs beside as many open ones as are in flight",
			heldBy(map[string]int{"ESTABLISHED": 600, "TIME_WAIT": 400}, map[string]int{"TIME_WAIT": 1000},
				inFlight(600)),
			"exactly as predicted (1000 ports", "tcp_tw_reuse=1", true},
		{"a server that does not close", heldBy(map[string]int{"FIN_WAIT_1": 600, "FIN_WAIT_2": 400},
			map[string]int{"FIN_WAIT_2": 1000}, nil),
			"1000 of 1000 ports were held in FIN_WAIT_2 (closed by the client, and not yet by the server), each " +
				"until the server closes, and then in TIME_WAIT, or for tcp_fin_timeout (60 s).",
			"let the server close its end", true},
		{"a link that loses the server's FIN", heldBy(map[string]int{"FIN_WAIT_1": 600, "FIN_WAIT_2": 400},
			map[string]int{"FIN_WAIT_2": 1000}, func(f *Facts) { f.Link, f.Loses = "drop fin from server", true }),
			"FIN_WAIT_2 (closed by the client, and the server's FIN has not come)",
			`let FINs and their answers pass: the lab's link has --link "drop fin from server"`, false},
		{"a link that loses the ACK of the client's FIN", heldBy(map[string]int{"FIN_WAIT_1": 1000},
			map[string]int{"FIN_WAIT_1": 1000}, func(f *Facts) { f.Link, f.Loses = "drop fin from client", true }),
			"1000 of 1000 ports were held in FIN_WAIT_1", "let FINs and their answers pass", false},
		{"other sockets of the host", heldBy(map[string]int{"LISTEN": 700, "TIME_WAIT": 300}, nil, nil),
			"700 of 1000 ports were held in LISTEN", "move what listens", true},
		{"a server that does not close, and sockets of the host that it is not",
			heldBy(map[string]int{"LISTEN": 700, "FIN_WAIT_2": 300}, nil,
				func(f *Facts) { f.Settings.ServerOpen = true }),
			"700 of 1000 ports were held in LISTEN", "move what listens", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := Judge(tt.facts)
			if !strings.Contains(v.Headline, tt.want) {
				t.Errorf("headline = %q, want %q in it", v.Headline, tt.want)
			}
			if len(v.Remedies) == 0 || !strings.Contains(v.Remedies[0].Change, tt.helps) {
				t.Errorf("remedies = %+v, want first %q", v.Remedies, tt.helps)
			}
			if r := v.Remedies[0]; r.Gives() == "no longer limited by ports" {
				t.Errorf("%q gives %q, want what the law says then", r.Change, r.Gives())
			}
			offered := slices.ContainsFunc(v.Remedies, func(r capacity.Remedy) bool {
				return strings.Contains(r.Change, "tcp_tw_reuse=1")
			})
			if offered != tt.reuse {
				t.Errorf("tcp_tw_reuse is offered = %v, want %v", offered, tt.reuse)
			}
			again := strings.Contains(v.Headline, "after it is closed") || strings.Contains(v.Headline, "FIN_WAIT_2 (")
			if text := strings.Join(v.Sentences(), " "); !tt.reuse &&
				strings.Contains(text, "16.6") != again {
				t.Errorf("details = %q, want nothing of ports / 60 s", text)
			}
		})
	}
}

func TestARaceIsToldByBothSidesTimeWaits(t *testing.T) {
	f := heldBy(map[string]int{"TIME_WAIT": 1000}, nil, func(f *Facts) {
		*f.Finding.AfterConnections, f.Succeeded = 40000, 40000
		f.Client, f.Server = map[string]int64{"TcpExtTW": 1000}, map[string]int64{"TcpExtTW": 39200}
	})
	const want = "it is a race of who does: 1000 connections left their TIME_WAIT on the client, which holds a port, " +
		"and 39200 on the server"
	if v := Judge(f); !strings.Contains(v.Headline, want) {
		t.Errorf("headline = %q, want %q in it", v.Headline, want)
	}
	f.Succeeded = 39900
	if v := Judge(f); !strings.Contains(v.Headline, "39200 on the server, 300 of them on both") {
		t.Errorf("headline = %q, want those that have a TIME_WAIT at both ends", v.Headline)
	}
	f.Server["TcpActiveOpens"] = 39200 // to a backend of its own
	if v := Judge(f); strings.Contains(v.Headline, "race") {
		t.Errorf("headline = %q, want no race with TIME_WAITs of what the server opened", v.Headline)
	}
	f.OneHost = true // the server's are the client's
	if v := Judge(f); strings.Contains(v.Headline, "race") {
		t.Errorf("headline = %q, want no race between two ends that one host counts together", v.Headline)
	}
	f.Server, f.OneHost = nil, false
	if v := Judge(f); strings.Contains(v.Headline, "race") {
		t.Errorf("headline = %q, want no race without the server's TIME_WAITs", v.Headline)
	}
}

// A port that is bound is passed over from every source and to every destination.
func TestMoreSourcesDoNotFreeWhatIsBound(t *testing.T) {
	v := Judge(heldBy(map[string]int{"LISTEN": 900, "TIME_WAIT": 100}, nil, nil))
	for _, r := range v.Remedies {
		if strings.Contains(r.Change, "--source 4") && r.SustainableCPS != 400./60 {
			t.Errorf("%q gives %v/s, want the 100 ports that are left four times", r.Change, r.SustainableCPS)
		}
		if strings.Contains(r.Change, "1024 65535") && r.SustainableCPS != (64512.-900)/60 {
			t.Errorf("%q gives %v/s, want all but the 900 that are bound", r.Change, r.SustainableCPS)
		}
	}
	got, want := strings.Join(v.Sentences(), " "), "These ports can hold 100 connections at a time; of connections "+
		"that are closed again, these settings hold 0.767 connections/s for ever, and never more than 1.66/s"
	if !strings.Contains(got, want) {
		t.Errorf("details = %q, want %q in it", got, want)
	}
}

// How late the server's FIN comes is seen by those that wait for it (Little's law): 200 of
// the 1000 connections of 20 s have waited for 4 s, and hold their ports for as long
// beside TIME_WAIT.
func TestTheLawIsOfTheServerThatClosesLate(t *testing.T) {
	slow := func(later map[string]int) Verdict {
		return Judge(heldBy(map[string]int{"FIN_WAIT_2": 200, "TIME_WAIT": 800}, later, func(f *Facts) {
			*f.Finding.AfterSeconds, f.Settings.HZ, f.Settings.InFlight = 20, 250, 0
			f.Prediction = capacity.Predict(f.Settings)
		}))
	}
	tests := []struct {
		name  string
		later map[string]int
		want  string
		reuse float64 // what tcp_tw_reuse gives for ever
	}{
		{"they wait", map[string]int{"FIN_WAIT_2": 200, "TIME_WAIT": 800},
			"hold 15.1 connections/s for ever, and never more than 16.6/s (1000 ports / 60 s); between the two it is " +
				"uncertain: a port is held up to 6.07 s longer, as the kernel's timers are late and as the server " +
				"closes its end up to 4.02 s after the client.", 1000 / 5.021},
		{"they only pass", map[string]int{"TIME_WAIT": 1000}, "hold 16.1 connections/s for ever", 1000 / 1.001},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := slow(tt.later)
			if got := strings.Join(v.Sentences(), " "); !strings.Contains(got, tt.want) {
				t.Errorf("details = %q, want %q in it", got, tt.want)
			}
			i := slices.IndexFunc(v.Remedies, func(r capacity.Remedy) bool {
				return strings.Contains(r.Change, "tcp_tw_reuse=1")
			})
			if i < 0 || math.Abs(v.Remedies[i].SafeCPS-tt.reuse) > 1e-6 {
				t.Errorf("remedies = %+v, want tcp_tw_reuse=1 for %v/s", v.Remedies, tt.reuse)
			}
		})
	}
}

// A client that waits for the server's FIN gives up at --timeout, and its port is held for
// as long, in FIN_WAIT_2 and in TIME_WAIT.
func TestPortsAreHeldBeyondTheTimeout(t *testing.T) {
	v := Judge(heldBy(map[string]int{"FIN_WAIT_2": 1000}, map[string]int{"FIN_WAIT_2": 1000}, func(f *Facts) {
		f.AwaitsFIN, f.Settings.HZ = true, 250
	}))
	const head, enough = "or for --timeout (4 s) and after it for tcp_fin_timeout (60 s).",
		"enough for 7.8 connections/s: 1000 ports / 128 s"
	if got := strings.Join(v.Sentences(), " "); !strings.Contains(v.Headline, head) || !strings.Contains(got, enough) {
		t.Errorf("verdict = %q %q, want %q and %q", v.Headline, got, head, enough)
	}
}

// What listens in the range is no port of a connection's, though few do.
func TestTheLawIsOfThePortsThatAreLeft(t *testing.T) {
	v := Judge(heldBy(map[string]int{"LISTEN": 250, "TIME_WAIT": 750}, nil, nil))
	got, want := strings.Join(v.Sentences(), " "), "never more than 12.5/s (750 ports"
	if !strings.Contains(got, want) {
		t.Errorf("details = %q, want %q in it", got, want)
	}
	for _, r := range v.Remedies {
		if strings.Contains(r.Change, "--destinations 4") && r.SustainableCPS != 4*12.5 {
			t.Errorf("%q gives %v/s, want four times 12.5/s", r.Change, r.SustainableCPS)
		}
	}
}
