package claim

import (
	"time"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// lingerBlocks judges whether O_NONBLOCK keeps close(2) from lingering.
//
// inet_release (net/ipv4/af_inet.c) hands the linger time to tcp_close whatever
// the socket's flags are, and sk_stream_wait_close (net/core/stream.c) waits
// until the FIN is acknowledged or the time is over. A timer of seconds may be
// an eighth late (kernel/time/timer.c), and close(2) returns 0 all the same.
func lingerBlocks() Rule {
	median := closeTook("close(2), median", func(r *results.Run) float64 { return r.Latency.Close.P50US })
	longest := closeTook("close(2), longest", func(r *results.Run) float64 { return r.Latency.Close.MaxUS })
	return Rule{
		Figures: []Figure{median, longest},
		Judge: func(e *Evidence) Verdict {
			const off, offSilent = "SO_LINGER off, non-blocking", "SO_LINGER off, non-blocking, no ACK"
			const far, farBlocking = "SO_LINGER 2 s, non-blocking", "SO_LINGER 2 s, blocking"
			const silent, silentBlocking = "SO_LINGER 1 s, non-blocking, no ACK", "SO_LINGER 1 s, blocking, no ACK"
			const longer = "SO_LINGER 3 s, non-blocking, no ACK"
			took := func(name string) float64 { return e.Of(name, median) }
			roundTrip := milliseconds(e.Run(far).Options.Link.Rules.Longest())
			limit := milliseconds(e.Run(silent).Options.Linger.Timeout)
			atOnce := e.Check(took(off) < roundTrip/2 && took(offSilent) < roundTrip/2, "without SO_LINGER close(2) took %v "+
				"us, and %v us where nothing was acknowledged", 1000*took(off), 1000*took(offSilent))
			waits := e.Check(within(took(far), roundTrip, 5*roundTrip), "with 2 s it took %v ms on a non-blocking socket, "+
				"over a link with a round trip of %v ms: until the FIN was acknowledged", took(far), roundTrip)
			lingers := e.Check(within(took(farBlocking), roundTrip, 5*roundTrip), "and %v ms on a blocking one",
				took(farBlocking))
			bounded := e.Check(within(took(silent), limit, 2*limit),
				"with 1 s and nothing acknowledged, %v ms on a non-blocking socket: until the time was over", took(silent))
			lingers = e.Check(within(took(silentBlocking), limit, 2*limit), "and %v ms on a blocking one",
				took(silentBlocking)) && lingers
			with3s := ""
			if e.Has(longer) {
				with3s = figure.Sprintf(", %v ms with 3 s", took(longer))
				bounded = e.Check(within(took(longer), 3*limit, 6*limit), "and %v ms with 3 s", took(longer)) && bounded
			}
			switch {
			case !atOnce:
				return verdict(scenario.Unclear, "without SO_LINGER close(2) took %v and %v ms: it is not the linger time that "+
					"it waits for here.", took(off), took(offSilent))
			case !lingers:
				return verdict(scenario.Unclear, "on a blocking socket close(2) took %v ms over a link with a round trip of %v "+
					"ms, and %v ms where nothing was acknowledged, for %v ms of linger time: nothing shows what a non-blocking one "+
					"does otherwise.", took(farBlocking), roundTrip, took(silentBlocking), limit)
			case waits && bounded:
				return verdict(scenario.Refuted, "on a non-blocking socket close(2) took %v ms over a link with a round trip of "+
					"%v ms, until the FIN was acknowledged, and %v ms with 1 s where nothing was; on a blocking one %v and %v ms. "+
					"Without SO_LINGER it took %v us.", took(far), roundTrip, took(silent), took(farBlocking), took(silentBlocking),
					1000*took(off))
			case waits || bounded:
				return verdict(scenario.Depends, "on a non-blocking socket close(2) took %v ms over a link with a round trip of "+
					"%v ms, and %v ms with 1 s where nothing was acknowledged%s.", took(far), roundTrip, took(silent), with3s)
			case took(far) < roundTrip/2 && took(silent) < limit/2:
				return verdict(scenario.Confirmed, "on a non-blocking socket close(2) took %v ms with a linger time of 2 s, and "+
					"%v ms where nothing was acknowledged; on a blocking one %v and %v ms.", took(far), took(silent),
					took(farBlocking), took(silentBlocking))
			default:
				return verdict(scenario.Unclear, "close(2) took %v and %v ms, which are neither no time, nor a round trip of %v "+
					"ms and the linger time of %v ms.", took(far), took(silent), roundTrip, limit)
			}
		},
	}
}

// within reports whether a time is what it should be, at least; a clock's tick
// less, and as late as a busy machine makes it.
func within(ms, least, most float64) bool { return ms > 0.95*least && ms < most }

// closeTook is how long close(2) took.
func closeTook(name string, us func(*results.Run) float64) Figure {
	return Figure{Name: name, Unit: "ms", Of: func(r *results.Run) (float64, bool) {
		if r.Latency.Close == nil {
			return 0, false
		}
		return us(r) / 1000, true
	}}
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }
