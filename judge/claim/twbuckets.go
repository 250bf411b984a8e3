package claim

import (
	"math"

	"tcpbench/internal/figure"
	"tcpbench/scenario"
)

// twBuckets judges whether fewer TIME_WAITs are to be had for nothing.
//
// tcp_time_wait (net/ipv4/tcp_minisocks.c) makes no TIME_WAIT when there are
// tcp_max_tw_buckets of them; the connection is gone at once, and
// TCPTimeWaitOverflow counts it. A FIN that the peer sends again, for lack of
// the last ACK, then meets no socket, and is answered by a RST (tcp_v4_rcv).
func twBuckets() Rule {
	kept := Counter("TIME_WAITs made", "TcpExtTW")
	dropped := Counter("dropped (TCPTimeWaitOverflow)", "TcpExtTCPTimeWaitOverflow")
	again := ServerCounter("FINs sent again", "TcpRetransSegs")
	reset := Counter("RSTs in answer", "TcpOutRsts")
	return Rule{
		Figures: []Figure{Connections(), UntilExhausted(), kept, dropped, again, reset, Outcome()},
		Judge: func(e *Evidence) Verdict {
			const usual, low, kind, harsh = "the default", "tcp_max_tw_buckets=100", "the default, each last ACK lost",
				"tcp_max_tw_buckets=0, each last ACK lost"
			all, some, over, n := e.Of(usual, kept), e.Of(low, kept), e.Of(low, dropped), e.Of(low, Connections())
			runsOut := e.Check(e.Exhausted(usual) && e.Of(usual, Connections()) > 0,
				"with the default, ports ran out after %v connections, which left %v TIME_WAITs",
				e.Of(usual, Connections()), all)
			bounded := e.Check(!e.Exhausted(low) && some == 100,
				"with 100 buckets ports did not run out in %v connections: %v TIME_WAITs were made", n, some)
			counted := e.Check(math.Abs(n-some-over) < 1, "the kernel counted each one that it dropped: %v", over)
			if !runsOut {
				return verdict(scenario.Unclear,
					"with the default ports did not run out, so there was no exhaustion to end.")
			}
			if !bounded || !counted {
				return verdict(scenario.Refuted,
					"of %v connections %v left a TIME_WAIT and %v were counted as dropped.", n, some, over)
			}
			orderly := e.Check(e.Of(kind, reset) == 0 && e.Of(kind, again) > 0,
				"where the last ACK of %v connections was lost, the server sent %v FINs again; TIME_WAITs answered, "+
					"and %v RSTs were sent", e.Of(kind, Connections()), e.Of(kind, again), e.Of(kind, reset))
			resets := e.Check(e.Of(harsh, reset) > 0,
				"without TIME_WAITs the server sent %v FINs again, and was answered by %v RSTs", e.Of(harsh, again),
				e.Of(harsh, reset))
			gain := figure.Sprintf("%v of %v TIME_WAITs were never made and their ports were free at once; "+
				"TCPTimeWaitOverflow counts every one.", over, n)
			if orderly && resets {
				return verdict(scenario.Depends,
					"%s But a peer whose FIN was not acknowledged gets a RST for it where a TIME_WAIT would send the "+
						"ACK again: %v of %v times when each last ACK was lost. And the "+
						"port's next connection may begin "+
						"while old segments are still on their way (late-packets).", gain, e.Of(harsh, reset),
					e.Of(harsh, Connections()))
			}
			return verdict(scenario.Confirmed, "%s", gain)
		},
	}
}
