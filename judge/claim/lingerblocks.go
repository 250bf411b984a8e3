package claim

import (
	"time"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// The cases of linger-blocks: SO_LINGER, the socket, and whether its peer acknowledges.
const (
	lingerOff, lingerOffSilent         = "SO_LINGER off, non-blocking", "SO_LINGER off, non-blocking, no ACK"
	lingerFar, lingerFarBlocking       = "SO_LINGER 2 s, non-blocking", "SO_LINGER 2 s, blocking"
	lingerSilent, lingerSilentBlocking = "SO_LINGER 1 s, non-blocking, no ACK", "SO_LINGER 1 s, blocking, no ACK"
	lingerLonger                       = "SO_LINGER 3 s, non-blocking, no ACK"
)

// lingerBlocks judges whether O_NONBLOCK keeps close(2) from lingering.
//
// inet_release (net/ipv4/af_inet.c) hands the linger time to tcp_close whatever
// the socket's flags are, and sk_stream_wait_close (net/core/stream.c) waits
// until the FIN is acknowledged or the time is over. A timer of seconds may be
// an eighth late (kernel/time/timer.c), and close(2) returns 0 all the same.
func lingerBlocks() Rule {
	longest := closeTook("close(2), longest", func(r *results.Run) float64 { return r.Latency.Close.MaxUS })
	return Rule{Figures: []Figure{closeMedian(), longest}, Judge: judgeLinger}
}

func closeMedian() Figure {
	return closeTook("close(2), median", func(r *results.Run) float64 { return r.Latency.Close.P50US })
}

func judgeLinger(e *Evidence) Verdict {
	took := func(name string) float64 { return e.Of(name, closeMedian()) }
	roundTrip := milliseconds(e.Run(lingerFar).Options.Link.Rules.Longest())
	limit := milliseconds(e.Run(lingerSilent).Options.Linger.Timeout)
	atOnce := e.Check(took(lingerOff) < roundTrip/2 && took(lingerOffSilent) < roundTrip/2,
		"without SO_LINGER close(2) took %v us, and %v us where nothing was acknowledged",
		1000*took(lingerOff), 1000*took(lingerOffSilent))
	waits := e.Check(within(took(lingerFar), roundTrip, 5*roundTrip),
		"with 2 s it took %v ms on a non-blocking socket, "+
			"over a link with a round trip of %v ms: until the FIN was acknowledged", took(lingerFar),
		roundTrip)
	onBlocking := "and %v ms on a blocking one"
	lingers := e.Check(within(took(lingerFarBlocking), roundTrip, 5*roundTrip), onBlocking,
		took(lingerFarBlocking))
	bounded := e.Check(within(took(lingerSilent), limit, 2*limit),
		"with 1 s and nothing acknowledged, %v ms on a non-blocking one: until the time was over",
		took(lingerSilent))
	lingers = e.Check(within(took(lingerSilentBlocking), limit, 2*limit), onBlocking,
		took(lingerSilentBlocking)) && lingers
	with3s := ""
	if e.Has(lingerLonger) {
		with3s = figure.Sprintf(", %v ms with 3 s", took(lingerLonger))
		bounded = e.Check(within(took(lingerLonger), 3*limit, 6*limit), "and %v ms with 3 s",
			took(lingerLonger)) && bounded
	}
	switch {
	case !atOnce:
		return verdict(scenario.Unclear,
			"without SO_LINGER close(2) took %v and %v ms: it is not the linger time that it waits for here.",
			took(lingerOff), took(lingerOffSilent))
	case !lingers:
		return verdict(scenario.Unclear, "on a blocking socket close(2) took %v ms over a link with a round "+
			"trip of %v ms, and %v ms where nothing was acknowledged, for %v ms of linger time: this does "+
			"not show how a non-blocking one differs.", took(lingerFarBlocking), roundTrip,
			took(lingerSilentBlocking), limit)
	case waits && bounded:
		return verdict(scenario.Refuted,
			"on a non-blocking socket close(2) took %v ms over a link with a round trip of "+
				"%v ms, until the FIN was acknowledged, and %v ms with 1 s where nothing was; "+
				"on a blocking one %v and %v ms. Without SO_LINGER it took %v us.",
			took(lingerFar), roundTrip, took(lingerSilent), took(lingerFarBlocking),
			took(lingerSilentBlocking), 1000*took(lingerOff))
	case waits || bounded:
		return verdict(scenario.Depends, "on a non-blocking socket close(2) took %v ms over a link with a "+
			"round trip of %v ms, and %v ms with 1 s where nothing was acknowledged%s.",
			took(lingerFar), roundTrip, took(lingerSilent), with3s)
	case took(lingerFar) < roundTrip/2 && took(lingerSilent) < limit/2:
		return verdict(scenario.Confirmed,
			"on a non-blocking socket close(2) took %v ms with a linger time of 2 s, and "+
				"%v ms where nothing was acknowledged; on a blocking one %v and %v ms.",
			took(lingerFar), took(lingerSilent), took(lingerFarBlocking), took(lingerSilentBlocking))
	default:
		return verdict(scenario.Unclear,
			"close(2) took %v and %v ms, which are neither no time, nor a round trip of %v "+
				"ms and the linger time of %v ms.", took(lingerFar), took(lingerSilent), roundTrip, limit)
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
