package claim

import (
	"testing"

	"tcpbench/scenario"
)

func TestBucketsBoundTimeWaitsOrDoNot(t *testing.T) {
	usual := result("the default", exhausted(1000), client("TcpExtTW", 1000))
	bounded := result("tcp_max_tw_buckets=100", succeeded(5000), client("TcpExtTW", 100), client("TcpExtTCPTimeWaitOverflow", 4900))
	wantAnswer(t, "tw-buckets", scenario.Confirmed, usual, bounded)

	without := result("tcp_max_tw_buckets=100", exhausted(1000), client("TcpExtTW", 1000))
	wantAnswer(t, "tw-buckets", scenario.Refuted, usual, without)
	silent := result("tcp_max_tw_buckets=100", succeeded(5000), client("TcpExtTW", 100))
	wantAnswer(t, "tw-buckets", scenario.Refuted, usual, silent)
}
