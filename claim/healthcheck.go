package claim

import (
	"math"
	"strings"

	"tcpbench/results"
	"tcpbench/scenario"
)

// timeWait is for how long a TIME_WAIT lasts, in seconds: TCP_TIMEWAIT_LEN in
// the kernel's include/net/tcp.h.
const timeWait = 60

// healthCheck judges whether probes that are closed with RST are better than
// those that are closed with FIN.
//
// Who closes first has the TIME_WAIT (RFC 9293, 3.6), and a probe is closed by
// the one who probes. A reset leaves none, and the other side's read fails with
// ECONNRESET, which nginx logs at level info (ngx_connection_error).
func healthCheck() Rule {
	return Rule{
		Figures: []Figure{probeWaitsHeld(), probes(), waitsOfThousand(), probeResets(), backendAccepted(), infoLines(), resetLines(), accessLines()},
		Judge: func(e *Evidence) Verdict {
			const tcpFIN, httpFIN, tcpRST, httpRST = "TCP, FIN", "HTTP, FIN", "TCP, RST", "HTTP, RST"
			const quietTCP, quietHTTP = "TCP, RST, error_log at its default", "HTTP, RST, error_log at its default"
			saves := true
			for _, name := range []string{tcpFIN, httpFIN} {
				saves = e.Check(e.Of(name, probeWaits()) == e.Of(name, probes()), "%s: %.0f probes left %.0f TIME_WAITs on the prober", name, e.Of(name, probes()), e.Of(name, probeWaits())) && saves
				heldByTheLaw(e, name)
			}
			noise := 0.0
			for _, name := range []string{tcpRST, httpRST, quietTCP, quietHTTP} {
				saves = e.Check(e.Of(name, probeWaits()) == 0, "%s: %.0f probes left %.0f, and the backend logged %.0f lines with \"Connection reset by peer\"", name, e.Of(name, probes()), e.Of(name, probeWaits()), e.Of(name, resetLines())) && saves
				noise = max(noise, e.Of(name, resetLines())/e.Of(name, probes()))
			}
			e.Check(e.Of(tcpFIN, infoLines()) > 0, "with FIN it logged %.0f lines at level info for %.0f TCP probes, and %.0f for %.0f HTTP probes, none of them of a reset", e.Of(tcpFIN, infoLines()), e.Of(tcpFIN, probes()), e.Of(httpFIN, infoLines()), e.Of(httpFIN, probes()))
			haproxyProbes(e)
			each := e.Of(tcpFIN, probeWaits()) / e.Of(tcpFIN, probes())
			switch {
			case !saves:
				return verdict(scenario.Refuted, "closed with FIN %.0f probes left %.0f TIME_WAITs, with RST %.0f left %.0f.", e.Of(tcpFIN, probes()), e.Of(tcpFIN, probeWaits()), e.Of(tcpRST, probes()), e.Of(tcpRST, probeWaits()))
			case noise > 0:
				return verdict(scenario.Depends, "it saves %.3g TIME_WAIT a probe: %.0f of 1000 backends probed each second, though only %.0f ports towards each of them. Its price: %.0f %% of the probes are \"Connection reset by peer\" in the log of an nginx that logs at level info; at its default, error, %.0f lines.", each, each*1000*timeWait, each*timeWait, 100*noise, e.Of(quietTCP, resetLines())+e.Of(quietHTTP, resetLines()))
			default:
				return verdict(scenario.Confirmed, "it saves %.3g TIME_WAIT a probe: %.0f of 1000 backends probed each second, and no reset was logged.", each, each*1000*timeWait)
			}
		},
	}
}

// heldByTheLaw compares what a prober holds at a time with rate x 60 s, where
// it was measured for so long. The kernel's timers may end an eighth later
// (kernel/time/timer.c).
func heldByTheLaw(e *Evidence, name string) {
	r := e.Run(name)
	if r.DurationS <= timeWait {
		return
	}
	law := r.Options.Rate.From * timeWait
	e.Check(math.Abs(e.Of(name, probeWaitsHeld())-law) < law/8, "%s: at most %.0f of them were held at a time; %g probes/s for 60 s are %.0f", name, e.Of(name, probeWaitsHeld()), r.Options.Rate.From, law)
}

// haproxyProbes tells how a real prober closes.
func haproxyProbes(e *Evidence) {
	const tcp, http = "haproxy's check", "haproxy's check, option httpchk"
	e.Check(e.Of(tcp, probeWaits()) == 0, "%s: %.0f probes, %.0f resets, %.0f TIME_WAITs; %.0f of them got as far as the backend's accept(2), which logged %.0f resets", tcp, e.Of(tcp, probes()), e.Of(tcp, probeResets()), e.Of(tcp, probeWaits()), e.Of(tcp, backendAccepted()), e.Of(tcp, resetLines()))
	waits := backendTimeWaits()
	e.Check(e.Of(http, probeWaits()) == 0, "%s: %.0f probes, %.0f resets, %.0f TIME_WAITs on the prober and %.0f on the backend, which closes first for HTTP/1.0", http, e.Of(http, probes()), e.Of(http, probeResets()), e.Of(http, probeWaits()), e.Of(http, waits))
}

// ofProber is a counter of the kernel that the probes come from: the proxy's,
// where haproxy is the prober.
func ofProber(column, counter string) Figure {
	return Figure{Name: column, Of: func(r *results.Run) (float64, bool) {
		if r.Kernel.Proxy != nil {
			return float64(r.Kernel.Proxy[counter]), true
		}
		return float64(r.Kernel.Client[counter]), r.Kernel.Client != nil
	}}
}

func probes() Figure { return ofProber("probes", "TcpActiveOpens") }

func probeWaits() Figure { return ofProber("TIME_WAITs made", "TcpExtTW") }

func probeResets() Figure { return ofProber("RSTs", "TcpOutRsts") }

func backendAccepted() Figure { return ServerCounter("accepted", "TcpPassiveOpens") }

// probeWaitsHeld is the most TIME_WAITs that the prober had at a time.
func probeWaitsHeld() Figure {
	return Figure{Name: "TIME_WAITs held", Of: func(r *results.Run) (float64, bool) {
		if host(r, "proxy") != nil {
			return timeWaits("proxy").Of(r)
		}
		return timeWaits("client").Of(r)
	}}
}

// waitsOfThousand is how many a prober would hold of 1000 backends that it
// probes each second.
func waitsOfThousand() Figure {
	return Figure{Name: "held at 1000 probes/s", Of: func(r *results.Run) (float64, bool) {
		n, _ := probes().Of(r)
		waits, ok := probeWaits().Of(r)
		return math.Round(1000 * timeWait * waits / n), ok && n > 0
	}}
}

// infoLines counts what the backend logged of clients at level info.
func infoLines() Figure {
	return linesOf("lines at info", func(text string) bool {
		return strings.Contains(text, "[info]") && strings.Contains(text, "client")
	})
}

func resetLines() Figure {
	return linesOf("of them, of resets", func(text string) bool { return strings.Contains(text, "Connection reset by peer") })
}

func accessLines() Figure {
	return linesOf("in the access log", func(text string) bool { return strings.Contains(text, `"GET / HTTP/`) })
}

// linesOf counts lines of the backend.
func linesOf(column string, is func(text string) bool) Figure {
	return Figure{Name: column, Of: func(r *results.Run) (float64, bool) {
		h := host(r, "server")
		if h == nil {
			return 0, false
		}
		var n int64
		for _, s := range h.Said {
			if is(s.Text) {
				n += s.Count
			}
		}
		return float64(n), true
	}}
}
