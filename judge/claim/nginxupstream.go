package claim

import (
	"fmt"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// nginxUpstream judges whether the keepalive directive keeps nginx from running
// out of ports towards its backend.
//
// ngx_http_proxy_module sends HTTP/1.0 and `Connection: close` unless told
// otherwise, and a proxy_set_header of a location takes the place of all that
// it would have inherited.
func nginxUpstream() Rule {
	return Rule{
		Figures: []Figure{timeWaits("proxy"), timeWaits("server"), upstreamConnections(), perUpstreamConnection(),
			badAnswers(), firstFailure(), portsOf("proxy")},
		Judge: func(e *Evidence) Verdict {
			const backend, plain, newer, alone = "HTTP/1.0, the backend closes", "HTTP/1.0, nginx closes",
				"HTTP/1.1, nginx closes", "keepalive alone"
			const all, trap = "keepalive, HTTP/1.1, no Connection header", "the same, and a header set in the location"
			e.Check(e.Of(backend, timeWaits("server")) > e.Of(backend, timeWaits("proxy")),
				"a backend that closes first holds the TIME_WAITs (%v, nginx %v), and nginx reuses its ports: %v "+
					"answers were errors", e.Of(backend, timeWaits("server")), e.Of(backend, timeWaits("proxy")),
				e.Of(backend, badAnswers()))
			runsOut := e.Check(outOfPorts(e, plain), "%s: %s", plain, ranOut(e, plain))
			e.Check(outOfPorts(e, newer), "%s: %s", newer, ranOut(e, newer))
			helps := e.Check(e.Of(all, badAnswers()) == 0 && e.Of(all, perUpstreamConnection()) > 10,
				"%s: %v requests on each of %v connections to the backend, %v errors", all,
				e.Of(all, perUpstreamConnection()), e.Of(all, upstreamConnections()), e.Of(all, badAnswers()))
			useless := e.Check(outOfPorts(e, alone), "%s: %s", alone, ranOut(e, alone))
			lost := e.Check(outOfPorts(e, trap), "%s: %s", trap, ranOut(e, trap))
			switch {
			case !runsOut:
				return verdict(scenario.Unclear,
					"without the directive ports did not run out either, with %v connections to the backend.",
					e.Of(plain, upstreamConnections()))
			case !helps:
				return verdict(scenario.Refuted,
					"with keepalive, HTTP/1.1 and an empty Connection header there were %v connections to the "+
						"backend for %d requests, and %v errors.", e.Of(all, upstreamConnections()),
					e.Run(all).Totals.Requests, e.Of(all, badAnswers()))
			case useless || lost:
				return verdict(scenario.Depends,
					"it does with `proxy_http_version 1.1` and `proxy_set_header Connection \"\"`: %v requests on a "+
						"connection. %s", e.Of(all, perUpstreamConnection()), without(e, useless, lost))
			default:
				return verdict(scenario.Confirmed,
					"with `keepalive` nginx sent %v requests on each connection to the backend.",
					e.Of(alone, perUpstreamConnection()))
			}
		},
	}
}

// without says when the directive does not help.
func without(e *Evidence, useless, lost bool) string {
	var out []string
	if useless {
		out = append(out, fmt.Sprintf("Alone it does not: %s.", ranOut(e, "keepalive alone")))
	}
	if lost {
		out = append(out, "One proxy_set_header in the location drops those that it inherited, and with them the "+
			"empty Connection header: ports run out again.")
	}
	return strings.Join(out, " ")
}

// outOfPorts reports whether a case's proxy had as many TIME_WAITs as ports.
func outOfPorts(e *Evidence, name string) bool {
	return e.Of(name, timeWaits("proxy")) >= e.Of(name, portsOf("proxy")) && e.Of(name, badAnswers()) > 0
}

// ranOut says how ports ran out on the proxy, as far as they did.
func ranOut(e *Evidence, name string) string {
	if !outOfPorts(e, name) {
		return figure.Sprintf("%v connections to the backend, %v TIME_WAITs on %v ports, %v errors to clients",
			e.Of(name, upstreamConnections()), e.Of(name, timeWaits("proxy")), e.Of(name, portsOf("proxy")),
			e.Of(name, badAnswers()))
	}
	out := figure.Sprintf("%v TIME_WAITs on the proxy's %v ports", e.Of(name, timeWaits("proxy")),
		e.Of(name, portsOf("proxy")))
	if s, ok := e.median(name, firstFailure()); ok {
		out += `, the first "Cannot assign requested address" after ` + figure.Seconds(s)
	}
	return out + figure.Sprintf(", %v errors to clients", e.Of(name, badAnswers()))
}

// upstreamConnections counts those that the proxy opened.
func upstreamConnections() Figure {
	return ProxyCounter("connections to the backend", "TcpActiveOpens")
}

// perUpstreamConnection is how many good answers came over each of them.
func perUpstreamConnection() Figure {
	return Figure{Name: "requests on each", Of: func(r *results.Run) (float64, bool) {
		n := r.Kernel.Proxy["TcpActiveOpens"]
		if n == 0 {
			return 0, false
		}
		return float64(r.Totals.Requests-r.Totals.BadAnswers()) / float64(n), true
	}}
}

// badAnswers counts HTTP answers of status 400 and above.
func badAnswers() Figure {
	return Figure{Name: "errors to clients", Of: func(r *results.Run) (float64, bool) {
		return float64(r.Totals.BadAnswers()), len(r.Totals.Status) > 0
	}}
}

// firstFailure is when the proxy first said that it had no port.
func firstFailure() Figure {
	return Figure{Name: "first failure at", Unit: "s", Of: func(r *results.Run) (float64, bool) {
		h := host(r, "proxy")
		if h == nil {
			return 0, false
		}
		for _, s := range h.Said {
			if strings.Contains(s.Text, "Cannot assign requested address") {
				return s.FirstS, true
			}
		}
		return 0, false
	}}
}
