package claim

import (
	"fmt"
	"math"
	"strings"

	"tcpbench/internal/figure"
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
		Figures: []Figure{probeWaitsHeld(), probes(), waitsOfThousand(), probeResets(), backendAccepted(), infoLines(),
			resetLines(), accessLines()},
		Judge: judgeHealthCheck,
	}
}

func judgeHealthCheck(e *Evidence) Verdict {
	const tcpFIN, httpFIN, tcpRST, httpRST = "TCP, FIN", "HTTP, FIN", "TCP, RST", "HTTP, RST"
	const quietTCP, quietHTTP = "TCP, RST, error_log at its default", "HTTP, RST, error_log at its default"
	// A tenth is for what else goes wrong on a busy machine.
	var nothing []string
	law, measured, resetsOfFIN := true, "", 0.0
	for _, name := range []string{tcpFIN, httpFIN} {
		if !e.Check(e.waitsOfProbe(name) > 0.9, "%s on the prober", e.probesLeft(name)) {
			nothing = append(nothing, e.probesLeft(name))
		}
		e.Needs(e.Of(name, probeResets()) < 0.1*e.Of(name, probes()), name+": no RST is sent", "%v for %v probes",
			e.Of(name, probeResets()), e.Of(name, probes()))
		holds, text := heldByTheLaw(e, name)
		law, measured = law && holds, measured+text
		resetsOfFIN += e.Of(name, resetLines())
	}
	unreset, kept := e.probesReset(tcpRST, httpRST, quietTCP, quietHTTP)
	e.probesAccepted(tcpFIN, httpFIN, tcpRST, httpRST, quietTCP, quietHTTP)
	logs := e.Check(e.Of(tcpFIN, infoLines()) > 0.9*e.Of(tcpFIN, probes()) &&
		e.Of(httpFIN, infoLines()) > 0.9*e.Of(httpFIN, probes()) && resetsOfFIN == 0,
		"with FIN it logged %s at level info for %v TCP probes, and %v for %v HTTP probes, %v of them of a reset",
		figure.Counted(e.Of(tcpFIN, infoLines()), "line"), e.Of(tcpFIN, probes()), e.Of(httpFIN, infoLines()),
		e.Of(httpFIN, probes()), resetsOfFIN)
	haproxyProbes(e)
	others := goProbes(e)
	loud, quiet := e.Of(tcpRST, resetLines())+e.Of(httpRST, resetLines()),
		e.Of(quietTCP, resetLines())+e.Of(quietHTTP, resetLines())
	switch {
	case len(nothing) > 0:
		return verdict(scenario.Unclear, "closed with FIN, %s: there was nothing to save.",
			strings.Join(nothing, "; "))
	case len(unreset) > 0:
		return verdict(scenario.Unclear, "not every probe was closed by RST: %s.", strings.Join(unreset, "; "))
	case len(kept) > 0:
		return verdict(scenario.Refuted, "closed with RST, %s.", strings.Join(kept, "; ")).
			practice("close health checks as you like: with RST too, %s.", kept[0])
	case !logs:
		return verdict(scenario.Unclear, "the backend's log does not show it: with FIN it had %s at level info for "+
			"TCP and %v for HTTP, and %v of resets.", figure.Counted(e.Of(tcpFIN, infoLines()), "line"),
			e.Of(httpFIN, infoLines()), resetsOfFIN)
	case loud+quiet == 0:
		return verdict(scenario.Confirmed, "%s%s No reset was logged.", probesSave(e, law, measured), others).
			practice("close health checks with RST (SO_LINGER with 0 s): no TIME_WAIT, and nothing in the log.")
	}
	v := verdict(scenario.Depends, "%s%s Its price: \"Connection reset by peer\" in the log of an nginx that logs at "+
		"level info, for %v of %v TCP probes and %v of %v HTTP probes; at its default, error, for %v of %v and %v of "+
		"%v. With FIN it wrote %v lines for %v TCP probes and %v for %v HTTP probes, none of a reset.",
		probesSave(e, law, measured), others, e.Of(tcpRST, resetLines()), e.Of(tcpRST, probes()),
		e.Of(httpRST, resetLines()), e.Of(httpRST, probes()), e.Of(quietTCP, resetLines()), e.Of(quietTCP, probes()),
		e.Of(quietHTTP, resetLines()), e.Of(quietHTTP, probes()), e.Of(tcpFIN, infoLines()), e.Of(tcpFIN, probes()),
		e.Of(httpFIN, infoLines()), e.Of(httpFIN, probes()))
	if quiet > 0 {
		return v.practice("close health checks with RST only where the prober is short of ports: at nginx's default "+
			"error_log too, %v probes wrote %v lines.", e.Of(quietTCP, probes())+e.Of(quietHTTP, probes()), quiet)
	}
	return v.practice("close health checks with RST (SO_LINGER with 0 s), and leave nginx's error_log above info: "+
		"at info %v probes wrote %v lines.", e.Of(tcpRST, probes())+e.Of(httpRST, probes()), loud)
}

