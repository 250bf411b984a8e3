package exhaustion

import (
	"math"
	"strings"
	"testing"
	"time"

	"tcpbench/law/capacity"
)

// agent is one of 1000 ports that ended as it says.
func agent(name string, o Outcome) FleetAgent {
	law := capacity.Predict(capacity.Settings{Ports: 1000, Sources: 1, Destinations: 1, Timestamps: true})
	return FleetAgent{Name: name, Finding: &Finding{Outcome: o}, Prediction: &law,
		Limit: &Bound{What: ByTarget, Evidence: "it waited for answers"}}
}

// outAt is one whose ports ran out, on its own clock.
func outAt(name string, after int64, at float64) FleetAgent {
	a := agent(name, Exhausted)
	a.Finding = &Finding{Outcome: Exhausted, Exhausted: true, Errno: "EADDRNOTAVAIL", Call: "connect",
		AfterConnections: &after, AfterSeconds: &at, Host: ClientHost}
	a.Limit = &Bound{What: ByPorts, Evidence: "none was left"}
	return a
}

// of is a fleet of them, with what they did.
func of(agents ...FleetAgent) Fleet {
	f := Fleet{Agents: agents, Whole: Facts{Aimed: true, Attempted: 3100, Succeeded: 3000, Connected: 3000,
		Requests: 3000,
		Seconds:  10, Errors: map[string]int64{"connect: EADDRNOTAVAIL": 100}}}
	var laws []capacity.Prediction
	for _, a := range agents {
		laws = append(laws, *a.Prediction)
	}
	f.Hosts = capacity.Together(laws)
	return f
}

// all are the sentences of a verdict.
func all(v Verdict) string {
	return v.Headline + "\n" + strings.Join(v.Sentences(), "\n")
}

func TestAFleetIsOutOfPortsWhereEveryAgentIs(t *testing.T) {
	f := of(outAt("agent-1", 1000, 1.4), outAt("agent-2", 1000, 1.2), outAt("agent-3", 1000, 1.3))
	got := f.Finding()
	if !got.Exhausted || got.Outcome != Exhausted || *got.AfterConnections != 3000 || *got.AfterSeconds != 1.4 ||
		got.Errno != "EADDRNOTAVAIL" || got.Host != ClientHost {
		t.Errorf("Finding() = %+v, want exhausted after 3000, when the last one was", got)
	}
	f.Agents[2].StartedLate = 0.5
	if at := *f.Finding().AfterSeconds; at != 1.8 {
		t.Errorf("after_seconds = %v with one that began 0.5 s late, want 1.8", at)
	}
	f.Agents[0].Finding.RecoveredAfterSeconds, f.Agents[1].Finding.RecoveredAfterSeconds = new(60.0), new(60.0)
	if r := f.Finding().RecoveredAfterSeconds; r == nil || math.Abs(*r-59.4) > 1e-9 {
		t.Errorf("recovered_after_seconds = %v, want since the last ran out until the first had one again", r)
	}
	f.Agents[0].Finding.RecoveredAfterSeconds = new(0.1)
	if r := f.Finding().RecoveredAfterSeconds; r != nil {
		t.Errorf("recovered_after_seconds = %v where one had a port before the last ran out, want none", *r)
	}
}

func TestTheFindingOfAFleetIsNoBetterThanThatOfItsAgents(t *testing.T) {
	gone := agent("c", Sustained)
	gone.Finding, gone.Lost = nil, "killed"
	outAndLost := outAt("c", 1000, 1)
	outAndLost.Lost = "killed"
	tests := []struct {
		name string
		of   Fleet
		want Outcome
	}{
		{"all sustained", of(agent("a", Sustained), agent("b", Sustained)), Sustained},
		{"one is undecided", of(agent("a", Sustained), agent("b", Undecided)), Undecided},
		{"one ran out", of(agent("a", Sustained), outAt("b", 1000, 1)), Undecided},
		{"all but one ran out", of(outAt("a", 1000, 1), outAt("b", 1000, 1), agent("c", Undecided)), Undecided},
		{"all that are left sustained", of(agent("a", Sustained), gone), Undecided},
		{"all that are left ran out", of(outAt("a", 1000, 1), gone), Undecided},
		{"all ran out, and one was lost then", of(outAt("a", 1000, 1), outAndLost), Undecided},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.of.Finding(); got.Outcome != tt.want || got.Exhausted != (tt.want == Exhausted) {
				t.Errorf("Finding() = %+v, want %s", got, tt.want)
			}
		})
	}
	gone.Prediction = &capacity.Prediction{}
	if got := of(gone).Finding(); got != nil {
		t.Errorf("Finding() of a lost agent = %+v, want nil", got)
	}
}

