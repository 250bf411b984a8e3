package claim

import (
	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// portWalk judges whether an explicit bind(2) gets around TIME_WAIT.
//
// With a port of its own a socket has no search in connect(2): it goes to
// __inet_check_established at once, which lets it take over a TIME_WAIT whose
// timestamps it can exceed (tcp_twsk_unique, which an explicit port reaches
// whatever tcp_tw_reuse is).
func portWalk() Rule {
	return Rule{
		Figures: []Figure{rateAtTheEnd(), Connections(), UntilExhausted(), kneeAt(), connectPastHalf(), Outcome()},
		Judge:   judgePortWalk,
	}
}

func judgePortWalk(e *Evidence) Verdict {
	const kernel, walk = "the kernel searches", "bind the next port"
	const deaf, deafServer = "bind without timestamps", "bind, the server without timestamps"
	ports, opened, last := e.Of(walk, ports()), e.Of(walk, Connections()), rateAtTheEnd()
	e.Needs(e.Exhausted(kernel) && e.Of(kernel, UntilExhausted()) == ports, "without bind(2) ports run out",
		"%v connections on %v ports, which %s; at the end %v connections/s", e.Of(kernel, Connections()), ports,
		e.fate(kernel), e.Of(kernel, last))
	for _, name := range []string{walk, deaf, deafServer} {
		n := e.Of(name, Connections())
		e.Needs(e.Exhausted(name) || n > 1.5*ports, name+": there are enough connections to run out",
			"%v on %v ports, which %s", n, ports, e.fate(name))
	}
	search := e.Of(kernel, last)
	speed := ""
	if e.Check(e.Of(walk, last) > 2*search, "at the end %v connections/s, %s times those of the search",
		e.Of(walk, last), ratio(e.Of(walk, last), search)) {
		speed = figure.Sprintf(", at %v connections/s without the search for a port instead of %v", e.Of(walk,
			last), search)
	}
	client, server := e.Exhausted(deaf), e.Exhausted(deafServer)
	without := figure.Sprintf("without timestamps on the client it opened %v connections and ports %s, without them "+
		"on the server %v and ports %s", e.Of(deaf, Connections()), e.fate(deaf), e.Of(deafServer, Connections()),
		e.fate(deafServer))
	switch {
	case e.Exhausted(walk):
		return verdict(scenario.Confirmed, "with bind(2) it ended after %v connections, as it did without after %v.",
			e.Of(walk, UntilExhausted()), e.Of(kernel, UntilExhausted())).
			practice("do not bind local ports yourself to save them: %v connections was the end.", opened)
	case client || server:
		return verdict(scenario.Depends, "with timestamps on both sides it takes over TIME_WAITs, with tcp_tw_reuse=0 "+
			"too: %v connections on %v ports and no failure%s; %s.", opened, ports, speed, without).
			practice("bind the next port yourself (SO_REUSEADDR, bind, connect) if both sides have tcp_timestamps=1: "+
				"%v connections on %v ports. Without them it does not help.", opened, ports)
	default:
		return verdict(scenario.Refuted, "it opened %v connections on %v ports%s; %s.", opened, ports, speed, without).
			practice("bind the next port yourself (SO_REUSEADDR, bind, connect): %v connections on %v ports, with "+
				"timestamps or without.", opened, ports)
	}
}

// kneeAt is the share of ports in use from which on a connect(2) searches for long.
func kneeAt() Figure {
	return Figure{Name: "knee at", Unit: "% of ports", Of: func(r *results.Run) (float64, bool) {
		k := r.Knee()
		if k == nil {
			return 0, false
		}
		return 100 * *k.Occupancy, true
	}}
}

// ratio tells how many times a is b.
func ratio(a, b float64) string { return figure.Number(a / b) }
