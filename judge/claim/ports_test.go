package claim

import (
	"strings"
	"testing"

	"tcpbench/law/capacity"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// law is a prediction of so many ports, each held for a second.
func law(ports int64) func(*results.Run) {
	return func(r *results.Run) {
		r.Prediction = capacity.Prediction{Ports: int(ports), ConnectionsUntilExhaustion: ports,
			ConnectionsAtLeast: ports, SafeCPS: 0.95 * float64(ports), SustainableCPS: float64(ports)}
	}
}

// has is a prediction of so many ports, and of nothing else.
func has(ports int) func(*results.Run) {
	return func(r *results.Run) { r.Prediction.Ports = ports }
}

// searched is a run whose connects took so long, at such a rate, past half of the ports.
func searched(us, rate float64) func(*results.Run) {
	return func(r *results.Run) {
		const before, stretch = 0.1, 10 // seconds until half of them are in use, and connections past it
		half := int64(r.Prediction.Ports+1) / 2
		r.Prediction.HoldSeconds = 60
		r.ConnectCost = []metrics.Point{
			{AfterConnections: half, AtSeconds: before, CallUS: 1},
			{AfterConnections: half + stretch, AtSeconds: before + stretch/rate, CallUS: us},
		}
	}
}

func planned(rate float64) func(*results.Run) {
	return func(r *results.Run) {
		r.Options.Rate = scenario.Rate{From: rate, To: rate}
		r.Lateness = &results.Lateness{Planned: 10_000, Started: 10_000, Valid: true}
	}
}

func ranges(narrowUS, wideUS float64, more ...*results.Run) []*results.Run {
	return append([]*results.Run{
		result("40000-41999", law(2000), ranOutAfter(2000), searched(narrowUS, 1e6/narrowUS)),
		result("40000-47999", law(8000), ranOutAfter(8000), searched(wideUS, 1e6/wideUS)),
	}, more...)
}

func TestWiderRangeGivesMoreConnectionsAtAPrice(t *testing.T) {
	wantText(t, wantAnswer(t, "port-range", scenario.Depends, ranges(100, 200)...),
		"2 times dearer than in the narrow range, so one that opens connections as fast as it can has 5000/s")
	fast := ranges(100, 200)
	searched(200, 10_000)(fast[1])
	wantText(t, wantAnswer(t, "port-range", scenario.Depends, fast...),
		"2 times dearer than in the narrow range.")
	below := result("below", law(2000), planned(1800), succeeded(10_000))
	wider := result("below, on the wide range", law(8000), planned(7200), succeeded(28800))
	wantText(t, wantAnswer(t, "port-range", scenario.Confirmed, ranges(100, 110, below, wider)...),
		"8000/s instead of 2000/s), which 2 of 2 rates that were offered show, on 2000 and 8000 ports.")
	wantAnswer(t, "port-range", scenario.Unclear, ranges(100, 110)...) // nothing shows what the ports sustain
	// What holds on the narrow range says nothing of the wide one.
	wantText(t, wantAnswer(t, "port-range", scenario.Unclear, ranges(100, 110, below)...),
		"no rate could be offered on the 8000 ports of 40000-47999")
	wantText(t, wantAnswer(t, "port-range", scenario.Depends, ranges(100, 200, below)...),
		"which 1 of 1 rates that were offered show, on 2000 ports. Of the cases that went as fast as they could, 2 "+
			"ran out after as many connections as it says. None was offered in full on the 8000 ports of")
	beyond := result("40000-41999 less 200 reserved", law(1800), succeeded(2000))
	wantAnswer(t, "port-range", scenario.Refuted, ranges(100, 200, beyond)...)
	wantAnswer(t, "port-range", scenario.Refuted,
		result("40000-41999", law(2000), ranOutAfter(2000), searched(100, 1e4)),
		result("40000-47999", law(8000), ranOutAfter(2000), searched(200, 1e4)))
}

func TestRateThatFailsBelowTheLawRefutesIt(t *testing.T) {
	below := result("below", law(2000), planned(1800), succeeded(10_000))
	wantAnswer(t, "port-range", scenario.Depends, ranges(100, 200, below)...)
	fails := result("below", law(2000), planned(1800), ranOutAfter(2000))
	wantAnswer(t, "port-range", scenario.Refuted, ranges(100, 200, fails)...)
	holds := result("above", law(2000), planned(2200), succeeded(10_000))
	wantAnswer(t, "port-range", scenario.Refuted, ranges(100, 200, holds)...)
}

// A rate that came late may take longer than a port is held: the first ones are free again.
func TestMoreThanThereArePortsRefutesNothingWhereTheFirstOnesCameFree(t *testing.T) {
	for _, tt := range []struct {
		at   float64
		want scenario.Answer
	}{{1.08, scenario.Depends}, {0.98, scenario.Refuted}} {
		above := result("above", law(2000), planned(2200), ranOutAfter(2160), func(r *results.Run) {
			r.Prediction.HoldSeconds, r.Prediction.HoldSecondsMax = 1, 1.1
			r.Exhaustion.AfterSeconds = &tt.at
		})
		wantAnswer(t, "port-range", tt.want, ranges(100, 200, above)...)
	}
}

// A generator that was too late shows nothing about ports.
func TestRateThatWasNotOfferedIsNoEvidence(t *testing.T) {
	late := result("below", law(2000), planned(1800), ranOutAfter(2000), func(r *results.Run) {
		r.DurationS, r.Lateness.Valid, r.Lateness.OwnP99US = 1, false, 2500
	})
	got := wantAnswer(t, "port-range", scenario.Depends, ranges(100, 200, late)...)
	if want := "below: it could not be offered: the generator was 2.5 ms late"; !said(got, want) {
		t.Errorf("the checks do not say %q: %v", want, got.Checks)
	}
	slow := result("below", law(2000), planned(1800), succeeded(700), func(r *results.Run) {
		r.Lateness.Started, r.Lateness.BlockedByConnect = 700, 5000
	})
	got = wantAnswer(t, "port-range", scenario.Depends, ranges(100, 200, slow)...)
	want := "the search left no time: 700 of 10000 planned connections were begun"
	if !strings.Contains(got.Because, want) {
		t.Errorf("Because = %q, want it to say %q", got.Because, want)
	}
}

func said(c results.Claim, text string) bool {
	for _, check := range c.Checks {
		if check.Text == text {
			return true
		}
	}
	return false
}

func TestPortWalkNeedsTimestamps(t *testing.T) {
	with := func(changes map[int]func(*results.Run)) []*results.Run {
		runs := portWalkTruth()
		for i, change := range changes {
			change(runs[i])
		}
		return runs
	}
	lasts := func(n int64) func(*results.Run) {
		return func(r *results.Run) { succeeded(n)(r); r.Exhaustion = nil }
	}
	got := wantAnswer(t, "port-walk", scenario.Depends, portWalkTruth()...)
	wantText(t, got, "90000 connections on 4000 ports and no failure, at 57000 connections/s without the search for "+
		"a port instead of 9000; without timestamps on the client it opened 4000 connections and ports ran out")
	wantPractice(t, got, "if both sides have tcp_timestamps=1: 90000 connections on 4000 ports")
	wantText(t, wantAnswer(t, "port-walk", scenario.Refuted, with(map[int]func(*results.Run){2: lasts(50_000),
		3: lasts(50_000)})...), "without timestamps on the client it opened 50000 connections and ports did not run "+
		"out")
	wantText(t, wantAnswer(t, "port-walk", scenario.Confirmed,
		with(map[int]func(*results.Run){1: ranOutAfter(4000)})...),
		"it ended after 4000 connections, as it did without after 4000")
	// A client that is too slow to use up the ports shows nothing, and neither does
	// one that has other ports than the kernel finds.
	for i, text := range []string{"4000 connections on 4000 ports, which did not run out", "122 on 4000 ports",
		"122 on 4000 ports", "122 on 4000 ports"} {
		change := lasts(122)
		if i == 0 {
			change = func(r *results.Run) { r.Exhaustion.Exhausted = false }
		}
		wantText(t, wantAnswer(t, "port-walk", scenario.Unclear, with(map[int]func(*results.Run){i: change})...), text)
	}
}

func rate(perSecond float64) func(*results.Run) {
	return func(r *results.Run) { r.Rates.ConnectionsPerSecond = perSecond }
}

func TestReuseNeedsTimestampsAndASecond(t *testing.T) {
	const on, deaf = "tcp_tw_reuse=1", "tcp_tw_reuse=1 without timestamps"
	with := func(i int, r *results.Run) []*results.Run {
		runs := twReuseTruth()
		runs[i] = r
		return runs
	}
	taken := func(n int64) func(*results.Run) { return client("TcpExtTWRecycled", n) }
	got := wantAnswer(t, "tw-reuse", scenario.Depends, twReuseTruth()...)
	for _, want := range []string{"5000 connections in 5 s on 1000 ports, 4000 of them on the port of a TIME_WAIT",
		"with a delay of 200 ms 25000 and 24000, and ports ran out", "without it 1000.", "ports ran out after 1000 " +
			"connections. The default, 2, does it on loopback alone: 3999 times, where ports ran out, and 0 over a " +
			"link, where they ran out."} {
		wantText(t, got, want)
	}
	wantPractice(t, got, "below one connection per port and second: 500/s on 1000 ports")
	wantText(t, wantAnswer(t, "tw-reuse", scenario.Confirmed, with(3, result(on, has(1000), lasting(1),
		succeeded(50_000),
		taken(49_000)))...), "50000 connections were opened in 1 s on 1000 ports, 49000 of them")
	wantText(t, wantAnswer(t, "tw-reuse", scenario.Refuted, with(3, result(on, law(1000), ranOutAfter(1000), lasted(5),
		client("IpInReceives", 1000)))...), "0 TIME_WAITs were taken over, and it opened 1000 connections")

	// A machine that is too slow to run out of ports ends nothing, and one that
	// had no time to try again does not refute it.
	for _, r := range []*results.Run{
		result(on, law(1000), ranOutAfter(1000), lasted(1), client("IpInReceives", 1000)),
		result(on, has(1000), lasting(1), succeeded(1800), taken(800)),
	} {
		wantText(t, wantAnswer(t, "tw-reuse", scenario.Unclear, with(3, r)...), "show neither an end nor that there "+
			"is none")
	}
	wantText(t, wantAnswer(t, "tw-reuse", scenario.Unclear, with(4, result(deaf, succeeded(900),
		client("IpInReceives", 900)))...), "900 connections on 1000 ports")
	wantText(t, wantAnswer(t, "tw-reuse", scenario.Depends, with(1, result("tcp_tw_reuse=2 over a link",
		ranOutAfter(1000), taken(1000)))...), "ports ran out after 1000 connections.")
}

// total is how many succeeded in all, also after the first failure.
func total(n int64) func(*results.Run) {
	return func(r *results.Run) { r.Totals.Succeeded = n }
}

// sourceRuns have 1000 ports for each source and destination, and bound with a
// port so many times that for a second destination.
func sourceRuns(boundTwice int64) []*results.Run {
	var out []*results.Run
	add := func(name string, n int64) { out = append(out, result(name, ranOutAfter(n))) }
	for _, c := range []struct {
		name      string
		ports     int64
		both, two bool
	}{
		{"1 source, 1 destination", 1000, true, false}, {"2 sources, 1 destination", 2000, false, false},
		{"4 sources, 1 destination", 4000, true, false}, {"1 source, 2 destinations", 1000, true, true},
		{"4 sources, 2 destinations", 4000, true, true},
	} {
		free, bound := c.ports, c.ports
		if c.two {
			free, bound = 2*free, boundTwice*bound
		}
		add(c.name, free)
		if c.both {
			add(c.name+", bound with a port", bound)
		}
	}
	has(1000)(out[0])
	both := out[len(out)-1].Exhaustion
	both.Call, both.Errno = "bind", "EADDRINUSE"
	return out
}

func TestSourceAddressesMultiplyPorts(t *testing.T) {
	got := wantAnswer(t, "source-addresses", scenario.Depends, sourceRuns(1)...)
	wantText(t, got, "with IP_BIND_ADDRESS_NO_PORT, 1000, 2000 and 4000 connections with 1, 2 and 4 sources, and "+
		"2000 and 8000 with 1 and 4 to two destinations. A plain bind takes a port for all destinations: 1000 and "+
		"4000 with 1 and 4 sources, and 1000 and 4000 to two destinations: bind: EADDRINUSE.")
	wantPractice(t, got, "8000 connections to two destinations, where a plain bind gave 4000")
	wantText(t, wantAnswer(t, "source-addresses", scenario.Confirmed, sourceRuns(2)...), "2000 and 8000 to two")
	all := sourceRuns(1)
	each := func(is func(string) bool) []*results.Run {
		for _, r := range all {
			if is(r.Cell[scenario.CaseLabel]) {
				n := int64(1000)
				r.Exhaustion.AfterConnections = &n
			}
		}
		return all
	}
	// A plain bind that gives 4 sources no more than 1, and then no bind does.
	wantText(t, wantAnswer(t, "source-addresses", scenario.Depends, each(func(name string) bool {
		return strings.HasSuffix(name, ", bound with a port")
	})...), "With a plain bind they do not: 1000 and 1000 with 1 and 4")
	wantText(t, wantAnswer(t, "source-addresses", scenario.Refuted, each(func(string) bool { return true })...),
		"1000, 1000 and 1000 connections with 1, 2 and 4 sources")
	lost := sourceRuns(1)
	law(2000)(lost[0])
	wantText(t, wantAnswer(t, "source-addresses", scenario.Unclear, lost...), "1000 connections on 2000 ports")
}

// keepaliveRuns had so many requests on 200 ports, with 10 and with 100 on a
// connection, and did not run out with a million.
func keepaliveRuns(ten, hundred int64, forever bool) []*results.Run {
	served := func(name string, requests int64, cpu float64, ends bool) *results.Run {
		r := result(name, succeeded(20))
		if ends {
			ranOutAfter(200)(r)
		}
		r.Totals.Requests, r.Options.Concurrency = requests, 20
		if cpu > 0 {
			r.CPU = &results.CPU{PerRequestUS: &cpu}
		}
		return r
	}
	one := served("1 request a connection", 200, 26.1, true)
	has(200)(one)
	return []*results.Run{
		one, served("10 requests a connection", ten, 0, ten < 100_000),
		served("100 requests a connection", hundred, 0, hundred < 100_000),
		served("unlimited", 1_000_000, 4.7, !forever),
	}
}

func TestKeepaliveStretchesPorts(t *testing.T) {
	got := wantAnswer(t, "keepalive", scenario.Depends, keepaliveRuns(1990, 19_700, true)...)
	wantText(t, got, "200 ports lasted for 200, 1990 and 19700 requests with 1, 10 and 100 on a connection. Only "+
		"connections that are never closed end it: 1000000 requests on 20. And a request costs the client 26.1 us")
	wantPractice(t, got, "at a limit of 100, 200 ports lasted for 19700 requests")
	wantText(t, wantAnswer(t, "keepalive", scenario.Confirmed, keepaliveRuns(1_000_000, 1_000_000, true)...),
		"1000000 requests with 10 on a connection, 1000000 with 100, on 200 ports")
	wantText(t, wantAnswer(t, "keepalive", scenario.Refuted, keepaliveRuns(1990, 19_700, false)...),
		"after 200 connections and 1000000 requests")
	wantAnswer(t, "keepalive", scenario.Unclear, keepaliveRuns(1990, 1990, true)...) // 100 did no more than 10
	lost := keepaliveRuns(1990, 19_700, true)
	lost[3].Totals.Attempted = 40
	wantAnswer(t, "keepalive", scenario.Unclear, lost...)

	// Too few requests to run out of ports end nothing.
	few := keepaliveRuns(1_000_000, 1_000_000, true)
	few[1].Totals.Requests, few[2].Totals.Requests = 1500, 1500
	wantText(t, wantAnswer(t, "keepalive", scenario.Unclear, few...), "200 ports lasted for 200, 1500 and 1500 "+
		"requests")
	few = keepaliveRuns(1990, 19_700, true)
	few[3].Totals.Requests = 15_000
	wantText(t, wantAnswer(t, "keepalive", scenario.Unclear, few...), "15000 on 200 ports")
	unlimited := keepaliveRuns(1990, 19_700, true)
	unlimited[0].Exhaustion.Exhausted = false
	wantText(t, wantAnswer(t, "keepalive", scenario.Unclear, unlimited...), "a control failed, \"with 1 request")
}