func TestAFleetsVerdictSaysWhatItsAgentsDid(t *testing.T) {
	three := func(change func(f *Fleet)) Fleet {
		f := of(agent("agent-1", Undecided), agent("agent-2", Undecided), agent("agent-3", Undecided))
		f.Whole.Errors, f.Whole.Attempted = nil, 3000
		if change != nil {
			change(&f)
		}
		return f
	}
	nat := func(ports int) *capacity.Prediction {
		p := capacity.PredictNAT(capacity.NAT{Ports: ports, Addresses: 1, Clients: 3, Destinations: 1})
		return &p
	}
	first := outAt("agent-2", 1000, 1.2)
	tests := []struct {
		name string
		of   Fleet
		want []string
		not  []string
	}{
		{"all ran out", of(outAt("agent-1", 1000, 1.4), first, outAt("agent-3", 1000, 1.3)), []string{
			"Out of local ports on all 3 agents: after 3000 connections, when the last of them had none, at 1.4 s; " +
				"exactly as predicted (1000 ports x 3 sources x 1 destination, each held 60 s: TIME_WAIT).",
			`agent-2 ran out first, after 1000 of its connections, at 1.2 s: connect(2) failed with EADDRNOTAVAIL ` +
				`("cannot assign requested address").`,
			"By the law these hosts together hold", "Each further host like these adds",
		}, []string{"did not run out", "Degraded", "limit, and not the target", "The generator"}},
		{"one was lost, and the others ran out", func() Fleet {
			f := of(outAt("agent-1", 1000, 1.4), first)
			f.Agents = append(f.Agents, FleetAgent{Name: "agent-3", Lost: "it left"})
			return f
		}(), []string{
			"By the law 2 hosts of 3 (agent-1 and agent-2) together hold",
			"Each further host like these adds 15.3 connections/s.",
		}, []string{"these hosts together", "on all"}},
		{"all ran out on one host", func() Fleet {
			f := of(outAt("agent-1", 600, 1.4), outAt("agent-2", 400, 1.4))
			f.Agents[1].SharesPorts, f.Hosts = true, *f.Agents[0].Prediction
			return f
		}(), []string{
			"Out of local ports on all 2 agents: after 1000 connections", "exactly as predicted (1000 ports x 1 source",
			"By the law the ports of their host hold", "Each further host like these adds 15.3 connections/s.",
		}, []string{"these hosts together"}},
		{"all ran out, further apart than a port is held",
			of(outAt("agent-1", 1000, 1.4), outAt("agent-2", 1000, 61.5)),
			[]string{"Out of local ports on all 2 agents, each after connections of its own: 2000 together, the last " +
				"agent at 61.5 s; exactly as predicted (1000 ports x 2 sources", "agent-1 ran out first"},
			[]string{"when the last of them had none"}},
		{"all ran out within the time that a port is held",
			of(outAt("agent-1", 1000, 1.4), outAt("agent-2", 1000, 61.3)),
			[]string{"after 2000 connections, when the last of them had none, at 61.3 s"}, []string{"of its own:"}},
		{"all ran out and went on", func() Fleet {
			f := of(outAt("agent-1", 1000, 1.4), first)
			f.GoesOn = true
			return f
		}(), []string{"on all 2 agents, each after connections of its own: 2000 together, the last agent at 1.4 s; " +
			"exactly as predicted"}, []string{"when the last of them had none"}},
		{"the only one ran out and went on", func() Fleet {
			f := of(first)
			f.GoesOn = true
			return f
		}(), []string{"on the only agent: after 1000 connections, at 1.2 s"}, []string{"of its own:"}},
		{"all ran out, sooner than predicted", of(outAt("agent-1", 990, 1.4), first), []string{
			"after 1990 connections", "; predicted were 2000 (",
		}, []string{"exactly as predicted"}},
		{"all ran out where the law had none", func() Fleet {
			f := of(outAt("agent-1", 990, 1.4), first)
			f.Hosts = capacity.Prediction{Reason: "RST close leaves no TIME_WAIT"}
			return f
		}(), []string{"the law had predicted none (RST close leaves no TIME_WAIT)."}, []string{"hosts together"}},
		{"the only one ran out", of(first), []string{
			"Out of local ports on the only agent: after 1000 connections, at 1.2 s; exactly as predicted (",
		}, []string{"ran out first", "the last of them"}},
		{"some ran out", of(agent("agent-1", Undecided), first, agent("agent-3", Sustained)), []string{
			"Out of local ports on 1 of 3 agents: agent-2, after 1000 of its connections, at 1.2 s; agent-1 and " +
				"agent-3 did not run out. Together: 3000 connections in 10 s at 300/s",
		}, []string{"on all", "ran out first", "exactly as predicted"}},
		{"two of three ran out", of(outAt("agent-1", 1000, 1.4), first, agent("agent-3", Sustained)), []string{
			"Out of local ports on 2 of 3 agents: agent-2, after 1000 of its connections, at 1.2 s, and then " +
				"agent-1; " +
				"agent-3 did not run out.",
		}, nil},
		{"ran out within the warm-up", of(outAt("agent-1", 1000, -0.5), agent("agent-2", Undecided)), []string{
			"agent-1, after 1000 of its connections, 500 ms before the end of the warm-up",
		}, nil},
		{"none did", three(nil), []string{"Undecided on 3 agents: 3000 connections in 10 s at 300/s.",
			"By the law these hosts together hold"}, []string{"ran out", "Each further", "same and their ports"}},
		{"none did, and none was to", three(func(f *Fleet) {
			f.Whole.Aimed, f.Whole.Succeeded,
				f.Whole.Attempted = false, 100, 100
		}), []string{
			"Done on 3 agents: 100 connections in 10 s at 10/s."}, []string{"By the law"}},
		{"interrupted", three(func(f *Fleet) { f.Whole.Interrupted = true }), []string{"Interrupted on 3 agents: "},
			nil},
		{"all sustained", of(agent("agent-1", Sustained), agent("agent-2", Sustained)), []string{
			"Sustained on all 2 agents: 3000 connections"}, []string{"Undecided"}},
		{"nothing succeeded", three(func(f *Fleet) {
			f.Whole.Succeeded, f.Whole.Errors = 0, map[string]int64{"connect: ECONNREFUSED": 3000}
		}), []string{"Failed: none of 3000 connections succeeded; connect: ECONNREFUSED, 3000 times"},
			[]string{"Done"}},
		{"all answers were errors", three(func(f *Fleet) {
			f.Whole.BadAnswers, f.Whole.Status = 3000, map[string]int64{"503": 3000}
		}), []string{"Failed: all 3000 answers were errors, HTTP status 503. "}, nil},
		{"one was lost", three(func(f *Fleet) {
			f.Agents[1].Lost, f.Agents[1].LostAt = "no beat for 2.5 s", new(3.2)
		}), []string{"Degraded: 1 of 3 agents did not go on to the end: agent-2 (at 3.2 s: no beat for 2.5 s). " +
			"Undecided"},
			nil},
		{"one was lost before the start", three(func(f *Fleet) { f.Agents[1].Lost = "before the start: it went away" }),
			[]string{"agent-2 (before the start: it went away)."}, nil},
		{"open files ran out on one", three(func(f *Fleet) {
			f.Agents[2].Errors = map[string]int64{"socket: EMFILE": 12, "recv: EOF": 1}
		}), []string{"Out of open files on agent-3, 12 times: "}, nil},
		{"others failed on one", three(func(f *Fleet) { f.Agents[2].Errors = map[string]int64{"recv: EOF": 1} }), nil,
			[]string{"open files"}},
		{"one was busy all the time", three(func(f *Fleet) {
			f.Agents[2].Limit = &Bound{What: ByClient, Evidence: "its busiest thread ran 99 %"}
		}), []string{"agent-3 was itself the limit, and not the target: its busiest thread ran 99 %."},
			[]string{"were"}},
		{"one was late", three(func(f *Fleet) { f.Agents[1].Own = "response p99" }), []string{
			"The generator of agent-2 was late, or was not run for a while, which is in its response p99."},
			[]string{"limit, and not the target"}},
		{"two were late", three(func(f *Fleet) { f.Agents[1].Own, f.Agents[2].Own = "response p99", "response max" }),
			[]string{"The generators of agent-2 and agent-3 were late, or were not run for a while, which is in " +
				"figures " +
				"of each; of agent-2 in its response p99."}, nil},
		{"two were busy", three(func(f *Fleet) {
			f.Agents[0].Limit = &Bound{What: ByClient, Evidence: "its busiest thread ran 99 %"}
			f.Agents[2].Limit = &Bound{What: ByClient, Evidence: "its busiest thread ran 99 %"}
		}), []string{"agent-1 and agent-3 were themselves the limit, and not the target; agent-1: its busiest thread"},
			[]string{"The generator"}},
		{"one began late", three(func(f *Fleet) { f.Agents[1].Late, f.Agents[1].StartedLate = true, 0.3 }), []string{
			"agent-2 began 300 ms late: its part of each interval"}, nil},
		{"two began at another time", three(func(f *Fleet) {
			f.Agents[0].Late, f.Agents[0].StartedLate = true, 0.1
			f.Agents[1].Late, f.Agents[1].StartedLate = true, -0.3
		}), []string{"agent-1 and agent-2 began at another time, agent-2 300 ms early: "}, nil},
		{"one has fewer ports", func() Fleet {
			f := three(nil)
			law := capacity.Predict(capacity.Settings{Ports: 100, Sources: 1, Destinations: 1, Timestamps: true})
			f.Agents[1].Prediction = &law
			return f
		}(), []string{"Their shares are the same and their ports are not: agent-2 runs out first, from 5/s of all " +
			"agents together on."}, nil},
		{"the ports of one never run out", func() Fleet {
			f := three(nil)
			law := capacity.Predict(capacity.Settings{Ports: 1000, Sources: 1, Destinations: 1, Reset: true})
			f.Agents[1].Prediction = &law
			f.Hosts = capacity.Together([]capacity.Prediction{*f.Agents[0].Prediction, law, *f.Agents[2].Prediction})
			return f
		}(), []string{"By the law these hosts together hold 46 connections/s for ever, when each has the same share."},
			[]string{"never more than"}},
		{"as many are in flight as a NAT has ports for", three(func(f *Fleet) { f.NAT, f.InFlight = nat(500), 425 }),
			[]string{"By the law the NAT that the agents share is the limit: it has ports for 425 to 500 connections " +
				"at a time.",
				"The hosts alone would hold up to 50 connections/s."},
			[]string{"these hosts together", "open files", "do not fill it", "is not known"}},
		{"fewer are in flight than a NAT has ports for", three(func(f *Fleet) { f.NAT, f.InFlight = nat(500), 424 }),
			[]string{"By the law these hosts together hold",
				"The NAT that they share has ports for 425 to 500 connections at a time, and the load no more " +
					"than 424 in flight: open ones alone do not fill it. Whether it keeps the ports of closed ones " +
					"is not known: "},
			[]string{"is the limit", "The hosts alone", "is not what limits them"}},
		{"fewer were seen in flight in an open loop", three(func(f *Fleet) {
			f.NAT, f.InFlight, f.InFlightSeen = nat(500), 600, new(7)
		}), []string{"By the law these hosts together hold",
			"and no interval ended with more than 7 in flight: open ones alone do not fill it. Whether "},
			[]string{"is the limit", "the load"}},
		{"as many were seen in flight in an open loop", three(func(f *Fleet) {
			f.NAT, f.InFlight, f.InFlightSeen = nat(500), 600, new(425)
		}), []string{"By the law the NAT that the agents share is the limit: "}, []string{"do not fill it"}},
		{"as many are held as a NAT has ports for", three(func(f *Fleet) {
			f.NAT, f.InFlight, f.Whole.Use = nat(500), 500, Held
		}), []string{"By the law the NAT that the agents share is the limit: "},
			[]string{"The hosts alone", "hold up to"}},
		{"as many are in flight, and none succeeded", three(func(f *Fleet) {
			f.NAT, f.InFlight, f.Whole.Aimed, f.Whole.Succeeded = nat(500), 500, false, 0
		}), []string{"By the law the NAT that the agents share is the limit: ", "The hosts alone"}, nil},
		{"fewer are held than a NAT has ports for", three(func(f *Fleet) {
			f.NAT, f.InFlight, f.Whole.Use = nat(500), 400, Held
		}), nil, []string{"By the law", "The NAT"}},
		{"the only host ran out of ports behind a NAT with fewer", func() Fleet {
			f := of(first)
			f.NAT, f.InFlight = nat(500), 10
			return f
		}(), []string{"exactly as predicted (1000 ports", "By the law these hosts together hold 15.3 connections/s",
			"and the load no more than 10 in flight: open ones alone do not fill it."},
			[]string{"is the limit", "The hosts alone"}},
		{"it ran out of ports with as many in flight as its NAT has ports for", func() Fleet {
			f := of(first)
			f.NAT, f.InFlight = nat(500), 600
			return f
		}(), []string{"exactly as predicted (1000 ports", "By the law these hosts together hold 15.3 connections/s",
			"and the load had 600 in flight: it may have been a limit, too. Whether "},
			[]string{"is the limit", "do not fill it"}},
		{"a NAT has fewer, and those of hosts do not run out", three(func(f *Fleet) {
			f.NAT, f.InFlight, f.Hosts = nat(500), 600, capacity.Prediction{Reason: "RST close leaves no TIME_WAIT"}
		}), []string{"is the limit", "The ports of the hosts alone would not run out."}, nil},
		{"a NAT has fewer, and those of hosts run out of open ones", three(func(f *Fleet) {
			f.NAT, f.InFlight = nat(500), 1200
			f.Hosts = capacity.Predict(capacity.Settings{Ports: 1000, Sources: 1, Destinations: 1, Reset: true,
				InFlight: 1200})
		}), []string{"is the limit", "The ports of the hosts alone run out when 1000 connections are open at a time."},
			[]string{"would not run out"}},
		{"a NAT has fewer, and holds them", three(func(f *Fleet) {
			law := capacity.PredictNAT(capacity.NAT{Ports: 500, Addresses: 1, Clients: 3, Destinations: 1,
				Hold: time.Minute, Whole: true})
			f.NAT = &law
		}), []string{"By the law the NAT that the agents share is the limit: its ports hold "}, nil},
		{"a NAT has more, and holds them", three(func(f *Fleet) {
			law := capacity.PredictNAT(capacity.NAT{Ports: 50000, Addresses: 1, Clients: 3, Destinations: 1,
				Hold: time.Minute, Whole: true})
			f.NAT = &law
		}), []string{"By the law these hosts together hold",
			"has more ports than the hosts, and is not what limits them."},
			nil},
		{"a NAT has more than the hosts can have open",
			three(func(f *Fleet) { f.NAT, f.InFlight = nat(50000), 45000 }),
			[]string{"By the law these hosts together hold", "has ports for 42500 to 50000 connections at a time, " +
				"and the hosts for 3000: open ones alone do not fill it first. Whether "}, []string{"is the limit"}},
		{"connects time out at a NAT that is full", three(func(f *Fleet) {
			f.NAT, f.Whole.Errors = nat(500), map[string]int64{"connect: TIMEOUT": 7}
		}), []string{"7 connects timed out, and 3000 had been established, as many as the NAT that the agents share " +
			"has " +
			"ports for (425 to 500)"}, nil},
		{"connects time out before", three(func(f *Fleet) {
			f.NAT, f.Whole.Errors, f.Whole.Connected = nat(5000), map[string]int64{"connect: TIMEOUT": 7}, 100
		}), nil, []string{"timed out"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := all(JudgeFleet(tt.of))
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("JudgeFleet() says\n%s\nwant %q", text, want)
				}
			}
			for _, not := range tt.not {
				if strings.Contains(text, not) {
					t.Errorf("JudgeFleet() says\n%s\nwant nothing of %q", text, not)
				}
			}
		})
	}
}

