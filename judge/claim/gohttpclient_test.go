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

func TestGoReusesConnectionsWhereItsPoolHoldsThem(t *testing.T) {
	const hundred, linger = "100 idle connections a host", "2, SetLinger(0) in DialContext"
	const two, short = "2 idle connections a host, the default", "100, answers of 64 B closed unread"
	few := result(two, ranOutAfter(1000), carried(2020, 1000), client("TcpExtTW", 1000))
	pooled := result(hundred, carried(180000, 200), client("TcpExtTW", 200))
	unread := result(short, ranOutAfter(1000), carried(1000, 1000), client("TcpExtTW", 1000))
	long := result("100, answers of 64 KiB closed unread", carried(37000, 37000), client("TcpOutRsts", 37400))
	reset := result(linger, carried(65000, 26000), client("TcpOutRsts", 26000))
	wantText(t, wantAnswer(t, "go-http-client", scenario.Depends, few, pooled, unread, long, reset),
		"64 KiB closed unread no port was missing, after 37400 RSTs and 0 TIME_WAITs, with 1 request a connection. "+
			"With SetLinger(0) and the default of 2 none was missing, after 26000 RSTs and 0 "+
			"TIME_WAITs, with 2.5 requests a connection.")

	// A pool that holds what is in use, whatever it is told.
	many := result(two, carried(180000, 200))
	drained := result(short, carried(180000, 200))
	grown := result(hundred, carried(720000, 200))
	wantAnswer(t, "go-http-client", scenario.Depends, many, grown, unread, long, reset)
	wantText(t, wantAnswer(t, "go-http-client", scenario.Confirmed, many, grown, drained, long, reset),
		"180000 requests on 200 connections, 900 requests each: ports did not run out; "+
			"with bodies closed unread, 180000")

	// One that does not help.
	still := result(hundred, ranOutAfter(1000), carried(2020, 1000))
	wantText(t, wantAnswer(t, "go-http-client", scenario.Refuted, few, still, unread, long, reset),
		"2020 requests on 1000 connections, 2.02 requests each: ports ran out.")

	// RST is not mentioned where FIN left TIME_WAITs.
	waited := result("100, answers of 64 KiB closed unread", carried(37000, 37000), client("TcpOutRsts", 37400),
		client("TcpExtTW", 37000))
	got := wantAnswer(t, "go-http-client", scenario.Depends, few, pooled, unread, waited, reset)
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
