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
	return Rule{
		Figures: []Figure{held(), Recovery(), UntilExhausted()},
		Judge: func(e *Evidence) Verdict {
			const wait, fin = "TIME_WAIT, tcp_fin_timeout=2", "FIN_WAIT_2, tcp_fin_timeout=2"
			const usualWait, usualFin = "TIME_WAIT, tcp_fin_timeout=60", "FIN_WAIT_2, tcp_fin_timeout=60"
			low, free := holds(e, wait)
			lowFin, finFree := holds(e, fin)
			e.Check(low >= longerThanTwo, "with tcp_fin_timeout=2, TIME_WAIT held a port for %s", heldFor(low, free))
			governs := e.Check(finFree && lowFin < longerThanTwo, "and FIN_WAIT_2 for %s", heldFor(lowFin, finFree))
			// Without a run at 60, what a timeout of 2 s would give decides.
			shortens := free && low < longerThanTwo
			if e.Has(usualWait) {
				usual, usualFree := holds(e, usualWait)
				e.Check(usual >= longerThanTwo, "with 60, TIME_WAIT held a port for %s", heldFor(usual, usualFree))
				shortens = free && low < 0.8*usual
				usual, usualFree = holds(e, usualFin)
				governs = e.Check(usual > 10*lowFin, "and FIN_WAIT_2 for %s", heldFor(usual, usualFree)) && governs
			}
			switch {
			case shortens:
				return verdict(scenario.Confirmed,
					"with tcp_fin_timeout=2 a port in TIME_WAIT was free again after %s.", heldFor(low, free))
			case !free && low < longerThanTwo:
				return verdict(scenario.Unclear, "TIME_WAIT held a port for %s, which is too short a time to tell.",
					heldFor(low, free))
			case governs:
				return verdict(scenario.Refuted,
					"with tcp_fin_timeout=2 TIME_WAIT held a port for %s. What it shortens is FIN_WAIT_2, the wait "+
						"for the FIN of a peer that does not close: %s.", heldFor(low, free), heldFor(lowFin, finFree))
			default:
				return verdict(scenario.Refuted,
					"with tcp_fin_timeout=2 TIME_WAIT held a port for %s, and FIN_WAIT_2 for %s.", heldFor(low, free),
					heldFor(lowFin, finFree))
			}
		},
	}
}

// longerThanTwo is a time, in seconds, that no timeout of 2 s takes.
const longerThanTwo = 5

// held is for how long ports were held: until the first one was free again, or
// at least to the end of the run.
func held() Figure {
	return Figure{Name: "ports held for, at least", Unit: "s", Of: func(r *results.Run) (float64, bool) {
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
