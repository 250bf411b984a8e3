package claim

import (
	"fmt"
	"strings"
	"testing"

	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/scenario"
)

// law is a prediction of so many ports, each held for a second.
func law(ports int64) func(*results.Run) {
	return func(r *results.Run) {
		r.Prediction = capacity.Prediction{Ports: int(ports), ConnectionsUntilExhaustion: ports,
			SustainableCPS: float64(ports)}
	}
}

// knee is one after which a connect(2) takes so long.
func knee(us, rate float64) func(*results.Run) {
	return func(r *results.Run) {
		r.Exhaustion.Knee = exhaustion.Knee{Found: true, ConnectAfterUS: &us, RateAfter: &rate}
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
		result("40000-43999", law(4000), ranOutAfter(4000), knee(narrowUS, 1e6/narrowUS)),
		result("40000-47999", law(8000), ranOutAfter(8000), knee(wideUS, 1e6/wideUS)),
	}, more...)
}

func TestWiderRangeGivesMoreConnectionsAtAPrice(t *testing.T) {
	wantAnswer(t, "port-range", scenario.Depends, ranges(100, 200)...)
	below := result("below", law(4000), planned(3600), succeeded(14400))
	wider := result("below, on the wide range", law(8000), planned(7200), succeeded(28800))
	wantText(t, wantAnswer(t, "port-range", scenario.Confirmed, ranges(100, 110, below, wider)...),
		"8000/s instead of 4000/s), which 2 of 2 rates that were offered show, on 4000 and 8000 ports.")
	wantAnswer(t, "port-range", scenario.Unclear, ranges(100, 110)...) // nothing shows what the ports sustain
	// What holds on the narrow range says nothing of the wide one.
	wantText(t, wantAnswer(t, "port-range", scenario.Unclear, ranges(100, 110, below)...),
		"no rate could be offered on the 8000 ports of 40000-47999")
	wantText(t, wantAnswer(t, "port-range", scenario.Depends, ranges(100, 200, below)...),
		"which 1 of 1 rates that were offered show, on 4000 ports. None was offered in full on the 8000 ports of")
	beyond := result("40000-43999 less 400 reserved", law(3600), succeeded(4000))
	wantAnswer(t, "port-range", scenario.Refuted, ranges(100, 200, beyond)...)
	wantAnswer(t, "port-range", scenario.Refuted, result("40000-43999", law(4000), ranOutAfter(4000), knee(100, 1)),
		result("40000-47999", law(8000), ranOutAfter(4000), knee(200, 1)))
}

func TestRateThatFailsBelowTheLawRefutesIt(t *testing.T) {
	below := result("below", law(4000), planned(3600), succeeded(14400))
	wantAnswer(t, "port-range", scenario.Depends, ranges(100, 200, below)...)
	fails := result("below", law(4000), planned(3600), ranOutAfter(4000))
	wantAnswer(t, "port-range", scenario.Refuted, ranges(100, 200, fails)...)
	holds := result("above", law(4000), planned(4400), succeeded(17600))
	wantAnswer(t, "port-range", scenario.Refuted, ranges(100, 200, holds)...)
}

// A generator that was too late shows nothing about ports.
func TestRateThatWasNotOfferedIsNoEvidence(t *testing.T) {
	late := result("below", law(4000), planned(3600), ranOutAfter(4000), func(r *results.Run) {
		r.Lateness.Valid, r.Lateness.OwnP99US = false, 2500
	})
	got := wantAnswer(t, "port-range", scenario.Depends, ranges(100, 200, late)...)
	if want := "below: it could not be offered: the generator was 2.5 ms late"; !said(got, want) {
		t.Errorf("the checks do not say %q: %v", want, got.Checks)
	}
	slow := result("below", law(4000), planned(3600), succeeded(3000), func(r *results.Run) {
		r.Lateness.Started, r.Lateness.BlockedByConnect = 7000, 5000
	})
	got = wantAnswer(t, "port-range", scenario.Depends, ranges(100, 200, slow)...)
	want := "the search left no time: 7000 of 10000 planned connections were begun"
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
	kernel := result("the kernel searches", law(4000), ranOutAfter(4000), knee(100, 9000))
	walk := result("bind the next port", law(4000), succeeded(90_000), rate(90_000))
	deaf := func(change func(*results.Run)) []*results.Run {
		return []*results.Run{kernel, walk, result("bind without timestamps", change, rate(50_000)),
			result("bind, the server without timestamps", change, rate(50_000))}
	}
	wantAnswer(t, "port-walk", scenario.Depends, deaf(ranOutAfter(4000))...)
	wantAnswer(t, "port-walk", scenario.Refuted, deaf(succeeded(50_000))...)
	runs := deaf(ranOutAfter(4000))
	// A client that is too slow to use up the ports shows nothing.
	slow := deaf(ranOutAfter(4000))
	slow[1] = result("bind the next port", law(4000), succeeded(122), rate(100))
	wantAnswer(t, "port-walk", scenario.Unclear, slow...)
	runs[1] = result("bind the next port", law(4000), ranOutAfter(4000), rate(50_000))
	wantAnswer(t, "port-walk", scenario.Confirmed, runs...)
}

func rate(perSecond float64) func(*results.Run) {
	return func(r *results.Run) { r.Rates.ConnectionsPerSecond = perSecond }
}

