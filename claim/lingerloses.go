package claim

import (
	"fmt"
	"strings"

	"tcpbench/results"
	"tcpbench/scenario"
)

// lingerLoses judges whether a close with RST loses what send(2) has taken.
//
// send(2) copies into the socket's send buffer. tcp_disconnect (net/ipv4/tcp.c),
// which close(2) calls with SO_LINGER and 0 s, purges it: what is still there,
// for want of a window or of an ACK, is gone. A segment that was sent before
// the RST arrives before it, and the peer may still read it: over a delay the
// first flight of 10 segments (RFC 6928), where the request has more.
func lingerLoses() Rule {
	return Rule{
		Figures: []Figure{lostShare(), arrivedOfEach(), lostConnections(), timeWaitsLeft(results.FromClient)},
		Judge: func(e *Evidence) Verdict {
			const answered = "RST after the answer, 1 MiB over 10 ms"
			lossy, safe := e.resets("RST, 64 B over 10 ms", "RST, 64 KiB over 10 ms", "RST, 1 MiB over 10 ms", "RST, 1 MiB to a small window")
			waited := e.Check(e.Of(answered, lostShare()) == 0, "%s: %s", answered, lostOf(e, answered))
			orderly := true
			for _, name := range []string{"FIN, 1 MiB over 10 ms", "FIN, 1 MiB to a small window", "SO_LINGER 10 s, 1 MiB over 10 ms"} {
				orderly = e.Check(e.Of(name, lostShare()) == 0, "%s: %s", name, lostOf(e, name)) && orderly
			}
			switch {
			case !orderly:
				return verdict(scenario.Unclear, "closes with FIN or with a linger time lost data too, so it is not RST that loses it here.")
			case len(lossy) == 0 && waited:
				return verdict(scenario.Confirmed, "RST lost nothing of what send() had taken, whatever the size, delay or window.")
			case len(safe) > 0 || waited:
				return verdict(scenario.Depends, "it lost %s. %s With FIN or a linger time nothing is lost.", strings.Join(shares(e, lossy), ", "), spared(safe, waited))
			default:
				return verdict(scenario.Refuted, "it lost %s. With FIN or a linger time nothing is lost.", strings.Join(shares(e, lossy), ", "))
			}
		},
	}
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
		if !strings.HasPrefix(name, "RST, ") {
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
	for _, name := range names {
		out = append(out, fmt.Sprintf("%.3g %% of %s", e.Of(name, lostShare()), strings.TrimPrefix(name, "RST, ")))
	}
	return out
}

// spared says where nothing was lost.
func spared(safe []string, waited bool) string {
	var out []string
	for _, name := range safe {
		out = append(out, "of "+strings.TrimPrefix(name, "RST, "))
	}
	if waited {
		out = append(out, "after an answer, which the peer sends when it has all")
	}
	return fmt.Sprintf("It lost nothing %s.", strings.Join(out, ", nor "))
}

// lostOf says what a case lost.
func lostOf(e *Evidence, name string) string {
	d := e.Run(name).Delivery
	if d == nil {
		e.miss("case %q has no delivery", name)
		return ""
	}
	return fmt.Sprintf("%d of %d bytes lost, on %d of %.0f connections", d.LostBytes, d.SentBytes, d.LostConnections, e.Of(name, Connections()))
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
