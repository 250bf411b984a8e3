package claim

import (
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// lostACKs is a run of 100 connections whose last ACK was lost.
func lostACKs(name string, resets int64) *results.Run {
	return result(name, succeeded(100), server("TcpRetransSegs", 100), client("TcpOutRsts", resets))
}

func TestFewerTimeWaitsHaveAPriceOrNot(t *testing.T) {
	usual := result("the default", ranOutAfter(1000), client("TcpExtTW", 1000))
	bounded := result("tcp_max_tw_buckets=100", succeeded(5000), client("TcpExtTW", 100),
		client("TcpExtTCPTimeWaitOverflow", 4900))
	kind := lostACKs("the default, each last ACK lost", 0)
	const none = "tcp_max_tw_buckets=0, each last ACK lost"
	wantAnswer(t, "tw-buckets", scenario.Depends, usual, bounded, kind, lostACKs(none, 100))
	wantAnswer(t, "tw-buckets", scenario.Confirmed, usual, bounded, kind, lostACKs(none, 0))

	broken := result("the default", succeeded(5000), client("TcpExtTW", 1000))
	wantAnswer(t, "tw-buckets", scenario.Unclear, broken, bounded)
	without := result("tcp_max_tw_buckets=100", ranOutAfter(1000), client("TcpExtTW", 1000))
	wantAnswer(t, "tw-buckets", scenario.Refuted, usual, without, kind, lostACKs(none, 100))
	silent := result("tcp_max_tw_buckets=100", succeeded(5000), client("TcpExtTW", 100))
	wantAnswer(t, "tw-buckets", scenario.Refuted, usual, silent, kind, lostACKs(none, 100))
}
