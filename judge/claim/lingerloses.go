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
	closedByRST := Counter("RSTs of the client", "TcpOutRsts")
	return Rule{
		Figures: []Figure{lostShare(), arrivedOfEach(), lostConnections(), timeWaitsLeft(results.FromClient)},
		Judge: func(e *Evidence) Verdict {
			lossy, safe := e.resets("RST, 64 B over 10 ms", "RST, 64 KiB over 10 ms", "RST, 1 MiB over 10 ms",
				"RST, 1 MiB to a small window", "RST after the answer, 1 MiB over 10 ms")
			var others, unreset []string
			for _, name := range []string{"FIN, 1 MiB over 10 ms", "FIN, 1 MiB to a small window",
				"SO_LINGER 10 s, 1 MiB over 10 ms"} {
				if !e.Check(e.Of(name, lostShare()) == 0, "%s: %s", name, lostOf(e, name)) {
					others = append(others, name)
				}
			}
			// What is said of RST is of closes that sent one.
			for _, name := range append(slices.Clone(lossy), safe...) {
				if e.Of(name, closedByRST) < e.Of(name, Connections()) {
					unreset = append(unreset, fmt.Sprintf("%s: %s for %s", name,
						figure.Counted(e.Of(name, closedByRST), "RST"),
						figure.Counted(e.Of(name, Connections()), "connection")))
				}
			}
			switch {
			case len(others) > 0:
				return verdict(scenario.Unclear,
					"closes with FIN or with a linger time lost data too, so it is not RST that loses it here: %s.",
					strings.Join(shares(e, others), ", "))
			case len(unreset) > 0:
				return verdict(scenario.Unclear, "not every connection was closed by RST: %s.",
					strings.Join(unreset, "; "))
			case len(lossy) == 0:
				return verdict(scenario.Confirmed,
					"RST lost nothing of what send() had taken, whatever the size, delay or window.")
			case len(safe) == 0:
				return verdict(scenario.Refuted, "it lost %s. With FIN or a linger time nothing is lost.",
					strings.Join(shares(e, lossy), ", "))
			}
			return verdict(scenario.Depends, "it lost %s. It lost nothing of %s. With FIN "+
				"or a linger time nothing is lost.", strings.Join(shares(e, lossy), ", "),
				strings.Join(sizes(safe), ", nor of "))
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
