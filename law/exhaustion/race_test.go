package exhaustion

import (
	"strings"
	"testing"
	"time"

	"tcpbench/law/capacity"
)

// What the law says is of a client that closes first. Where the ports held show that it
// did not, it is not said of this one.
func TestThatAClientDoesNotCloseFirstIsToldByThePortsHeld(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Facts)
		want   bool
	}{
		{"a server that closes first", nil, true},
		{"a server of the same host, whose TIME_WAITs are counted with the client's", func(f *Facts) {
			f.OneHost, f.Client = true, map[string]int64{"TcpExtTW": 7000}
			f.Server = f.Client
		}, true},
		{"a server of a lab, which holds all TIME_WAITs", func(f *Facts) {
			f.Client, f.Server = map[string]int64{}, map[string]int64{"TcpExtTW": 7000}
		}, true},
		{"a proxy that closes first", func(f *Facts) { f.Proxied = true }, true},
		{"connections of many requests that the server ends", func(f *Facts) {
			f.Use, f.Attempted, f.Connected, f.Requests = ManyRequests, 7000, 7000, 700_000
		}, true},
		{"connections of many requests, of which the server ends half", func(f *Facts) {
			f.Use, f.Attempted, f.Connected, f.Requests = ManyRequests, 7000, 7000, 700_000
			f.Kept = 6990 // with those of a warm-up
			f.Client, f.Server = map[string]int64{"TcpExtTW": 3400}, map[string]int64{"TcpExtTW": 3600}
		}, true},
		{"ports of a warm-up, beside those of a server that closes first",
			func(f *Facts) { f.Kept, f.Warm = 6990, 6900 }, true},
		{"ports of a warm-up, beside those of a client that does",
			func(f *Facts) { f.Kept, f.Warm = 9000, 2010 }, false},
		{"ports of a warm-up that may have come free",
			func(f *Facts) { f.Kept, f.Warm, f.Seconds = 9000, 8900, 59 }, false},
		{"ports that are free after a minute", func(f *Facts) { f.Seconds, f.Kept = 600, 600 }, false},
		{"fewer than a minute's", func(f *Facts) { f.Seconds, f.Kept = 600, 90 }, true},
		{"a client that does", func(f *Facts) { f.Kept = 6990 }, false},
		{"of which most do", func(f *Facts) { f.Kept = 3600 }, true},
		{"of which nearly all do", func(f *Facts) { f.Kept = 6400 }, false},
		{"that was faster at times, for long", func(f *Facts) { f.Seconds, f.Kept = 90, 2600 }, false},
		{"ports that were not measured", func(f *Facts) { f.KeptKnown = false }, false},
		{"ports that are taken over", func(f *Facts) { f.Client = map[string]int64{"TcpExtTWRecycled": 6950} }, false},
		{"TIME_WAITs that are dropped", func(f *Facts) {
			f.Client = map[string]int64{"TcpExtTCPTimeWaitOverflow": 6950}
		}, false},
		{"connections that are held", func(f *Facts) { f.Use = Held }, false},
		{"a few", func(f *Facts) { f.Succeeded, f.Attempted, f.Kept = 6, 6, 1 }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := facts(Finding{Outcome: Undecided}, settings(nil), 7000, 7)
			f.Aimed, f.Kept, f.KeptKnown = true, 50, true
			v := Judge(changed(f, tt.change))
			const but = "The law is that of a client which always closes first, but "
			got := strings.Contains(strings.Join(v.Sentences(), " "), but)
			if got != tt.want {
				t.Errorf("the law is qualified = %v, want %v: %q", got, tt.want, v.Sentences())
			}
			if changed(f, tt.change).Use == OneRequest &&
				strings.Contains(v.Headline, "depends on who closes first") != tt.want {
				t.Errorf("headline = %q, want that it depends on who closes: %t", v.Headline, tt.want)
			}
		})
	}
}

func TestWhereTheServerClosesNothingIsSaidOfWhoDoes(t *testing.T) {
	f := facts(Finding{Outcome: Undecided}, settings(func(s *capacity.Settings) { s.ServerCloses = true }), 7000, 7)
	f.Kept, f.KeptKnown = 50, true
	if v := Judge(f); strings.Contains(strings.Join(v.Sentences(), " "), "closes first, but") {
		t.Errorf("details = %q, want none", v.Sentences())
	}
}

