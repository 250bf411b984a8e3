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
	longest := closeTook("close(2), longest", func(r *results.Run) float64 { return r.Latency.Close.MaxUS })
	return Rule{Figures: []Figure{closeMedian(), longest}, Judge: judgeLingerBlocks}
}

func closeMedian() Figure {
	return closeTook("close(2), median", func(r *results.Run) float64 { return r.Latency.Close.P50US })
}

func judgeLingerBlocks(e *Evidence) Verdict {
	const off, far, silent = "SO_LINGER off, non-blocking", "SO_LINGER 2 s, non-blocking",
		"SO_LINGER 1 s, non-blocking, no ACK"
	took := func(name string) float64 { return e.Of(name, closeMedian()) }
	roundTrip := milliseconds(e.Run(far).Options.Link.Rules.Longest())
	limit := milliseconds(e.Run(silent).Options.Linger.Timeout)
	controls := blockingCloses(e, took, roundTrip, limit)
	waits := e.Check(within(took(far), roundTrip, 5*roundTrip), "with 2 s it took %v ms on a non-blocking socket, "+
		"over a link with a round trip of %v ms: until the FIN was acknowledged", took(far), roundTrip)
	bounded := e.Check(within(took(silent), limit, 2*limit),
		"with 1 s and nothing acknowledged, %v ms on a non-blocking socket: until the time was over", took(silent))
	with3s := ""
	if longer := "SO_LINGER 3 s, non-blocking, no ACK"; e.Has(longer) {
		with3s = figure.Sprintf(", %v ms with 3 s", took(longer))
		bounded = e.Check(within(took(longer), 3*limit, 6*limit), "and %v ms with 3 s", took(longer)) && bounded
	}
	told := figure.Sprintf("on a non-blocking socket close(2) took %v ms over a link with a round trip of %v ms, and "+
		"%v ms with a linger time of %v ms where nothing was acknowledged%s; %s", took(far), roundTrip, took(silent),
		limit,
		with3s, controls)
	switch {
	case waits && bounded:
		return verdict(scenario.Refuted, "%s.", told).practice("set no linger time on the sockets of an event loop: "+
			"close(2) stood still for %v ms of a linger time of %v ms; without one it took %v us.", took(silent), limit,
			1000*took(off))
	case waits || bounded:
		return verdict(scenario.Depends, "%s.", told).practice("set no linger time on the sockets of an event loop: "+
			"close(2) may stand still for %v ms.", max(took(far), took(silent)))
	case took(far) < roundTrip/2 && took(silent) < limit/2:
		return verdict(scenario.Confirmed, "%s.", told).practice("set a linger time on non-blocking sockets as you "+
			"like: close(2) took %v ms at most.", max(took(far), took(silent)))
	default:
		return verdict(scenario.Unclear, "%s: neither no time, nor a round trip and the linger time.", told)
	}
}

// blockingCloses are the controls: without a linger time close(2) is quick, and
// with one a blocking socket waits, for the ACK or until the time is over.
func blockingCloses(e *Evidence, took func(string) float64, roundTrip, limit float64) string {
	const off, offSilent = "SO_LINGER off, non-blocking", "SO_LINGER off, non-blocking, no ACK"
	const far, silent = "SO_LINGER 2 s, blocking", "SO_LINGER 1 s, blocking, no ACK"
	e.Needs(took(off) < roundTrip/2 && took(offSilent) < roundTrip/2, "without SO_LINGER close(2) returns at once",
		"it took %v us, and %v us where nothing was acknowledged", 1000*took(off), 1000*took(offSilent))
	e.Needs(within(took(far), roundTrip, 5*roundTrip), "on a blocking socket it waits for the ACK",
		"%v ms over a round trip of %v ms", took(far), roundTrip)
	e.Needs(within(took(silent), limit, 2*limit), "or until the linger time is over", "%v ms of %v ms", took(silent),
		limit)
	return figure.Sprintf("on a blocking one %v and %v ms. Without SO_LINGER it took %v us, and %v us where nothing "+
		"was acknowledged", took(far), took(silent), 1000*took(off), 1000*took(offSilent))
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