func TestReuseNeedsTimestampsAndASecond(t *testing.T) {
	runs := func(on, deaf *results.Run) []*results.Run {
		return []*results.Run{
			result("tcp_tw_reuse=0", ranOutAfter(1000)),
			result("tcp_tw_reuse=2 over a link", ranOutAfter(1000)),
			on, deaf,
			result("tcp_tw_reuse=1 and delay=200 ms", ranOutAfter(1000), total(5000), client("TcpExtTWRecycled", 4000)),
		}
	}
	const on, deaf = "tcp_tw_reuse=1", "tcp_tw_reuse=1 without timestamps"
	ends := result(deaf, ranOutAfter(1000))
	wantAnswer(t, "tw-reuse", scenario.Depends,
		runs(result(on, law(1000), ranOutAfter(1000), total(2000), client("TcpExtTWRecycled", 1000)), ends)...)
	wantAnswer(t, "tw-reuse", scenario.Confirmed,
		runs(result(on, law(1000), succeeded(50_000), client("TcpExtTWRecycled", 49_000)), ends)...)
	wantAnswer(t, "tw-reuse", scenario.Refuted, runs(result(on, law(1000), ranOutAfter(1000)), ends)...)
}

func TestTheDefaultOfReuseIsForLoopback(t *testing.T) {
	runs := []*results.Run{
		result("tcp_tw_reuse=0", ranOutAfter(1000)),
		result("tcp_tw_reuse=1", law(1000), ranOutAfter(1000), total(2000), client("TcpExtTWRecycled", 1000)),
		result("tcp_tw_reuse=1 without timestamps", ranOutAfter(1000)),
		result("tcp_tw_reuse=1 and delay=200 ms", ranOutAfter(1000), total(5000), client("TcpExtTWRecycled", 4000)),
		result("tcp_tw_reuse=2 on loopback", ranOutAfter(1000), total(2000), client("TcpExtTWRecycled", 1000)),
	}
	for _, tt := range []struct {
		overALink int64
		says      bool
	}{{0, true}, {1000, false}} {
		link := result("tcp_tw_reuse=2 over a link", ranOutAfter(1000), client("TcpExtTWRecycled", tt.overALink))
		got := wantAnswer(t, "tw-reuse", scenario.Depends, append(runs, link)...)
		if says := strings.Contains(got.Because, "on loopback alone"); says != tt.says {
			t.Errorf("%d taken over a link: Judge(tw-reuse) says %q", tt.overALink, got.Because)
		}
	}
}

// total is how many succeeded in all, also after the first failure.
func total(n int64) func(*results.Run) {
	return func(r *results.Run) { r.Totals.Succeeded = n }
}

func TestSourceAddressesMultiplyPorts(t *testing.T) {
	runs := func(boundTwice int64) []*results.Run {
		var out []*results.Run
		for _, sources := range []int64{1, 2, 4} {
			for _, destinations := range []int64{1, 2} {
				name := fmt.Sprintf("%d sources, %d destinations", sources, destinations)
				switch {
				case sources == 1 && destinations == 1:
					name = "1 source, 1 destination"
				case sources == 1:
					name = "1 source, 2 destinations"
				case destinations == 1:
					name = fmt.Sprintf("%d sources, 1 destination", sources)
				}
				bound := sources * 1000
				if destinations == 2 {
					bound *= boundTwice
				}
				out = append(out, result(name, ranOutAfter(1000*sources*destinations)),
					result(name+", bound with a port", ranOutAfter(bound)))
			}
		}
		return out
	}
	wantAnswer(t, "source-addresses", scenario.Depends, runs(1)...)
	wantAnswer(t, "source-addresses", scenario.Confirmed, runs(2)...)
	all := runs(1)
	for _, r := range all { // a plain bind that gives 4 sources no more than 1
		if strings.HasSuffix(r.Cell[scenario.CaseLabel], ", bound with a port") {
			ranOutAfter(1000)(r)
		}
	}
	wantAnswer(t, "source-addresses", scenario.Depends, all...)
	for _, r := range all {
		ranOutAfter(1000)(r)
	}
	wantAnswer(t, "source-addresses", scenario.Refuted, all...)
}

func TestKeepaliveStretchesPorts(t *testing.T) {
	served := func(name string, requests int64, ends bool) *results.Run {
		r := result(name, law(200), succeeded(20))
		if ends {
			ranOutAfter(200)(r)
		}
		each := 1.0
		r.Totals.Requests, r.CPU, r.Options.Concurrency = requests, &results.CPU{PerRequestUS: &each}, 20
		return r
	}
	runs := func(ten, hundred int64, forever bool) []*results.Run {
		return []*results.Run{
			served("1 request a connection", 200, true), served("10 requests a connection", ten, ten < 100_000),
			served("100 requests a connection", hundred, hundred < 100_000), served("unlimited", 1_000_000, !forever),
		}
	}
	wantAnswer(t, "keepalive", scenario.Depends, runs(1990, 19_700, true)...)
	wantAnswer(t, "keepalive", scenario.Confirmed, runs(1_000_000, 1_000_000, true)...)
	wantAnswer(t, "keepalive", scenario.Refuted, runs(1990, 19_700, false)...)
	wantAnswer(t, "keepalive", scenario.Unclear, runs(1990, 1990, true)...) // 100 did no more than 10
	lost := runs(1990, 19_700, true)
	lost[3].Totals.Attempted = 40
	wantAnswer(t, "keepalive", scenario.Unclear, lost...)
}