func TestWhatLimitsAFleetIsWhatLimitsEveryAgent(t *testing.T) {
	busy := agent("b", Undecided)
	busy.Limit = &Bound{What: ByClient, Evidence: "its thread ran 99 %"}
	unknown := agent("c", Undecided)
	unknown.Limit = nil
	tests := []struct {
		name string
		of   Fleet
		what What
		want string
	}{
		{"one thing", of(agent("a", Undecided), agent("d", Undecided), unknown), ByTarget,
			"on a and d; a: it waited for answers"},
		{"one thing, of all", of(agent("a", Undecided), agent("d", Undecided)), ByTarget,
			"on all 2 agents; a: it waited for answers"},
		{"two things", of(agent("a", Undecided), busy), Uncertain,
			"because it is not the same on all agents: the client's processor, not the target on b; the target on a"},
		{"nothing that is known", of(unknown), "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.of.Limit()
			if got == nil {
				got = &Bound{}
			}
			if got.What != tt.what || got.Evidence != tt.want {
				t.Errorf("Limit() = %+v, want %s: %s", got, tt.what, tt.want)
			}
		})
	}
}

func TestThePredictionOfAFleetIsThatOfWhatRunsOutFirst(t *testing.T) {
	f := of(agent("a", Undecided), agent("b", Undecided))
	tests := []struct {
		name     string
		nat      capacity.NAT
		inFlight int
		nats     bool
	}{
		{"a NAT with fewer ports", capacity.NAT{Ports: 500, Addresses: 1, Clients: 2, Destinations: 1}, 500, true},
		{"a NAT with fewer, and fewer in flight", capacity.NAT{Ports: 500, Addresses: 1, Clients: 2, Destinations: 1},
			10, false},
		{"a NAT with more", capacity.NAT{Ports: 50000, Addresses: 1, Clients: 2, Destinations: 1}, 50000, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			law := capacity.PredictNAT(tt.nat)
			g := f
			g.NAT, g.InFlight = &law, tt.inFlight
			got := g.Prediction()
			if nats := got.SustainableCPS == law.SustainableCPS; nats != tt.nats ||
				strings.Contains(got.Reason, "the NAT that the agents share") != tt.nats {
				t.Errorf("Prediction() = %+v, want the NAT's: %t", got, tt.nats)
			}
		})
	}
}

