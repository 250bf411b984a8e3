package claim

import (
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// deadPeer judges whether SO_KEEPALIVE makes pings of a client's own needless.
//
// It is the peer's kernel that answers probes (RFC 9293, 3.8.4), whatever becomes of
// the program behind it.
func deadPeer() Rule {
	return Rule{
		Figures: []Figure{knownAfter(), keepaliveLaw(), probesSent(), unanswered(), foundDead(), timedOut()},
		Judge:   judgeDeadPeer,
	}
}

func probesSent() Figure { return Counter("probes sent (TCPKeepAlive)", "TcpExtTCPKeepAlive") }

func judgeDeadPeer(e *Evidence) Verdict {
	const gone, hangs = "keepalive 1s,1s,1, the host is gone", "keepalive 1s,1s,1, the program hangs"
	const goDefault, kernels = "keepalive 15s,15s,9, Go's default", "keepalive, the kernel's default"
	const ping, pingHangs = "PING every 250 ms, the host is gone", "PING every 250 ms, the program hangs"
	e.Needs(e.Of(ping, Requests()) > 0 && dead(e.Run(ping)) > 0, "PINGs are answered until the host is gone",
		"%v were; %s", e.Of(ping, Requests()), e.whenKnown(ping))
	e.Needs(e.Of(pingHangs, timedOut()) > 0 && e.Of(pingHangs, Requests()) > 0, "the program answers PINGs, and "+
		"then none",
		"%v were answered, and %v connections ended by a TIMEOUT", e.Of(pingHangs, Requests()),
		e.Of(pingHangs, timedOut()))
	e.Needs(e.Of(hangs, probesSent()) > 0, "probes are sent to the host whose program hangs", "%v were",
		e.Of(hangs, probesSent()))
	finds := followsLaw(e, gone)
	blind := e.Check(e.Of(hangs, foundDead()) == 0, "%s: %s, and %v of %v connections were found dead", hangs,
		figure.Counted(e.Of(hangs, probesSent()), "probe"), e.Of(hangs, foundDead()), e.Of(hangs, requestsTried()))
	told := fmt.Sprintf("of a host that is gone it knows after idle + interval x probes: %s with 1s,1s,1; by the law "+
		"%s with Go's default and %s with the kernel's. With a PING every 250 ms, given up after 1 s, it was %s.",
		e.whenKnown(gone), span(e.Of(goDefault, keepaliveLaw())), span(e.Of(kernels, keepaliveLaw())),
		e.whenKnown(ping))
	program := figure.Sprintf("of a program that hangs, %v of %v connections were found dead by it, after %s; "+
		"PINGs had "+
		"no answer in 1 s on %s", e.Of(hangs, foundDead()), e.Of(hangs, requestsTried()),
		figure.Counted(e.Of(hangs, probesSent()), "probe"),
		figure.Counted(e.Of(pingHangs, timedOut()), "connection"))
	switch {
	case !finds && dead(e.Run(gone)) < e.Run(gone).Totals.Attempted:
		return verdict(scenario.Refuted, "of a host that is gone it did not always know: %s. And "+
			"%s.", e.whenKnown(gone),
			program).
			practice("send pings of your own, with a timeout: with them it was %s.", e.whenKnown(ping))
	case !finds:
		return verdict(scenario.Unclear, "it knew, but not when the law idle + interval x probes says: %s.",
			e.whenKnown(gone))
	case !blind:
		return verdict(scenario.Confirmed, "%s And %s.", told, program).
			practice("set SO_KEEPALIVE with its three values: with 1s,1s,1 a dead peer was %s.", e.whenKnown(gone))
	}
	return verdict(scenario.Depends, "%s But %s.", told, program).
		practice("give requests a timeout, and send pings of your own where there are none: keepalive asks the peer's "+
			"kernel, which answered %s while its program hung. Set its three values for hosts that are gone, or "+
			"they are known after %s.", figure.Counted(e.Of(hangs, probesSent()), "probe"),
			span(e.Of(kernels, keepaliveLaw())))
}

// foundDead counts connections that keepalive found dead.
func foundDead() Figure {
	return Figure{Name: "found dead", of: use{failures: true}, Of: func(r *results.Run) (float64, bool) {
		return float64(r.Totals.Errors[probesUnanswered]), r.Totals.Attempted > 0
	}}
}

// timedOut counts connections that ended for lack of an answer in time.
func timedOut() Figure { return endedBy(wayToEnd{errno: "TIMEOUT"}) }