// probesSave says what RST saves, and what that comes to by the law.
func probesSave(e *Evidence, law bool, measured string) string {
	each := e.waitsOfProbe("TCP, FIN")
	saved := figure.Sprintf("with FIN a TCP probe left %v TIME_WAIT on the prober, an HTTP probe %v, with RST %v and "+
		"%v.",
		each, e.waitsOfProbe("HTTP, FIN"), e.waitsOfProbe("TCP, RST"), e.waitsOfProbe("HTTP, RST"))
	if law {
		saved += figure.Sprintf(" By the law, rate x 60 s, one that probes each of 1000 backends once a second would "+
			"hold %v, though only %v towards each%s.", each*1000*timeWait, each*timeWait, measured)
	}
	return saved
}

// probesAccepted is a control: probes that reach no backend are no probes.
func (e *Evidence) probesAccepted(names ...string) {
	for _, name := range names {
		n, accepted := e.Of(name, probes()), e.Of(name, backendAccepted())
		e.Needs(math.Abs(accepted-n) < 0.1*n, name+": the backend accepts the probes",
			"%v of %v", accepted, n)
	}
}

// waitsOfProbe is how many TIME_WAITs a probe left on the prober, the mean.
func (e *Evidence) waitsOfProbe(name string) float64 {
	return e.Of(name, probeWaits()) / e.Of(name, probes())
}

func (e *Evidence) probesLeft(name string) string {
	return fmt.Sprintf("%s: %s left %s", name, figure.Counted(e.Of(name, probes()), "probe"),
		figure.Counted(e.Of(name, probeWaits()), "TIME_WAIT"))
}

// probesReset checks that probes were closed by RST and left nothing. It tells
// of the cases that were not, and of those that left something all the same; a
// tenth is for what else goes wrong on a busy machine.
func (e *Evidence) probesReset(names ...string) (unreset, kept []string) {
	for _, name := range names {
		rsts := e.Of(name, probeResets())
		if !e.Check(rsts > 0.9*e.Of(name, probes()), "%s: the prober sent %s", name, figure.Counted(rsts, "RST")) {
			unreset = append(unreset, fmt.Sprintf("%s: %s for %s", name, figure.Counted(rsts, "RST"),
				figure.Counted(e.Of(name, probes()), "probe")))
		}
		if !e.Check(e.waitsOfProbe(name) < 0.1, "%s, and the backend logged %s with \"Connection reset by peer\"",
			e.probesLeft(name), figure.Counted(e.Of(name, resetLines()), "line")) {
			kept = append(kept, e.probesLeft(name))
		}
	}
	return unreset, kept
}

