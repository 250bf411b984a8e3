package exhaustion

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tcpbench/law/capacity"
)

// settings are the kernel's defaults, but for a change.
func settings(change func(*capacity.Settings)) capacity.Settings {
	s := capacity.Settings{
		Ports: 28232, Sources: 1, Destinations: 1,
		Reuse: 2, ReuseDelay: time.Second, Timestamps: true, MaxTimeWaits: 131072, InFlight: 50,
	}
	if change != nil {
		change(&s)
	}
	return s
}

// ranOut is a finding of exhaustion.
func ranOut(call, errno string, after int64, seconds float64) Finding {
	return Finding{Outcome: Exhausted, Exhausted: true, Call: call, Errno: errno, AfterConnections: &after,
		AfterSeconds: &seconds}
}

// facts of a run that took all it was offered.
func facts(f Finding, s capacity.Settings, connections int64, seconds float64) Facts {
	return Facts{
		Finding: f, Settings: s, Prediction: capacity.Predict(s),
		Attempted: connections, Succeeded: connections, Seconds: seconds,
	}
}

// aimed makes the run one that was to go on until ports ran out.
func aimed(f Facts) Facts {
	f.Aimed = true
	return f
}

func TestHeadlineOfEachOutcome(t *testing.T) {
	tests := []struct {
		name  string
		facts Facts
		want  string
	}{
		{
			"exhausted exactly as predicted",
			facts(ranOut("connect", "EADDRNOTAVAIL", 28232, 12.48), settings(nil), 28232, 12.48),
			`Out of local ports: connect(2) failed with EADDRNOTAVAIL ("cannot assign requested address") after ` +
				`28232 connections, at 12.5 s; exactly as predicted (28232 ports x 1 source x 1 destination, each ` +
				`held 60 s: TIME_WAIT; tcp_tw_reuse=2 reuses on loopback only).`,
		},
		{
			"exhausted earlier than predicted",
			facts(ranOut("connect", "EADDRNOTAVAIL", 28000, 0.037),
				settings(func(s *capacity.Settings) { s.Reuse = 0 }), 28000, 0.04),
			`Out of local ports: connect(2) failed with EADDRNOTAVAIL ("cannot assign requested address") after ` +
				`28000 connections, at 37 ms; predicted were 28232 (28232 ports x 1 source x 1 destination, each ` +
				`held 60 s: TIME_WAIT).`,
		},
		{
			"exhausted though the law saw no limit",
			facts(ranOut("connect", "EADDRNOTAVAIL", 1, 120), settings(func(s *capacity.Settings) { s.Reset = true }),
				1, 120),
			`Out of local ports: connect(2) failed with EADDRNOTAVAIL ("cannot assign requested address") after 1 ` +
				`connection, at 120 s; the law had predicted none (RST close leaves no TIME_WAIT).`,
		},
		{
			"exhausted by bind",
			facts(ranOut("bind", "EADDRINUSE", 2000, 1),
				settings(func(s *capacity.Settings) {
					s.Ports, s.Sources, s.Destinations, s.BindReserves = 1000, 2, 2,
						true
				}), 2000, 1),
			`Out of local ports: bind(2) failed with EADDRINUSE ("address already in use") after 2000 connections, ` +
				`at 1 s; exactly as predicted (1000 ports x 2 sources x 2 destinations, each held 60 s: TIME_WAIT; ` +
				`tcp_tw_reuse=2 reuses on loopback only).`,
		},
		{
			"exhausted before anything succeeded",
			facts(ranOut("connect", "EADDRNOTAVAIL", 0, 0), settings(nil), 0, 0),
			`Out of local ports: connect(2) failed with EADDRNOTAVAIL ("cannot assign requested address") after 0 ` +
				`connections, at 0 s; predicted were 28232 (28232 ports x 1 source x 1 destination, each held 60 s: ` +
				`TIME_WAIT; tcp_tw_reuse=2 reuses on loopback only).`,
		},
		{
			"exhausted by what is in flight",
			facts(ranOut("connect", "EADDRNOTAVAIL", 100, 1),
				settings(func(s *capacity.Settings) { s.Ports, s.InFlight, s.Reset = 100, 200, true }), 100, 1),
			`Out of local ports: connect(2) failed with EADDRNOTAVAIL ("cannot assign requested address") after 100 ` +
				`connections, at 1 s; exactly as predicted (100 ports x 1 source x 1 destination, each held while it ` +
				`is open: more connections in flight than ports).`,
		},
		{
			"sustained",
			func() Facts {
				f := facts(Finding{Outcome: Sustained}, settings(func(s *capacity.Settings) { s.Reset = true }),
					252563, 5.0014)
				f.PeakHeld, f.PeakKnown, f.Steady = 20, true, 5
				return f
			}(),
			"Sustained: 50498 connections/s, and the ports held stopped growing, at most 20 of 28232, " +
				"for 5 s (RST close leaves no TIME_WAIT).",
		},
		{
			"sustained, with ports that were not measured",
			facts(Finding{Outcome: Sustained}, settings(func(s *capacity.Settings) { s.ServerCloses = true }), 1000,
				10),
			"Sustained: 100 connections/s (the server closes first and holds the TIME_WAIT).",
		},
		{
			"undecided on the way to exhaustion",
			func() Facts {
				f := aimed(facts(Finding{Outcome: Undecided}, settings(nil), 4700, 10))
				f.PeakHeld, f.PeakKnown = 4700, true
				return f
			}(),
			"Undecided: 4700 connections in 10 s at 470/s, with no failure for lack of a port; at most " +
				"4700 of 28232 ports were held when an interval ended.",
		},
		{
			"undecided with few ports, which were not measured",
			aimed(facts(Finding{Outcome: Undecided}, settings(func(s *capacity.Settings) { s.Ports = 1000 }), 1, 0.5)),
			"Undecided: 1 connection in 500 ms at 2/s, with no failure for lack of a port.",
		},
		{
			"undecided where nothing is predicted",
			aimed(facts(Finding{Outcome: Undecided}, settings(func(s *capacity.Settings) { s.Walk = true }), 20000, 1)),
			"Undecided: 20000 connections in 1 s at 20000/s, with no failure for lack of a port (predicted: none, " +
				"an explicit bind takes over a TIME_WAIT while timestamps are on).",
		},
		{
			"done, where exhaustion was not the aim",
			facts(Finding{Outcome: Undecided}, settings(nil), 3000, 10),
			"Done: 3000 connections in 10 s at 300/s.",
		},
		{
			"nothing succeeded, with a reason that is known",
			Facts{Finding: Finding{Outcome: Undecided}, Attempted: 3, Seconds: 10,
				Errors: map[string]int64{"connect: ECONNREFUSED": 2, "connect: TIMEOUT": 1}},
			"Failed: none of 3 connections succeeded; connect: ECONNREFUSED, 2 times (nothing listens on that port: " +
				"start the server, or check the port).",
		},
		{
			"a walk that comes round too soon",
			facts(ranOut("bind", "EADDRINUSE", 10, 0.001),
				settings(func(s *capacity.Settings) { s.Ports, s.Walk, s.Timestamps, s.InFlight = 1, true, true, 1 }),
				10, 0.001),
			`Out of local ports: bind(2) failed with EADDRINUSE ("address already in use") after 10 connections, at ` +
				`1 ms; the law had predicted none (an explicit bind takes over a TIME_WAIT while timestamps are on), ` +
				`which is of ports in TIME_WAIT: in a walk through 1 port the next one was still that of a ` +
				`connection on its way there; give it more ports, or fewer connections in flight.`,
		},
		{
			"nothing got through the lab's link",
			Facts{Finding: Finding{Outcome: Undecided}, Attempted: 3, Seconds: 10,
				Errors: map[string]int64{"connect: TIMEOUT": 3}, Link: "drop any"},
			`Failed: none of 3 connections succeeded; connect: TIMEOUT, 3 times (the lab's link loses or holds up ` +
				`segments: --link "drop any").`,
		},
		{
			"a link with rules, but it was the server's queue",
			Facts{Finding: Finding{Outcome: Undecided}, Attempted: 3, Seconds: 10,
				Errors: map[string]int64{"connect: TIMEOUT": 3}, Link: "delay 1ms",
				Server: map[string]int64{"TcpExtListenOverflows": 3}},
			"Failed: none of 3 connections succeeded; connect: TIMEOUT, 3 times (no answer within --timeout: " +
				"packets are dropped on the way, or the server's accept queue is full).",
		},
		{
			"an http server that stopped under held connections",
			Facts{Finding: Finding{Outcome: Undecided}, Use: ManyRequests, HTTP: true, Attempted: 50, Requests: 585645,
				Seconds: 10, Errors: map[string]int64{"recv: TIMEOUT": 50}},
			"Failed: none of 50 connections lasted to the end; recv: TIMEOUT, 50 times (no whole answer within " +
				"--timeout: the server, or what stands before it, is too slow or has stopped); " +
				"585645 requests had been answered.",
		},
		{
			"nothing succeeded, for a reason that speaks for itself",
			Facts{Finding: Finding{Outcome: Undecided}, Attempted: 1, Seconds: 10,
				Errors: map[string]int64{"connect: EAFNOSUPPORT": 1, "recv: EIO": 1}},
			"Failed: none of 1 connection succeeded; connect: EAFNOSUPPORT, 1 time.",
		},
		{
			"nothing happened",
			Facts{Finding: Finding{Outcome: Undecided}, Seconds: 10},
			"Failed: no connection succeeded, and none failed, in 10 s.",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Judge(tt.facts).Headline); diff != "" {
				t.Errorf("Judge().Headline (-want +got):\n%s", diff)
			}
		})
	}
}

