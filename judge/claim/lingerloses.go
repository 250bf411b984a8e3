package claim

import (
	"fmt"
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// lingerLoses judges whether a close with RST loses what send(2) has taken.
//
// send(2) copies into the socket's send buffer. tcp_disconnect (net/ipv4/tcp.c),
// which close(2) calls with SO_LINGER and 0 s, purges it: what is still there,
// for lack of a window or of an ACK, is gone. A segment that was sent before
// the RST arrives before it, and the peer may still read it: over a delay the
// first flight of 10 segments (RFC 6928), where the request has more.
func lingerLoses() Rule {
	return Rule{
		Figures: []Figure{lostShare(), arrivedOfEach(), lostConnections(), timeWaitsLeft(results.FromClient)},
		Judge:   judgeLingerLoses,
	}
}

func judgeLingerLoses(e *Evidence) Verdict {
	const answered = "RST after the answer, 1 MiB over 10 ms"
	lossy, safe := e.resets("RST, 64 B over 10 ms", "RST, 64 KiB over 10 ms", "RST, 1 MiB over 10 ms",
		"RST, 1 MiB to a small window", answered)
	orderly := []string{"FIN, 1 MiB over 10 ms", "FIN, 1 MiB to a small window", "SO_LINGER 10 s, 1 MiB over 10 ms"}
	for _, name := range orderly {
		e.Needs(e.Of(name, lostShare()) == 0 && e.Of(name, rstsSent()) == 0, "without RST nothing is lost",
			"%s: %s, with %s", name, lostOf(e, name), figure.Counted(e.Of(name, rstsSent()), "RST"))
	}
	// What is said of RST is of closes that sent one, and of a delay is of a link that had it.
	for _, name := range append(slices.Clone(lossy), safe...) {
		e.Needs(e.Of(name, rstsSent()) >= e.Of(name, Connections()), name+": each connection is closed by RST",
			"%s for %s", figure.Counted(e.Of(name, rstsSent()), "RST"),
			figure.Counted(e.Of(name, Connections()), "connection"))
	}
	for _, name := range slices.Concat(lossy, safe, orderly) {
		if strings.HasSuffix(name, "over 10 ms") {
			e.Needs(e.Of(name, connectMedian()) >= 10, name+": the link is that slow", "connect took %v ms",
				e.Of(name, connectMedian()))
		}
	}
	safely := figure.Sprintf("With FIN or a linger time nothing is lost: %s.", strings.Join(e.arrivals(orderly), ", "))
	switch {
	case len(lossy) == 0:
		return verdict(scenario.Confirmed, "RST lost nothing of what send() had taken: %s. %s",
			strings.Join(e.arrivals(safe), ", "), safely).
			practice("close with SO_LINGER 0 to skip TIME_WAIT: nothing was lost, of any size, delay or window.")
	case len(safe) == 0:
		return verdict(scenario.Refuted, "it lost %s. %s", strings.Join(shares(e, lossy), ", "), safely).
			practice("never close with SO_LINGER 0 what has data to deliver: it lost some of everything.")
	}
	v := verdict(scenario.Depends, "it lost %s. It lost nothing of %s. %s", strings.Join(shares(e, lossy), ", "),
		strings.Join(e.arrivals(safe), ", nor of "), safely)
	if slices.Contains(safe, answered) {
		return v.practice("close with SO_LINGER 0 only after the peer has answered: before that, up to %s of what "+
			"send() had taken was lost.", figure.Percent(e.worst(lossy)))
	}
	return v.practice("do not close with SO_LINGER 0 what has data to deliver, after an answer neither: up to %s of "+
		"it was lost.", figure.Percent(e.worst(lossy)))
}

// worst is the largest share that a case lost, in percent.
func (e *Evidence) worst(names []string) float64 {
	worst := 0.0
	for _, name := range names {
		worst = max(worst, e.Of(name, lostShare()))
	}
	return worst
}

// arrivals are what arrived whole in each case, as "64 B over 10 ms (100
// connections)".
func (e *Evidence) arrivals(names []string) []string {
	out := sizes(names)
	for i, name := range names {
		out[i] += fmt.Sprintf(" (%s)", figure.Counted(e.Of(name, Connections()), "connection"))
	}
	return out
}

// connectMedian is what a handshake took.
func connectMedian() Figure {
	return Figure{Name: "connect, median", Unit: "ms", Of: func(r *results.Run) (float64, bool) {
		if r.Latency.Connect == nil {
			return 0, false
		}
		return r.Latency.Connect.P50US / 1e3, true
	}}
}

// resets tells the cases that lost data from those that did not. Those that are
// named decide; what else was reset is shown.
func (e *Evidence) resets(names ...string) (lossy, safe []string) {
	decides := map[string]bool{}
	for _, name := range names {
		decides[name] = true
		if !e.Has(name) {
			e.Run(name) // which is then missing
		}
	}
	for _, name := range e.cases {
		if !strings.HasPrefix(name, "RST") {
			continue
		}
		lost := !e.Check(e.Of(name, lostShare()) == 0, "%s: %s", name, lostOf(e, name))
		switch {
		case !decides[name]:
		case lost:
			lossy = append(lossy, name)
		default:
			safe = append(safe, name)
		}
	}
	return lossy, safe
}

// shares are what was lost in each case, as "77.9 % of 64 KiB over 10 ms".
func shares(e *Evidence, names []string) []string {
	var out []string
	for i, size := range sizes(names) {
		share := figure.Percent(e.Of(names[i], lostShare()))
		if e.Of(names[i], lostShare()) < 0.01 {
			share = "less than 0.01 %"
		}
		out = append(out, share+" of "+size)
	}
	return out
}

// sizes are what was sent in each case, and how.
func sizes(names []string) []string {
	var out []string
	for _, name := range names {
		size, after := strings.CutPrefix(name, "RST after the answer, ")
		if after {
			size += " after the answer"
		}
		out = append(out, strings.TrimPrefix(size, "RST, "))
	}
	return out
}

// lostOf says what a case lost.
func lostOf(e *Evidence, name string) string {
	d := e.Run(name).Delivery
	if d == nil {
		e.miss("case %q has no delivery", name)
		return ""
	}
	return fmt.Sprintf("%d of %d bytes lost, on %d of %s", d.LostBytes, d.SentBytes, d.LostConnections,
		figure.Counted(e.Of(name, Connections()), "connection"))
}

// lostShare is how much of what send(2) took did not arrive, in percent.
func lostShare() Figure {
	return Figure{Name: "lost", Unit: "%", Of: func(r *results.Run) (float64, bool) {
		if r.Delivery == nil || r.Delivery.SentBytes == 0 {
			return 0, false
		}
		return 100 * float64(r.Delivery.LostBytes) / float64(r.Delivery.SentBytes), true
	}}
}

// arrivedOfEach is how much of each connection's request arrived.
func arrivedOfEach() Figure {
	return Figure{Name: "arrived of each", Unit: "bytes", Of: func(r *results.Run) (float64, bool) {
		if r.Delivery == nil || r.Totals.Succeeded == 0 {
			return 0, false
		}
		return float64(r.Delivery.ArrivedBytes) / float64(r.Totals.Succeeded), true
	}}
}

// lostConnections counts those whose request did not arrive whole.
func lostConnections() Figure {
	return Figure{Name: "connections that lost some", Of: func(r *results.Run) (float64, bool) {
		if r.Delivery == nil {
			return 0, false
		}
		return float64(r.Delivery.LostConnections), true
	}}
}
