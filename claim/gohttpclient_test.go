package claim

import (
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// carried had so many requests on its connections.
func carried(requests, connections int64) func(*results.Run) {
	return func(r *results.Run) {
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
	wantAnswer(t, "go-http-client", scenario.Depends, few, pooled, unread, long, reset)

	// A pool that holds what is in use, whatever it is told.
	many := result(two, carried(180000, 200))
	drained := result(short, carried(180000, 200))
	grown := result(hundred, carried(720000, 200))
	wantAnswer(t, "go-http-client", scenario.Depends, many, grown, unread, long, reset)
	wantAnswer(t, "go-http-client", scenario.Confirmed, many, grown, drained, long, reset)

	// One that does not help, and one that was not asked often enough to tell.
	still := result(hundred, ranOutAfter(1000), carried(2020, 1000))
	wantAnswer(t, "go-http-client", scenario.Refuted, few, still, unread, long, reset)
	slow := result(hundred, carried(500, 100))
	slow.Prediction.Ports = 1000
	wantAnswer(t, "go-http-client", scenario.Unclear, few, slow, unread, long, reset)
}
