package claim

import (
	"strings"
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// carried had so many requests on its connections.
func carried(requests, connections int64) func(*results.Run) {
	return func(r *results.Run) {
		r.Prediction.Ports = 1000
		r.Totals.Requests, r.Totals.Succeeded, r.Totals.Attempted = requests, connections, connections
	}
}

// byHTTP2 had all its answers by it.
func byHTTP2(r *results.Run) {
	r.Totals.Protocols, r.Totals.Unused = map[string]int64{"HTTP/2": r.Totals.Requests}, new(int64(99))
}

func byHTTP1(r *results.Run) {
	r.Totals.Protocols, r.Totals.Unused = map[string]int64{"HTTP/1": r.Totals.Requests}, new(int64(598))
}

func TestGoReusesConnectionsWhereItsPoolHoldsThem(t *testing.T) {
	const two, hundred, short = "2 idle connections a host, the default", "100 idle connections a host",
		"100, answers of 64 B closed unread"
	with := func(changes map[int]*results.Run) []*results.Run {
		runs := goHTTPTruth()
		for i, r := range changes {
			runs[i] = r
		}
		return runs
	}
	got := wantAnswer(t, "go-http-client", scenario.Depends, goHTTPTruth()...)
	for _, want := range []string{
		"it made 180000 requests on 200 connections, 900 requests each: ports did not run out. With the default of 2 " +
			"idle connections, 2020 requests on 1000 connections, 2.02 requests each: ports ran out.",
		"With SetLinger(0) and the default of 2, 65000 requests on 26000 connections, 2.5 requests each: ports did " +
			"not run out, after 26010 RSTs and 0 TIME_WAITs."} {
		wantText(t, got, want)
	}
	wantPractice(t, got, "set http.Transport.MaxIdleConnsPerHost to the requests in flight: 900 a connection instead "+
		"of 2.02, and read every body to its end before Close: unread, a connection carried 1.01.")

	wantText(t, got, " Over TLS and the default of 2, 1619 requests on 609 connections, 2.66 requests each: ports did "+
		"not run out, after 1208 RSTs and 663 TIME_WAITs, beside 598 connections that carried none. Over HTTP/2, "+
		"43000 requests on 1 connection, 43000 requests each: ports did not run out, after 100 RSTs and 0 "+
		"TIME_WAITs, beside 99 connections that carried none. With bodies closed unread there, 42000 requests on 1 "+
		"connection")
	other := result("2, HTTP/2 over TLS", carried(2020, 1000), ranOutAfter(1000), byHTTP2)
	other.Totals.Requests = 2020
	wantText(t, wantAnswer(t, "go-http-client", scenario.Depends, with(map[int]*results.Run{6: other})...),
		"Over HTTP/2, 2020 requests on 1000 connections, 2.02 requests each: ports ran out, after 0 RSTs")
	first := result("2, HTTP/2 over TLS", carried(43_000, 1))
	first.Totals.Protocols = map[string]int64{"HTTP/1": 43_000}
	wantText(t, wantAnswer(t, "go-http-client", scenario.Unclear, with(map[int]*results.Run{6: first})...),
		"all answers came by HTTP/2\": 0 of 43000")

	// A pool that holds what is in use, whatever it is told.
	many, drained := result(two, carried(180_000, 200)), result(short, carried(190_000, 200))
	wantAnswer(t, "go-http-client", scenario.Depends, with(map[int]*results.Run{0: many})...)
	wantText(t, wantAnswer(t, "go-http-client", scenario.Confirmed, with(map[int]*results.Run{0: many, 2: drained})...),
		"With bodies of 64 B closed unread and a pool of 100, 190000 requests on 200 connections")
	// One that does not help.
	wantText(t, wantAnswer(t, "go-http-client", scenario.Refuted, with(map[int]*results.Run{1: result(hundred,
		ranOutAfter(1000), carried(2020, 1000))})...), "2020 requests on 1000 connections, 2.02 requests each: ports "+
		"ran out.")
	// Ports that are free at once last without a pool.
	wantText(t, wantAnswer(t, "go-http-client", scenario.Unclear, with(map[int]*results.Run{1: result(hundred,
		carried(180_000, 180_000))})...), "180000 requests on 180000 connections, 1 request each")
	// RST is not mentioned where FIN left TIME_WAITs.
	waited := result("100, answers of 64 KiB closed unread", carried(37_000, 37_000), client("TcpOutRsts", 37_400),
		client("TcpExtTW", 37_000))
	got = wantAnswer(t, "go-http-client", scenario.Depends, with(map[int]*results.Run{3: waited})...)
	if strings.Contains(got.Because, "64 KiB") {
		t.Errorf("Because = %q, want nothing of bodies of 64 KiB", got.Because)
	}
}

// With no more requests than ports none can be missing, in any case.
func TestTooFewRequestsOfGoTellNothing(t *testing.T) {
	const hundred, two, short = "100 idle connections a host", "2 idle connections a host, the default",
		"100, answers of 64 B closed unread"
	others := []*results.Run{
		result("100, answers of 64 KiB closed unread", carried(37000, 37000), client("TcpOutRsts", 37400)),
		result("2, SetLinger(0) in DialContext", carried(65000, 26000), client("TcpOutRsts", 26000)),
	}
	for _, slow := range []string{hundred, two, short} {
		runs := others
		for _, name := range []string{hundred, two, short} {
			requests := int64(180000)
			if name == slow {
				requests = 500
			}
			runs = append(runs, result(name, carried(requests, 200)))
		}
		wantText(t, wantAnswer(t, "go-http-client", scenario.Unclear, runs...),
			slow+": it made 500 requests, no more than ports")
	}
}
