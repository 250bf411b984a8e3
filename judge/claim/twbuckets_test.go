package claim

import (
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// lostACKs is a run of 100 connections whose last ACK was lost, each of which
// left a TIME_WAIT or not.
func lostACKs(name string, waits, resets int64) *results.Run {
	return result(name, succeeded(100), server("TcpRetransSegs", 100), client("TcpExtTW", waits),
		client("TcpOutRsts", resets), client("IpInReceives", 100))
}

func TestFewerTimeWaitsHaveAPriceOrNot(t *testing.T) {
	with := func(i int, r *results.Run) []*results.Run {
		runs := twBucketsTruth()
		runs[i] = r
		return runs
	}
	const low, none = "tcp_max_tw_buckets=100", "tcp_max_tw_buckets=0, each last ACK lost"
	got := wantAnswer(t, "tw-buckets", scenario.Depends, twBucketsTruth()...)
	wantText(t, got, "4900 of 5000 TIME_WAITs were never made")
	wantText(t, got, "100 of 100 times when each last ACK was lost")
	wantPractice(t, got, "100 of 100 peers that missed the last ACK got a RST")
	wantText(t, wantAnswer(t, "tw-buckets", scenario.Confirmed, with(3, lostACKs(none, 0, 0))...),
		"the server sent 100 FINs again, and none of 100 connections was answered by a RST")
	wantText(t, wantAnswer(t, "tw-buckets", scenario.Refuted,
		with(1, result(low, ranOutAfter(1000), client("TcpExtTW", 1000)))...),
		"ports ran out after 1000 connections, of which 1000 left a TIME_WAIT and 0 were counted")

	// Controls that fail: no exhaustion to end, too few connections, no FIN that
	// comes again, buckets that were not in force, and a kernel that lost count.
	for _, tt := range []struct {
		runs []*results.Run
		text string
	}{
		{with(0, result("the default", law(1000), succeeded(5000), client("TcpExtTW", 1000))), "ports did not run out"},
		{with(1, result(low, succeeded(900), client("TcpExtTW", 100), client("TcpExtTCPTimeWaitOverflow", 800))),
			"900 connections on 1000 ports"},
		{with(1, result(low, succeeded(5000), client("TcpExtTW", 100))), "100 left a TIME_WAIT and 0 were counted"},
		{with(2, lostACKs("the default, each last ACK lost", 100, 40)), "and 40 RSTs answered"},
		{with(3, lostACKs(none, 100, 0)), "100 connections left 100 TIME_WAITs"},
		{with(3, result(none, succeeded(100), client("IpInReceives", 100))), "the server sent 0 FINs again"},
	} {
		wantText(t, wantAnswer(t, "tw-buckets", scenario.Unclear, tt.runs...), tt.text)
	}
}
