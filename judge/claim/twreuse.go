package claim

import (
	"math"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// twReuse judges whether tcp_tw_reuse ends the exhaustion of ports.
//
// tcp_twsk_unique (net/ipv4/tcp_ipv4.c) lets connect(2) take over a TIME_WAIT
// that is older than tcp_tw_reuse_delay, 1 s unless set, where both sides had
// timestamps; with tcp_tw_reuse=2 on loopback only.
func twReuse() Rule {
	return Rule{
		Figures: []Figure{Connections(), UntilExhausted(), takenOver(), Rate(), Outcome()},
		Judge:   judgeTwReuse,
	}
}

func judgeTwReuse(e *Evidence) Verdict {
	const on, off = "tcp_tw_reuse=1", "tcp_tw_reuse=0"
	ports, lasted := e.Of(on, ports()), e.Run(on).DurationS
	none, many, taken := e.Of(off, Connections()), e.Of(on, Connections()), e.Of(on, takenOver())
	e.Needs(e.Exhausted(off) && none <= ports && none == e.Of(off, UntilExhausted()) && e.Of(off, takenOver()) == 0,
		"without it ports run out",
		"%v connections on %v ports, which %s", none, ports, e.fate(off))
	// What a delay of 1 s permits, whatever the machine: one a port in each.
	most := ports * (1 + math.Floor(lasted))
	bounded := e.Check(e.Exhausted(on) && many <= most,
		"with 1, %v connections in %s, %v of them on the port of a TIME_WAIT, where one a port each second are %v; "+
			"ports %s", many, figure.Seconds(lasted), taken, most, e.fate(on))
	sooner, stamps, loopback := reuseSooner(e, many), reuseNeedsTimestamps(e, ports), reuseByDefault(e)
	switch {
	case many <= ports && taken == 0 && e.Exhausted(on) && triedFor(e.Run(on)) > 1.1:
		return verdict(scenario.Refuted, "with tcp_tw_reuse=1 %v TIME_WAITs were taken over, and it opened %v "+
			"connections on %v ports, as against %v.", taken, many, ports, none).
			practice("do not count on tcp_tw_reuse here: it took over %v TIME_WAITs in %s.", taken,
				figure.Seconds(lasted))
	case bounded && taken > 0 && many > ports:
		return verdict(scenario.Depends, "a TIME_WAIT's port can be used again after tcp_tw_reuse_delay, 1 s unless "+
			"set: %v connections in %s on %v ports, %v of them on the port of a TIME_WAIT%s; without it %v. Faster "+
			"than that ports still ran out.%s%s", many, figure.Seconds(lasted), ports, taken, sooner, none, stamps,
			loopback).practice("set tcp_tw_reuse=1 where both sides have timestamps, and stay well below one "+
			"connection per port and second: %s/s on %v ports need no more than half of them, past which each "+
			"connect searches for one (port-range).", figure.Limit(min(ports/2, e.Of(on, safe()))), ports)
	case !e.Exhausted(on) && many > most && taken >= many-ports:
		return verdict(scenario.Confirmed, "with tcp_tw_reuse=1 %v connections were opened in %s on %v ports, %v of "+
			"them on the port of a TIME_WAIT, and ports did not run out.", many, figure.Seconds(lasted), ports, taken).
			practice("set tcp_tw_reuse=1: %v connections on %v ports did not run out of them.", many, ports)
	default:
		return verdict(scenario.Unclear, "with tcp_tw_reuse=1 %v connections in %s on %v ports, %v of them on the "+
			"port of a TIME_WAIT, show neither an end nor that there is none: ports %s.", many,
			figure.Seconds(lasted), ports, taken, e.fate(on))
	}
}

// triedFor is how long a run went on after ports ran out, in seconds.
func triedFor(r *results.Run) float64 {
	if r.Exhaustion == nil || r.Exhaustion.AfterSeconds == nil {
		return 0
	}
	return r.DurationS - *r.Exhaustion.AfterSeconds
}

// reuseSooner tells what a shorter delay gives.
func reuseSooner(e *Evidence, many float64) string {
	const soon = "tcp_tw_reuse=1 and delay=200 ms"
	if !e.Has(soon) { // before Linux 6.14 there is no tcp_tw_reuse_delay
		return ""
	}
	n := e.Of(soon, Connections())
	if e.Check(n > many && e.Of(soon, takenOver()) > e.Of("tcp_tw_reuse=1", takenOver()),
		"tcp_tw_reuse_delay=200 ms gave %v connections in the same time, %v of them on the port of a TIME_WAIT; "+
			"ports %s",
		n, e.Of(soon, takenOver()), e.fate(soon)) {
		return figure.Sprintf(" (with a delay of 200 ms %v and %v, and ports %s)", n, e.Of(soon, takenOver()),
			e.fate(soon))
	}
	return ""
}

// reuseNeedsTimestamps tells what it does without them.
func reuseNeedsTimestamps(e *Evidence, ports float64) string {
	const deaf = "tcp_tw_reuse=1 without timestamps"
	n, taken := e.Of(deaf, Connections()), e.Of(deaf, takenOver())
	e.Needs(e.Exhausted(deaf) || n > ports, "without timestamps there are enough connections to run out",
		"%v connections on %v ports, which %s", n, ports, e.fate(deaf))
	if e.Check(taken == 0 && e.Exhausted(deaf) && n <= ports,
		"without tcp_timestamps it took over %v in %v connections", taken, n) {
		return figure.Sprintf(" It needs tcp_timestamps: without them it did nothing, and ports ran out after %v "+
			"connections.", n)
	}
	return figure.Sprintf(" Without tcp_timestamps it took over %v in %v connections.", taken, n)
}

// reuseByDefault tells what the default value does, over a link and on loopback.
func reuseByDefault(e *Evidence) string {
	const link, loopback = "tcp_tw_reuse=2 over a link", "tcp_tw_reuse=2 on loopback"
	over := e.Of(link, takenOver())
	none := e.Check(over == 0 && e.Exhausted(link), "tcp_tw_reuse=2, the default, took over %v over a link, and "+
		"ports %s",
		over, e.fate(link))
	if !e.Has(loopback) {
		return ""
	}
	n := e.Of(loopback, takenOver())
	if e.Check(n > 0, "and %v on loopback, where ports %s: what a test on one host shows is not what two hosts do",
		n, e.fate(loopback)) && none {
		return figure.Sprintf(" The default, 2, does it on loopback alone: %v times, where ports %s, and %v over a "+
			"link, where they %s.", n, e.fate(loopback), over, e.fate(link))
	}
	return ""
}

// takenOver counts connections on the port of a TIME_WAIT.
func takenOver() Figure { return Counter("taken over (TWRecycled)", "TcpExtTWRecycled") }
