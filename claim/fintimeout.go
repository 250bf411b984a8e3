package claim

import (
	"fmt"

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
			shortens := !e.Check(e.Of(wait, held()) > 5, "with tcp_fin_timeout=2, a TIME_WAIT held its port for %s", heldFor(e.Run(wait)))
			governs := e.Check(e.Of(fin, held()) < 5, "and a FIN_WAIT_2 for %s", heldFor(e.Run(fin)))
			full := e.Has(usualWait)
			if full {
				e.Check(e.Of(usualWait, held()) > 55, "with 60, a TIME_WAIT held it for %s", heldFor(e.Run(usualWait)))
				governs = e.Check(e.Of(usualFin, held()) > 10*e.Of(fin, held()), "and a FIN_WAIT_2 for %s", heldFor(e.Run(usualFin))) && governs
			}
			switch {
			case shortens:
				return verdict(scenario.Confirmed, "with tcp_fin_timeout=2 a port in TIME_WAIT was free again after %.3g s.", e.Of(wait, held()))
			case governs:
				return verdict(scenario.Refuted, "with tcp_fin_timeout=2 TIME_WAIT held a port for %s. What it shortens is FIN_WAIT_2, the wait for the FIN of a peer that does not close: %s.", heldFor(e.Run(wait)), heldFor(e.Run(fin)))
			default:
				return verdict(scenario.Refuted, "with tcp_fin_timeout=2 TIME_WAIT held a port for %s, and FIN_WAIT_2 for %s.", heldFor(e.Run(wait)), heldFor(e.Run(fin)))
			}
		},
	}
}

// held is for how long ports were held: until the first one was free again, or
// at least to the end of the run.
func held() Figure {
	return Figure{Name: "ports held for", Unit: "s", Of: func(r *results.Run) (float64, bool) {
		if s, ok := Recovery().Of(r); ok {
			return s, true
		}
		return r.DurationS, Exhausted(r)
	}}
}

func heldFor(r *results.Run) string {
	s, _ := held().Of(r)
	if _, ok := Recovery().Of(r); !ok {
		return fmt.Sprintf("more than %.3g s, when the run ended", s)
	}
	return fmt.Sprintf("%.3g s", s)
}