// Of an odd range the search passes over one port for each source and destination,
// or not: both are as predicted.
func TestOddRangesHaveTwoNumbers(t *testing.T) {
	odd := settings(func(s *capacity.Settings) { s.Ports, s.OddRange, s.Destinations = 471, true, 2 })
	even := settings(func(s *capacity.Settings) { s.Ports, s.Destinations = 471, 2 }) // one of its 472 is reserved
	tests := []struct {
		settings capacity.Settings
		after    int64
		exactly  bool
	}{
		{odd, 942, true}, {odd, 941, true}, {odd, 940, true}, {odd, 939, false}, {odd, 943, false},
		{even, 942, true}, {even, 941, false},
	}
	for _, tt := range tests {
		got := Judge(facts(ranOut("connect", "EADDRNOTAVAIL", tt.after, 1), tt.settings, tt.after, 1)).Headline
		if strings.Contains(got, "exactly as predicted") != tt.exactly ||
			strings.Contains(got, "940 to 942, as a search of an odd number of ports passes over one") !=
				tt.settings.OddRange {
			t.Errorf("after %d: %s", tt.after, got)
		}
	}
}

// No verdict says of a rate that it lasts for ever unless it does.
func TestForEverIsSaidOfSafeRatesAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := settings(func(s *capacity.Settings) {
			s.Ports = rapid.IntRange(60, 60000).Draw(t, "ports")
			s.OddRange = rapid.Bool().Draw(t, "odd range")
			s.HZ = rapid.SampledFrom([]int{0, 100, 250, 300, 1000}).Draw(t, "HZ")
		})
		law := capacity.Predict(s)
		rate := law.SustainableCPS * rapid.Float64Range(0.5, 1.5).Draw(t, "rate")
		f := facts(Finding{Outcome: Undecided}, s, 100, 5)
		f.Aimed, f.Plan = true, &Plan{From: rate, To: rate, Planned: 100, Started: 100}
		said := strings.Join(Judge(f).Meaning, " ")
		if strings.Contains(said, "the rate offered lasts for ever") != (rate <= law.SafeCPS) {
			t.Fatalf("%v/s of %+v: %s", rate, law, said)
		}
	})
}

