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
	return Rule{
		Figures: []Figure{Connections(), UntilExhausted(), waitsMade(), waitsDropped(), finsAgain(), rstsInAnswer(),
			Outcome()},
		Judge: judgeTwBuckets,
	}
}

func judgeTwBuckets(e *Evidence) Verdict {
	const usual, low, harsh = "the default", "tcp_max_tw_buckets=100", "tcp_max_tw_buckets=0, each last ACK lost"
	ports := e.Of(usual, ports())
	all, some, over, n := e.Of(usual, waitsMade()), e.Of(low, waitsMade()), e.Of(low, waitsDropped()),
		e.Of(low, Connections())
	e.Needs(e.Exhausted(usual) && e.Of(usual, UntilExhausted()) == ports && math.Abs(all-ports) < 0.1*ports,
		"with the default, TIME_WAITs use up the ports", "%v connections on %v ports left %v TIME_WAITs, and ports %s",
		e.Of(usual, Connections()), ports, all, e.fate(usual))
	e.Needs(e.Exhausted(low) || n > ports, "with 100 buckets there are more connections than ports",
		"%v connections on %v ports, which %s", n, ports, e.fate(low))
	e.Check(some == 100, "with 100 buckets %v TIME_WAITs were made", some)
	counted := e.Check(some+over == n, "the kernel counted each one that it dropped: %v", over)
	e.lastACKsLost()
	gain := figure.Sprintf("%v of %v TIME_WAITs were never made and their ports were free at once; "+
		"TCPTimeWaitOverflow counts every one.", over, n)
	resets, peers := e.Of(harsh, rstsInAnswer()), e.Of(harsh, Connections())
	switch {
	case e.Exhausted(low):
		return verdict(scenario.Refuted, "with 100 buckets ports ran out after %v connections, of which %v left a "+
			"TIME_WAIT and %v were counted as dropped.", e.Of(low, UntilExhausted()), some, over).
			practice("do not lower tcp_max_tw_buckets for the ports: they ran out with 100 as well.")
	case some != 100 || !counted:
		return verdict(scenario.Unclear, "of %v connections %v left a TIME_WAIT and %v were counted as dropped, "+
			"which is not what 100 buckets do: something else kept the ports free.", n, some, over)
	case resets > 0:
		return verdict(scenario.Depends, "%s But a peer whose FIN was not acknowledged gets a RST for it where a "+
			"TIME_WAIT would send the ACK again: %v of %v times when each last ACK was lost. And the port's next "+
			"connection may begin while old segments are still on their way (late-packets).", gain, resets, peers).
			practice("do not lower tcp_max_tw_buckets to save ports: %v of %v peers that missed the last ACK got a "+
				"RST. Take TIME_WAITs over instead (tw-reuse, port-walk).", resets, peers)
	}
	return verdict(scenario.Confirmed, "%s Where each last ACK was lost, the server sent %v FINs again, and none of "+
		"%v connections was answered by a RST.", gain, e.Of(harsh, finsAgain()), peers).
		practice("lower tcp_max_tw_buckets where TIME_WAITs hold the ports: %v of %v were free at once.", over, n)
}

// lastACKsLost are the controls of what a TIME_WAIT is for: with one, a FIN that
// is sent again is answered by its ACK; and without one FINs come again as well.
func (e *Evidence) lastACKsLost() {
	const kind, harsh = "the default, each last ACK lost", "tcp_max_tw_buckets=0, each last ACK lost"
	tell := func(name string) string {
		return figure.Sprintf("%v connections left %v TIME_WAITs, the server sent %v FINs again, and %v RSTs answered",
			e.Of(name, Connections()), e.Of(name, waitsMade()), e.Of(name, finsAgain()), e.Of(name, rstsInAnswer()))
	}
	n := e.Of(kind, Connections())
	e.Needs(e.Of(kind, waitsMade()) >= n && e.Of(kind, finsAgain()) > 0.9*n && e.Of(kind, rstsInAnswer()) == 0,
		"with TIME_WAITs each FIN that comes again is acknowledged", "%s", tell(kind))
	e.Needs(e.Of(harsh, waitsMade()) == 0 && e.Of(harsh, finsAgain()) > 0.9*e.Of(harsh, Connections()),
		"without TIME_WAITs each FIN comes again as well", "%s", tell(harsh))
}

func waitsMade() Figure { return Counter("TIME_WAITs made", "TcpExtTW") }

func waitsDropped() Figure {
	return Counter("dropped (TCPTimeWaitOverflow)", "TcpExtTCPTimeWaitOverflow")
}

func finsAgain() Figure { return ServerCounter("FINs sent again", "TcpRetransSegs") }

func rstsInAnswer() Figure { return Counter("RSTs in answer", "TcpOutRsts") }
