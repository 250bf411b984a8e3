package claim

import (
	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// finTimeout judges whether tcp_fin_timeout says how long TIME_WAIT lasts.
//
// TIME_WAIT lasts TCP_TIMEWAIT_LEN, 60 s, compiled into the kernel
// (include/net/tcp.h); tcp_fin_timeout is for how long a socket that nobody has
// open stays in FIN_WAIT_2 (tcp(7)).
func finTimeout() Rule {
	return Rule{Figures: []Figure{held(), Recovery(), UntilExhausted()}, Judge: judgeFinTimeout}
}

func judgeFinTimeout(e *Evidence) Verdict {
	const wait, fin = "TIME_WAIT, tcp_fin_timeout=2", "FIN_WAIT_2, tcp_fin_timeout=2"
	low, free := holds(e, wait)
	lowFin, finFree := holds(e, fin)
	e.Check(low >= longerThanTwo, "with tcp_fin_timeout=2, TIME_WAIT held a port for %s", heldFor(low, free))
	e.Needs(finFree && lowFin < longerThanTwo, "tcp_fin_timeout=2 is in force: it ends FIN_WAIT_2",
		"a port was held for %s", heldFor(lowFin, finFree))
	// Without a run at 60, what a timeout of 2 s would give decides.
	shortens, usual := free && low < longerThanTwo, ""
	if e.Has("TIME_WAIT, tcp_fin_timeout=60") {
		shortens, usual = finTimeoutAt60(e, low, lowFin, free)
	}
	switch {
	case shortens:
		return verdict(scenario.Confirmed, "with tcp_fin_timeout=2 a port in TIME_WAIT was free again after %s%s.",
			heldFor(low, free), usual).
			practice("lower tcp_fin_timeout where TIME_WAITs hold the ports: at 2 s they are free after %s.",
				heldFor(low, free))
	case !free && low < longerThanTwo:
		return verdict(scenario.Unclear, "TIME_WAIT held a port for %s, which is too short a time to tell.",
			heldFor(low, free))
	}
	return verdict(scenario.Refuted, "with tcp_fin_timeout=2 TIME_WAIT held a port for %s. What it shortens is "+
		"FIN_WAIT_2, the wait for the FIN of a peer that does not close: %s%s.", heldFor(low, free),
		heldFor(lowFin, finFree), usual).
		practice("leave tcp_fin_timeout alone: at 2 s, a port in TIME_WAIT is still held for %s. Lower it for peers "+
			"that do not close: %s.", heldFor(low, free), heldFor(lowFin, finFree))
}

// finTimeoutAt60 compares with a timeout of 60 s: whether 2 s shorten TIME_WAIT,
// and how long both states lasted.
func finTimeoutAt60(e *Evidence, low, lowFin float64, free bool) (shortens bool, text string) {
	usual, usualFree := holds(e, "TIME_WAIT, tcp_fin_timeout=60")
	usualFin, finFree := holds(e, "FIN_WAIT_2, tcp_fin_timeout=60")
	e.Needs(usual > 0.8*low, "with 60, TIME_WAIT holds a port for no shorter time", "it held one for %s",
		heldFor(usual, usualFree))
	e.Needs(usualFin > 10*lowFin, "and FIN_WAIT_2 for longer", "it held one for %s", heldFor(usualFin, finFree))
	return free && low < 0.8*usual, figure.Sprintf("; with 60, TIME_WAIT lasted %s and FIN_WAIT_2 %s",
		heldFor(usual, usualFree), heldFor(usualFin, finFree))
}

// longerThanTwo is a time, in seconds, that no timeout of 2 s takes.
const longerThanTwo = 5

// held is for how long ports were held: until the first one was free again, or
// at least to the end of the run.
func held() Figure {
	return Figure{Name: "ports held for, at least", Unit: "s", of: use{ports: true}, Of: func(r *results.Run) (float64,
		bool) {
		if s, ok := Recovery().Of(r); ok {
			return s, true
		}
		return r.DurationS, exhausted(r)
	}}
}

// holds is for how long a case held its ports, in seconds, and whether one was
// free again then, or only the run at its end.
func holds(e *Evidence, name string) (seconds float64, free bool) {
	_, free = e.median(name, Recovery())
	return e.Of(name, held()), free
}

func heldFor(seconds float64, free bool) string {
	if !free {
		return "more than " + figure.Seconds(seconds) + ", when the run ended"
	}
	return figure.Seconds(seconds)
}