// Of 28232 ports half are taken at once. What is opened in the minute after that decides.
func TestARunMayBeTooSlowToRunOut(t *testing.T) {
	const want = "At the 210/s that the search leaves here, ports do not run out: those of the first connections " +
		"come free after 60 s."
	run := func(change func(*Facts)) Facts {
		f := facts(Finding{Outcome: Undecided, Knee: Knee{
			Found: true, AfterConnections: new(int64(14080)), AfterSeconds: new(0.8), Occupancy: new(0.5),
			ConnectBeforeUS: new(26.6), ConnectAfterUS: new(4580.0), RateBefore: new(18644.0), RateAfter: new(210.0),
		}}, settings(nil), 22503, 40)
		f.Aimed = true
		change(&f)
		return f
	}
	tests := []struct {
		name   string
		change func(*Facts)
		want   bool
	}{
		{"as many come free", func(*Facts) {}, true},
		{"more are taken", func(f *Facts) { f.Finding.Knee.RateAfter = new(220.0) }, false},
		{"nobody asked for exhaustion", func(f *Facts) { f.Aimed = false }, false},
		{"a plan sets the rate", func(f *Facts) { f.Plan = &Plan{} }, false},
		{"ports ran out", func(f *Facts) { f.Finding = ranOut("connect", "EADDRNOTAVAIL", 28232, 12) }, false},
		{"another cause than the search", func(f *Facts) { f.Finding.Knee.Occupancy = new(0.1) }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			said := strings.Join(Judge(run(tt.change)).Meaning, "\n")
			if got := strings.Contains(said, want); got != tt.want {
				t.Errorf("Judge().Meaning = %q, %q in it: %t, want %t", said, want, got, tt.want)
			}
		})
	}
}

