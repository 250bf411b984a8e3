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
	last := rateAtTheEnd()
	return Rule{
		Figures: []Figure{last, Connections(), UntilExhausted(), kneeAt(), connectAfterKnee(), Outcome()},
		Judge: func(e *Evidence) Verdict {
			const kernel, walk = "the kernel searches", "bind the next port"
			deaf := []string{"bind without timestamps", "bind, the server without timestamps"}
			ports := float64(e.Run(walk).Prediction.Ports)
			runsOut := e.Check(e.Exhausted(kernel),
				"the kernel found %v ports, then none; at the end it opened %v connections/s",
				e.Of(kernel, Connections()), e.Of(kernel, last))
			endless := e.Check(!e.Exhausted(walk) && e.Of(walk, Connections()) > 1.5*ports,
				"bound by the program, %v connections on %v ports and no failure", e.Of(walk, Connections()), ports)
			faster := e.Check(e.Of(walk, last) > 2*e.Of(kernel, last),
				"at the end %v connections/s, %s times those of the search", e.Of(walk, last),
				ratio(e.Of(walk, last), e.Of(kernel, last)))
			needs := true
			for _, name := range deaf {
				needs = e.Check(e.Exhausted(name), "%s: %v connections", name, e.Of(name, Connections())) && needs
			}
			switch {
			case e.Exhausted(walk):
				return verdict(scenario.Confirmed, "with bind(2) it ended after %v connections, as it did without.",
					e.Of(walk, Connections()))
			case !runsOut || !endless:
				return verdict(scenario.Unclear,
					"%v and %v connections, without and with bind(2), were too few to run out of %v ports.",
					e.Of(kernel, Connections()), e.Of(walk, Connections()), ports)
			case needs && faster:
				return verdict(scenario.Depends,
					"with timestamps on both sides it takes over TIME_WAITs, with tcp_tw_reuse=0 too, and never runs "+
						"out: %v connections/s, without the search for a port. "+
						"Without timestamps it runs out after %v "+
						"connections, as the kernel does.", e.Of(walk, last), e.Of(deaf[0], Connections()))
			case needs:
				return verdict(scenario.Depends,
					"with timestamps on both sides it takes over TIME_WAITs and never runs out; without them it does "+
						"after %v connections.", e.Of(deaf[0], Connections()))
			default:
				return verdict(scenario.Refuted, "it opened %v connections on %v ports, timestamps or not.",
					e.Of(walk, Connections()), ports)
			}
		},
	}
}

// rateAtTheEnd is connections per second past the knee, if there was one, else
// in the last whole interval.
func rateAtTheEnd() Figure { return Figure{Name: "connections/s at the end", Of: finalRate} }

func finalRate(r *results.Run) (float64, bool) {
	if r.Exhaustion != nil && r.Exhaustion.Knee.RateAfter != nil {
		return *r.Exhaustion.Knee.RateAfter, true
	}
	for i := len(r.Intervals) - 1; i > 0; i-- {
		span := r.Intervals[i].TS - r.Intervals[i-1].TS
		if span > 0.8*r.Options.Interval.Seconds() {
			return r.Intervals[i].ConnectionsPerSecond, true
		}
	}
	return r.Rates.ConnectionsPerSecond, r.DurationS > 0
}

// kneeAt is the share of ports in use from which on a connect(2) is dearer.
func kneeAt() Figure {
	return Figure{Name: "knee at", Unit: "% of ports", Of: func(r *results.Run) (float64, bool) {
		if r.Exhaustion == nil || !r.Exhaustion.Knee.Found || r.Exhaustion.Knee.Occupancy == nil {
			return 0, false
		}
		return 100 * *r.Exhaustion.Knee.Occupancy, true
	}}
}

// connectAfterKnee is what a connect(2) costs past the knee.
func connectAfterKnee() Figure {
	return Figure{Name: "a connect past the knee", Unit: "us", Of: func(r *results.Run) (float64, bool) {
		if r.Exhaustion == nil || r.Exhaustion.Knee.ConnectAfterUS == nil {
			return 0, false
		}
		return *r.Exhaustion.Knee.ConnectAfterUS, true
	}}
}

// ratio tells how many times a is b.
func ratio(a, b float64) string { return figure.Number(a / b) }