func TestAFleetSaysFirstWhoWasMissing(t *testing.T) {
	gone := FleetAgent{Name: "b", Lost: "it left"}
	for want, f := range map[string]Fleet{
		"": {},
		"Degraded: an agent was missing from the beginning (c: it did not answer). ": {
			Missing: []string{"c: it did not answer"}},
		"Degraded: 3 agents were missing from the beginning (a: it left; and 2 more). ": {
			Missing: []string{"a: it left", "b: it left", "c: it left"}},
		"Degraded: 1 of 1 agent did not go on to the end: b (it left). ": {Agents: []FleetAgent{gone}},
		"Degraded: an agent was missing from the beginning (c: why), and 1 of 1 agent did not go on to the end: b " +
			"(it left). ": {Missing: []string{"c: why"}, Agents: []FleetAgent{gone}},
	} {
		if got := f.lostFirst(); got != want {
			t.Errorf("a fleet without %q and of %v begins with %q, want %q", f.Missing, f.Agents, got, want)
		}
	}
}

func TestASentenceNamesAFewAgents(t *testing.T) {
	tests := []struct {
		names []string
		want  string
	}{
		{nil, ""}, {[]string{"a"}, "a"}, {[]string{"a", "b"}, "a and b"},
		{[]string{"a", "b", "c", "d", "e"}, "a, b, c, d and e"},
		{[]string{"a", "b", "c", "d", "e", "f"}, "a, b, c, d and 2 more"},
	}
	for _, tt := range tests {
		if got := Names(tt.names); got != tt.want {
			t.Errorf("Names(%v) = %q, want %q", tt.names, got, tt.want)
		}
	}
}

