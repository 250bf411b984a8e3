package claim

import (
	"math"

	"tcpbench/internal/figure"
	"tcpbench/scenario"
)

// twReuse judges whether tcp_tw_reuse ends the exhaustion of ports.
//
// tcp_twsk_unique (net/ipv4/tcp_ipv4.c) lets connect(2) take over a TIME_WAIT
// that is older than tcp_tw_reuse_delay, 1 s unless set, where both sides had
// timestamps; with tcp_tw_reuse=2 on loopback only.
func twReuse() Rule {
	recycled := Counter("taken over (TWRecycled)", "TcpExtTWRecycled")
	return Rule{
		Figures: []Figure{Connections(), UntilExhausted(), recycled, Rate(), Outcome()},
		Judge: func(e *Evidence) Verdict {
			const on, off, deaf, soon = "tcp_tw_reuse=1", "tcp_tw_reuse=0", "tcp_tw_reuse=1 without timestamps",
				"tcp_tw_reuse=1 and delay=200 ms"
			none := e.Of(off, Connections())
			runsOut := e.Check(e.Exhausted(off), "without it, ports ran out after %v connections", none)
			reuses := e.Check(e.Of(on, recycled) > 0 && e.Of(on, Connections()) > 1.5*none,
				"with 1, %v connections in %s, %v of them on the port of a TIME_WAIT; with 0, %v and no more",
				e.Of(on, Connections()), figure.Seconds(e.Run(on).DurationS), e.Of(on, recycled), none)
			ports := e.Run(on).Prediction.Ports
			bounded := e.Check(e.Exhausted(on) &&
				e.Of(on, Connections()) <= float64(ports)*(1+math.Floor(e.Run(on).DurationS)),
				"it still ran out of %d ports, again and again: no TIME_WAIT was taken "+
					"over before its tcp_tw_reuse_delay", ports)
			sooner := e.Check(e.Of(soon, Connections()) > 2*e.Of(on, Connections()),
				"tcp_tw_reuse_delay=200 ms gave %v connections in the same time", e.Of(soon, Connections()))
			needs := e.Check(e.Of(deaf, recycled) == 0 && e.Exhausted(deaf),
				"without tcp_timestamps it took over %v, and ports ran out after %v connections", e.Of(deaf, recycled),
				e.Of(deaf, UntilExhausted()))
			loopback := byDefault(e, recycled)
			switch {
			case !runsOut:
				return verdict(scenario.Unclear,
					"without tcp_tw_reuse ports did not run out in %v connections, so there was no exhaustion to end.",
					none)
			case !reuses:
				return verdict(scenario.Refuted,
					"with tcp_tw_reuse=1 %v TIME_WAITs were taken over, and it opened %v connections, as against %v.",
					e.Of(on, recycled), e.Of(on, Connections()), none)
			case bounded && needs:
				faster := ""
				if sooner {
					faster = figure.Sprintf(", %v with a delay of 200 ms", e.Of(soon, Connections()))
				}
				return verdict(scenario.Depends,
					"a TIME_WAIT's port can be used again after tcp_tw_reuse_delay, 1 s unless set: %v connections "+
						"in %s on %d ports%s. It needs tcp_timestamps: without them it did nothing.%s",
					e.Of(on, Connections()), figure.Seconds(e.Run(on).DurationS), ports, faster, loopback)
			default:
				return verdict(scenario.Confirmed,
					"with tcp_tw_reuse=1 %v connections/s were opened and %v TIME_WAITs taken over.", e.Of(on, Rate()),
					e.Of(on, recycled))
			}
		},
	}
}

// byDefault tells what the default value does, over a link and on loopback.
func byDefault(e *Evidence, recycled Figure) string {
	const link, loopback = "tcp_tw_reuse=2 over a link", "tcp_tw_reuse=2 on loopback"
	none := e.Check(e.Of(link, recycled) == 0, "tcp_tw_reuse=2, the default, took over %v over a link",
		e.Of(link, recycled))
	if e.Has(loopback) && e.Check(e.Of(loopback, recycled) > 0,
		"and %v on loopback: what a test on one host shows is not what two hosts do", e.Of(loopback, recycled)) &&
		none {
		return " The default, 2, does it on loopback alone."
	}
	return ""
}