// Ports that come free from FIN_WAIT_2 are not those of a server that closes first.
func TestAServerThatIsFoundToKeepItsEndOpen(t *testing.T) {
	const is = "The server does not close its end: up to 45 ports were in FIN_WAIT_2"
	for _, tt := range []struct {
		name   string
		change func(*Facts)
		want   bool
	}{
		{"most ports were in FIN_WAIT_2, and came free", nil, true},
		{"the same of a run that was not to run out", func(f *Facts) { f.Aimed = false }, true},
		{"few were", func(f *Facts) { f.Halved = 20 }, false},
		{"none came free, so that TIME_WAIT may come", func(f *Facts) { f.Kept, f.Halved = 6990, 6000 }, false},
		{"the client waits for the server's end", func(f *Facts) { f.AwaitsFIN = true }, false},
		{"it was known before", func(f *Facts) { f.Settings.ServerOpen = true }, false},
		{"connections of many requests", func(f *Facts) { f.Use, f.Requests = ManyRequests, 70_000 }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			seven := settings(func(s *capacity.Settings) { s.FinTimeout = 7 * time.Second })
			f := facts(Finding{Outcome: Undecided}, seven, 7000, 70)
			f.Aimed, f.Kept, f.KeptKnown, f.Halved = true, 50, true, 45
			v := Judge(changed(f, tt.change))
			said := strings.Join(v.Sentences(), " ")
			if strings.Contains(said, is) != tt.want {
				t.Errorf("the server is found open: %t, want %t: %q", !tt.want, tt.want, said)
			}
			if tt.want && (strings.Contains(said, "closes first") || strings.Contains(v.Headline, "closes first") ||
				strings.Contains(said, "/ 60 s")) {
				t.Errorf("%q, %q: want the law of FIN_WAIT_2, and no race", v.Headline, said)
			}
		})
	}
}

// A server without timestamps, of which nothing is known, keeps the client from taking
// ports over: the number is the law's, and the time is not.
func TestPortsThatAreHeldForLongerAreNotAsPredicted(t *testing.T) {
	taken := map[string]int64{"TcpExtTWRecycled": 9}
	tests := []struct {
		name  string
		at    float64
		after int64
		count map[string]int64
		want  string
	}{
		{"within the time", 0.2, 3000, nil, "exactly as predicted (3000 ports"},
		{"long after it", 9, 3000, nil, "none was taken over, as where the other end's tcp_timestamps are off"},
		{"some of them twice", 9, 3300, nil, "predicted were 3000 within 1 s, and more that come in a longer " +
			"time (3000 "},
		{"more than there are at once", 0.9, 3300, nil, "predicted were 3000 (3000 ports"},
		{"and some were taken over", 9, 3000, taken, "predicted were as many within 1 s, and more that come in a " +
			"longer time (3000 ports x 1 source x 1 destination, each held 1 s: tcp_tw_reuse after " +
			"tcp_tw_reuse_delay)."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := facts(ranOut("connect", "EADDRNOTAVAIL", tt.after, tt.at), settings(func(s *capacity.Settings) {
				s.Ports, s.Reuse = 3000, 1
			}), tt.after, tt.at)
			f.Client = tt.count
			if v := Judge(f); !strings.Contains(v.Headline, tt.want) {
				t.Errorf("headline = %q, want %q in it", v.Headline, tt.want)
			}
		})
	}
}

// Where the kernel drops TIME_WAITs, a server that is slow to end its connections can hold
// the ports that they leave.
func TestPortsRunOutBesideTIMEWAITsThatAreDropped(t *testing.T) {
	const want = ", where no more than 4 wait for the server's ACK or FIN, which is as many as are in flight: " +
		"there were 6"
	for _, tt := range []struct {
		waiting int
		want    bool
	}{{6, true}, {4, false}} {
		f := facts(ranOut("connect", "EADDRNOTAVAIL", 4325, 0.5), settings(func(s *capacity.Settings) {
			s.Ports, s.MaxTimeWaits, s.InFlight = 100, 91, 4
		}), 4325, 0.5)
		f.Finding.Evidence = &Evidence{PortsInUse: 100, Capacity: 100,
			States: map[string]int{"TIME_WAIT": 91, "FIN_WAIT_1": tt.waiting, "ESTABLISHED": 9 - tt.waiting}}
		if v := Judge(f); strings.Contains(v.Headline, want) != tt.want {
			t.Errorf("with %d that wait: headline = %q, want %q in it = %v", tt.waiting, v.Headline, want, tt.want)
		}
	}
}