// Hosts of which one holds much less than the others: an even share runs out there long before the
// sum of all is reached.
func TestTheHostThatRunsOutFirstIsNamedAtARateThatTheOthersHold(t *testing.T) {
	tests := []struct {
		name string
		rate float64 // of the fleet
		want bool
	}{
		{"a share that each holds", 28, false},
		{"a share that one does not hold for sure", 32, true},
		{"a share that one does not hold", 200, true},
		{"more than all hold together", 5000, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			reuses := agent("agent-1", Undecided)
			law := capacity.Predict(capacity.Settings{Ports: 1000, Sources: 1, Destinations: 1,
				Timestamps: true, Reuse: 1, ReuseDelay: time.Second})
			reuses.Prediction = &law
			f := of(reuses, agent("agent-2", Undecided))
			f.Whole.Aimed, f.Whole.Errors, f.Whole.Attempted = false, nil, 3000
			f.Whole.Plan = &Plan{From: tt.rate, To: tt.rate, Planned: 3000, Started: 3000}
			f.Whole.Prediction = f.Hosts
			got := all(JudgeFleet(f))
			if strings.Contains(got, "their ports are not: agent-2 runs out first") != tt.want {
				t.Errorf("at %v/s:\n%s\nwant that agent-2 runs out first: %v", tt.rate, got, tt.want)
			}
		})
	}
}
