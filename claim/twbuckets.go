package claim

import (
	"math"

	"tcpbench/scenario"
)

// twBuckets judges whether tcp_max_tw_buckets bounds TIME_WAITs at a price.
//
// tcp_time_wait (net/ipv4/tcp_minisocks.c) makes no TIME_WAIT when there are
// tcp_max_tw_buckets of them; the connection is gone at once, and
// TCPTimeWaitOverflow counts it.
func twBuckets() Rule {
	kept := Counter("TIME_WAITs made", "TcpExtTW")
	dropped := Counter("dropped (TCPTimeWaitOverflow)", "TcpExtTCPTimeWaitOverflow")
	return Rule{
		Figures: []Figure{Connections(), UntilExhausted(), kept, dropped, Outcome()},
		Judge: func(e *Evidence) Verdict {
			const usual, low = "the default", "tcp_max_tw_buckets=100"
			all, some, over := e.Of(usual, kept), e.Of(low, kept), e.Of(low, dropped)
			runsOut := e.Check(Exhausted(e.Run(usual)), "with the default, ports ran out after %.0f connections, each of which left a TIME_WAIT (%.0f)", e.Of(usual, Connections()), all)
			bounded := e.Check(!Exhausted(e.Run(low)) && some == 100, "with 100 buckets ports did not run out in %.0f connections: %.0f TIME_WAITs were made", e.Of(low, Connections()), some)
			counted := e.Check(math.Abs(e.Of(low, Connections())-some-over) < 1, "the kernel counted each one that it dropped: %.0f", over)
			if runsOut && bounded && counted {
				return verdict(scenario.Confirmed, "beyond 100 buckets %.0f of %.0f TIME_WAITs were never made and their ports were free at once; TCPTimeWaitOverflow counts every one.", over, e.Of(low, Connections()))
			}
			return verdict(scenario.Refuted, "of %.0f connections %.0f left a TIME_WAIT and %.0f were counted as dropped.", e.Of(low, Connections()), some, over)
		},
	}
}