func TestDetailsAreInOrder(t *testing.T) {
	knee := Knee{
		Found: true, AfterConnections: new(int64(14080)), AfterSeconds: new(0.26), Occupancy: new(0.4988),
		ConnectBeforeUS: new(7.87), ConnectAfterUS: new(1250.7), RateBefore: new(54278.1), RateAfter: new(1158.8),
	}
	few := func(s *capacity.Settings) { s.Ports = 1000 }
	tests := []struct {
		name    string
		finding Finding
		change  func(*capacity.Settings)
		want    []string
	}{
		{
			"the knee, the law and the recovery",
			func() Finding {
				f := ranOut("connect", "EADDRNOTAVAIL", 28232, 12.48)
				f.Knee, f.RecoveredAfterSeconds = knee, new(60.3)
				return f
			}(),
			nil,
			[]string{
				"The knee came first: after 14080 connections (50 % of the ports in use) connect(2) went from 7.87 " +
					"us to 1.25 ms, searching for a free port, and throughput fell 47-fold, from 54278/s to 1159/s.",
				"The next connection found a port 60.3 s after the first failure.",
				"These settings hold 432 connections/s for ever, and never more than 470/s (28232 ports / 60 s); " +
					"between the two it is uncertain: the kernel may end a TIME_WAIT up to 5.12 s late, " +
					"and connections in flight hold ports too.",
			},
		},
		{
			"recovered at once",
			func() Finding {
				f := ranOut("connect", "EADDRNOTAVAIL", 1000, 0.1)
				f.RecoveredAfterSeconds = new(0.9998)
				return f
			}(),
			func(s *capacity.Settings) { few(s); s.Reuse = 1 },
			[]string{
				"The next connection found a port 1 s after the first failure.",
				"These settings hold 949 connections/s for ever, and never more than 1000/s (1000 ports / 1 s); " +
					"between the two it is uncertain: the kernel may end a TIME_WAIT up to 1 ms late, " +
					"and connections in flight hold ports too.",
			},
		},
		{
			"a knee of which only the cost is known",
			Finding{Outcome: Undecided, Knee: Knee{Found: true, AfterConnections: new(int64(500)),
				AfterSeconds: new(0.0), ConnectBeforeUS: new(8.0), ConnectAfterUS: new(40.0)}},
			few,
			[]string{
				"Connecting became slower: after 500 connections connect(2) went from 8 us to 40 us; whether in the " +
					"search for a free port is not known, since ports in use were not measured.",
				"These settings hold 14.5 connections/s for ever, and never more than 16.6/s (1000 ports / 60 s); " +
					"between the two it is uncertain: the kernel may end a TIME_WAIT up to 5.12 s late, " +
					"and connections in flight hold ports too.",
			},
		},
		{
			"a knee that the search cannot explain",
			Finding{Outcome: Undecided, Knee: Knee{Found: true, AfterConnections: new(int64(500)), Occupancy: new(0.0),
				AfterSeconds: new(0.0), ConnectBeforeUS: new(8.0), ConnectAfterUS: new(400.0)}},
			few,
			[]string{
				"Connecting became slower: after 500 connections (0 % of the ports in use) connect(2) went from " +
					"8 us to 400 us; not in the search for a free port, " +
					"for which half of them have to be in use, but for " +
					"another cause.",
				"These settings hold 14.5 connections/s for ever, and never more than 16.6/s (1000 ports / 60 s); " +
					"between the two it is uncertain: the kernel may end a TIME_WAIT up to 5.12 s late, " +
					"and connections in flight hold ports too.",
			},
		},
		{
			"a knee that cost no throughput",
			Finding{Outcome: Undecided, Knee: Knee{
				Found: true, AfterConnections: new(int64(500)), AfterSeconds: new(0.5), Occupancy: new(0.5),
				ConnectBeforeUS: new(8.0), ConnectAfterUS: new(40.0), RateBefore: new(1000.0), RateAfter: new(990.0),
			}},
			few,
			[]string{
				"The knee came first: after 500 connections (50 % of the ports in use) connect(2) went from 8 us to " +
					"40 us, searching for a free port.",
				"These settings hold 14.5 connections/s for ever, and never more than 16.6/s (1000 ports / 60 s); " +
					"between the two it is uncertain: the kernel may end a TIME_WAIT up to 5.12 s late, " +
					"and connections in flight hold ports too.",
			},
		},
		{"nothing to add", Finding{Outcome: Sustained}, func(s *capacity.Settings) { s.Reset = true }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Judge(aimed(facts(tt.finding, settings(tt.change), 1000, 10))).Sentences()
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Judge().Sentences() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRemediesAreToldWherePortsAreThePrice(t *testing.T) {
	knee := Knee{Found: true, AfterConnections: new(int64(500)), AfterSeconds: new(0.5), ConnectBeforeUS: new(8.0),
		ConnectAfterUS: new(40.0), Occupancy: new(0.5)}
	other := knee
	other.Occupancy = new(0.1)
	tests := []struct {
		name    string
		finding Finding
		want    bool
	}{
		{"exhausted", ranOut("connect", "EADDRNOTAVAIL", 28232, 1), true},
		{"past the knee, not yet exhausted", Finding{Outcome: Undecided, Knee: knee}, true},
		{"slower, with most ports free", Finding{Outcome: Undecided, Knee: other}, false},
		{"sustained past the knee", Finding{Outcome: Sustained, Knee: knee}, true},
		{"sustained", Finding{Outcome: Sustained}, false},
		{"undecided", Finding{Outcome: Undecided}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Judge(facts(tt.finding, settings(nil), 1000, 10)).Remedies
			if (len(got) > 0) != tt.want {
				t.Errorf("Judge(%v).Remedies = %v, want some: %t", tt.finding.Outcome, got, tt.want)
			}
		})
	}
}

func TestOtherLimitsAreNamed(t *testing.T) {
	f := facts(Finding{Outcome: Undecided}, settings(nil), 1000, 10)
	f.Errors = map[string]int64{"socket: EMFILE": 7, "connect: EADDRNOTAVAIL": 2, "connect: EPERM": 1, "recv: EIO": 3}
	f.Client = map[string]int64{"TcpExtTCPTimeWaitOverflow": 4900, "TcpActiveOpens": 5000, "TcpExtListenOverflows": 9}
	f.Server = map[string]int64{"TcpExtListenOverflows": 12, "TcpExtListenDrops": 0, "TcpExtTCPTimeWaitOverflow": 1}
	want := []Limit{
		{"connect: EPERM", 1, "a firewall rule or a full connection tracking table (nf_conntrack_max) " +
			"stopped the packet"},
		{"socket: EMFILE", 7, "this process has no file descriptor left: raise ulimit -n or lower --concurrency"},
		{"TcpExtTCPTimeWaitOverflow", 4900,
			"tcp_max_tw_buckets is full: the kernel drops TIME_WAITs early, and old duplicates are no longer kept out"},
		{"TcpExtListenOverflows", 12, "the server's accept queue was full: raise its backlog and net.core.somaxconn"},
	}
	if diff := cmp.Diff(want, Judge(f).OtherLimits); diff != "" {
		t.Errorf("Judge().OtherLimits (-want +got):\n%s", diff)
	}
	f.OneHost = true
	want[3].Text = "of all servers on this host: " + want[3].Text
	if diff := cmp.Diff(want, Judge(f).OtherLimits); diff != "" {
		t.Errorf("Judge(on one host).OtherLimits (-want +got):\n%s", diff)
	}
	f.Succeeded = 0
	if diff := cmp.Diff(want, Judge(f).OtherLimits); diff != "" {
		t.Errorf("Judge(nothing succeeded).OtherLimits (-want +got):\n%s", diff)
	}
	if got := Judge(facts(Finding{Outcome: Undecided}, settings(nil), 1000, 10)).OtherLimits; got != nil {
		t.Errorf("Judge(no other limit).OtherLimits = %v, want none", got)
	}
}

// What --close shutdown and --close server wait for in vain is the end, not the answer.
func TestATimeoutAfterTheAnswerIsOfTheEnd(t *testing.T) {
	tests := []struct {
		name             string
		requests, failed int64
		awaits           bool
		want, not        string
	}{
		{"every answer came", 12, 12, true, "the server did not close its end", "no whole answer"},
		{"some did not", 7, 12, true, "no whole answer within --timeout, or the server did not close",
			"too slow"},
		{"none did", 0, 12, true, "no whole answer within --timeout", "close its end"},
		{"a client that closes first", 12, 12, false, "no whole answer within --timeout", "close its end"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := facts(Finding{Outcome: Undecided}, settings(nil), 0, 6)
			f.Attempted, f.Requests, f.AwaitsEnd = tt.failed, tt.requests, tt.awaits
			f.Errors = map[string]int64{"recv: TIMEOUT": tt.failed}
			if v := Judge(f); !strings.Contains(v.Headline, tt.want) || strings.Contains(v.Headline, tt.not) {
				t.Errorf("headline = %q, want %q in it, and nothing of %q", v.Headline, tt.want, tt.not)
			}
		})
	}
}

// An HTTP library's requests may fail one after the other on one connection.
func TestMoreRequestsThanConnectionsFail(t *testing.T) {
	f := many(func(f *Facts) {
		f.Attempted, f.Succeeded, f.Requests, f.Errors = 12, 2, 100, map[string]int64{"recv: OTHER": 446}
	})
	const want = "10 connections failed; recv: OTHER, 446 times"
	if v := Judge(f); !strings.Contains(v.Headline, want) {
		t.Errorf("headline = %q, want %q in it", v.Headline, want)
	}
}

// What was expected of an answer, and did not come, is said in the headline.
func TestWhatWasExpectedIsSaid(t *testing.T) {
	for _, tt := range []struct {
		name, key, mismatch, want string
	}{
		{"silence", "expect: TIMEOUT", "", "expect: TIMEOUT, 3 times (what is expected did not come whole within " +
			"--timeout: the server is silent"},
		{"another answer", "expect: MISMATCH", `the first answer began with "-ERR", want +PONG`,
			`expect: MISMATCH, 3 times (the first answer began with "-ERR", want +PONG)`},
		{"another answer, of an earlier result", "expect: MISMATCH", "", "(the answer is not what is expected)"},
		{"a server without TLS", "handshake: TIMEOUT", "", "the server is too slow, or speaks no TLS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Judge(Facts{Attempted: 3, Errors: map[string]int64{tt.key: 3}, Mismatch: tt.mismatch}).Headline
			if !strings.Contains(got, tt.want) {
				t.Errorf("headline = %q, want %q", got, tt.want)
			}
		})
	}
}