// heldByTheLaw compares what a prober holds at a time with rate x 60 s, where
// it was measured for so long; it is false where they differ. The kernel's
// timers may end an eighth later (kernel/time/timer.c).
func heldByTheLaw(e *Evidence, name string) (holds bool, measured string) {
	r := e.Run(name)
	if r.DurationS <= timeWait {
		return true, ""
	}
	rate, held := r.Options.Rate.From, e.Of(name, probeWaitsHeld())
	law := rate * timeWait
	return e.Check(math.Abs(held-law) < law/8,
		"%s: at most %v of them were held at a time; %v probes/s for 60 s are %v, by the law", name, held, rate,
		law), figure.Sprintf("; %s at %v/s for %s, at most %v were held", name, rate, figure.Seconds(r.DurationS), held)
}

// haproxyProbes tells how a real prober closes.
func haproxyProbes(e *Evidence) {
	const tcp, http = "haproxy's check", "haproxy's check, option httpchk"
	e.Check(e.Of(tcp, probeWaits()) == 0,
		"%s: %s, %s, %s; %v of them became connections of the backend (TcpPassiveOpens), which logged %v resets", tcp,
		figure.Counted(e.Of(tcp, probes()), "probe"), figure.Counted(e.Of(tcp, probeResets()), "RST"),
		figure.Counted(e.Of(tcp, probeWaits()), "TIME_WAIT"), e.Of(tcp, backendAccepted()), e.Of(tcp, resetLines()))
	waits := backendTimeWaits()
	e.Check(e.Of(http, probeWaits()) == 0, "%s: %s, %s, %s on the prober and %v on the backend", http,
		figure.Counted(e.Of(http, probes()), "probe"), figure.Counted(e.Of(http, probeResets()), "RST"),
		figure.Counted(e.Of(http, probeWaits()), "TIME_WAIT"), e.Of(http, waits))
}

// goProbes tells how probes of Go's http.Client close, as it is, and with SetLinger(0) in
// its DialContext.
func goProbes(e *Evidence) string {
	const usual, linger = "Go's http.Client", "Go's http.Client, SetLinger(0)"
	e.probesAccepted(usual, linger)
	left := e.Check(e.waitsOfProbe(usual) > 0.9 && e.Of(usual, probeResets()) < 0.1*e.Of(usual, probes()),
		"%s, and sent %s", e.probesLeft(usual), figure.Counted(e.Of(usual, probeResets()), "RST"))
	none := e.Check(e.waitsOfProbe(linger) < 0.1 && e.Of(linger, probeResets()) > 0.9*e.Of(linger, probes()),
		"%s, and sent %s", e.probesLeft(linger), figure.Counted(e.Of(linger, probeResets()), "RST"))
	text := figure.Sprintf("it left %v TIME_WAIT a probe, with SetLinger(0) in DialContext %v, after %v "+
		"and %v RSTs.", e.waitsOfProbe(usual), e.waitsOfProbe(linger), e.Of(usual, probeResets()),
		e.Of(linger, probeResets()))
	if left && none {
		return " Go's http.Client does the same: " + text
	}
	return " Go's http.Client does otherwise: " + text
}

// ofProber is a counter of the kernel that the probes come from: the proxy's,
// where haproxy is the prober.
func ofProber(column, counter string) Figure {
	return kernelFigure(column, counter, func(k results.Kernel) map[string]int64 {
		if k.Proxy != nil {
			return k.Proxy
		}
		return k.Client
	})
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
// probes each second, by the law: it is not measured.
func waitsOfThousand() Figure {
	return Figure{Name: "held at 1000 probes/s, by the law", Of: func(r *results.Run) (float64, bool) {
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
	return linesOf("of them, of resets", func(text string) bool {
		return strings.Contains(text, "Connection reset by peer")
	})
}

func accessLines() Figure {
	return linesOf("in the access log", func(text string) bool { return strings.Contains(text, `"GET / HTTP/`) })
}

// linesOf counts lines of the backend.
func linesOf(column string, is func(text string) bool) Figure {
	return Figure{Name: column, Of: func(r *results.Run) (float64, bool) {
		h := host(r, "server")
		if h == nil || h.SaidUnread != nil { // some were not counted
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