// A listener in the range has a port that no connection can have, which the law does not
// know before it is seen.
func TestPortsOfListenersAreLessThanPredicted(t *testing.T) {
	const want = "predicted were 300 (300 ports x 1 source x 1 destination, each held 60 s: TIME_WAIT; " +
		"tcp_tw_reuse=2 reuses on loopback only), less those of 2 ports that " +
		"other sockets of the client have bound: as many as came"
	for _, tt := range []struct {
		after int64
		want  bool
	}{{298, true}, {291, false}} {
		f := facts(ranOut("connect", "EADDRNOTAVAIL", tt.after, 0.5), settings(func(s *capacity.Settings) {
			s.Ports = 300
		}), tt.after, 0.5)
		f.Finding.Evidence = &Evidence{PortsInUse: 300, Capacity: 300,
			States: map[string]int{"TIME_WAIT": 298, "LISTEN": 2}}
		if v := Judge(f); strings.Contains(v.Headline, want) != tt.want {
			t.Errorf("after %d: headline = %q, want %q in it = %v", tt.after, v.Headline, want, tt.want)
		}
	}
}

// Closed connections that wait for an ACK of their FIN are what holds the ports, however
// few are open beside them.
func TestFINsWithoutAnACKAreNamedBesideOpenConnections(t *testing.T) {
	f := facts(ranOut("connect", "EADDRNOTAVAIL", 60, 0.5), settings(func(s *capacity.Settings) {
		s.Ports, s.InFlight = 60, 4
	}), 60, 0.5)
	f.Finding.Evidence = &Evidence{PortsInUse: 60, Capacity: 60,
		States: map[string]int{"FIN_WAIT_1": 57, "ESTABLISHED": 3}, Later: map[string]int{"FIN_WAIT_1": 60}}
	if v := Judge(f); !strings.Contains(v.Headline, "60 of 60 ports were held in FIN_WAIT_1") {
		t.Errorf("headline = %q, want the FINs named", v.Headline)
	}
}

// Of 60 ports 40 connections in flight leave 20: that those are held too is what counts,
// and fewer in flight are no remedy. Nor are they where more are in flight than ports, and
// each is closed again.
func TestOpenConnectionsThatLeavePortsAreNotWhatHoldsThem(t *testing.T) {
	for _, tt := range []struct {
		name     string
		inFlight int
		states   map[string]int
		open     bool
		fewer    bool
	}{
		{"fewer in flight than ports", 40, map[string]int{"ESTABLISHED": 37, "TIME_WAIT": 23}, false, false},
		{"more of them than ports", 70, map[string]int{"ESTABLISHED": 57, "TIME_WAIT": 3}, true, false},
		{"none that is closed", 40, map[string]int{"ESTABLISHED": 60}, true, true},
	} {
		f := facts(ranOut("connect", "EADDRNOTAVAIL", 60, 0.5), settings(func(s *capacity.Settings) {
			s.Ports, s.InFlight = 60, tt.inFlight
		}), 60, 0.5)
		f.Finding.Evidence = &Evidence{PortsInUse: 60, Capacity: 60, States: tt.states}
		v := Judge(f)
		if strings.Contains(v.Headline, "held in ESTABLISHED") != tt.open {
			t.Errorf("%s: headline = %q, want open connections named = %v", tt.name, v.Headline, tt.open)
		}
		if few := strings.Contains(v.Remedies[0].Change, "keep no more than"); few != tt.fewer {
			t.Errorf("%s: the first remedy is %q, want fewer open ones = %v", tt.name, v.Remedies[0].Change, tt.fewer)
		}
	}
}
