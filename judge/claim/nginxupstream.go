package claim

import (
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
		Judge: judgeNginxUpstream,
	}
}

func judgeNginxUpstream(e *Evidence) Verdict {
	const plain, newer, alone = "HTTP/1.0, nginx closes", "HTTP/1.1, nginx closes", "keepalive alone"
	const all, trap = "keepalive, HTTP/1.1, no Connection header", "the same, and a header set in the location"
	backendCloses(e)
	e.Needs(e.upstream(plain) == upstreamRanOut, "without the directive ports run out", "%s", ranOut(e, plain))
	e.Check(e.upstream(newer) == upstreamRanOut, "%s: %s", newer, ranOut(e, newer))
	of := map[string]upstreamFate{}
	for _, name := range []string{all, alone, trap} {
		of[name] = e.upstream(name)
		e.Needs(of[name] != upstreamUndecided, name+": ports run out, or connections outlast them", "%s",
			ranOut(e, name))
	}
	e.Check(of[all] == upstreamKept, "%s: %s", all, ranOut(e, all))
	e.Check(of[alone] == upstreamRanOut, "%s: %s", alone, ranOut(e, alone))
	e.Check(of[trap] == upstreamRanOut, "%s: %s", trap, ranOut(e, trap))
	switch {
	case of[all] == upstreamRanOut:
		return verdict(scenario.Refuted, "with keepalive, HTTP/1.1 and an empty Connection header: %s.",
			ranOut(e, all)).
			practice("do not count on keepalive of the upstream: watch nginx's TIME_WAITs, of %v ports.",
				e.Of(all, portsOf("proxy")))
	case of[alone] == upstreamRanOut || of[trap] == upstreamRanOut:
		return verdict(scenario.Depends, "it does with `proxy_http_version 1.1` and `proxy_set_header Connection "+
			"\"\"`: "+
			"%s. Alone: %s. With a proxy_set_header in the location, which drops those that it would have inherited, "+
			"the empty Connection header among them: %s.", ranOut(e, all), ranOut(e, alone), ranOut(e, trap)).
			practice("%s", nginxTodo(e, of[alone] == upstreamRanOut, of[trap] == upstreamRanOut))
	default:
		return verdict(scenario.Confirmed, "with `keepalive` alone: %s; with HTTP/1.1 and no Connection header: %s; "+
			"and with a header set in the location: %s.", ranOut(e, alone), ranOut(e, all), ranOut(e, trap)).
			practice("add `keepalive N;` to the upstream: %v requests on a connection instead of %v.",
				e.Of(alone, perUpstreamConnection()), e.Of(plain, perUpstreamConnection()))
	}
}

// nginxTodo are the directives that it takes.
func nginxTodo(e *Evidence, useless, lost bool) string {
	todo := "add `keepalive N;` to the upstream"
	if useless {
		todo += ", with `proxy_http_version 1.1;` and `proxy_set_header Connection \"\";`"
	}
	if lost {
		todo += ", and repeat them in each location that has a proxy_set_header of its own"
	}
	return todo + figure.Sprintf(": %v requests on a connection instead of %v.",
		e.Of("keepalive, HTTP/1.1, no Connection header", perUpstreamConnection()),
		e.Of("HTTP/1.0, nginx closes", perUpstreamConnection()))
}

// backendCloses shows who has the TIME_WAITs where the backend closes first.
func backendCloses(e *Evidence) {
	const name = "HTTP/1.0, the backend closes"
	server, proxy := e.Of(name, timeWaits("server")), e.Of(name, timeWaits("proxy"))
	e.Check(server > proxy && e.Of(name, badAnswers()) == 0, "a backend that closes first holds the TIME_WAITs (%v), "+
		"and nginx reuses its ports: %s", server, ranOut(e, name))
}

// upstreamFate is what became of the proxy's ports.
type upstreamFate int

const (
	// upstreamUndecided: too few requests to run out, or errors for another reason.
	upstreamUndecided upstreamFate = iota
	upstreamRanOut
	// upstreamKept: more requests than ports, on few connections, and no error.
	upstreamKept
)

func (e *Evidence) upstream(name string) upstreamFate {
	ports, bad := e.Of(name, portsOf("proxy")), e.Of(name, badAnswers())
	_, said := e.median(name, firstFailure())
	switch {
	case said && bad > 0 && e.Of(name, timeWaits("proxy")) >= ports:
		return upstreamRanOut
	case !said && bad == 0 && e.Of(name, Requests()) > ports && e.Of(name, perUpstreamConnection()) > 10:
		return upstreamKept
	}
	return upstreamUndecided
}

// ranOut says what became of a case's ports.
func ranOut(e *Evidence, name string) string {
	out := figure.Sprintf("%v requests, %v errors, %v connections to the backend, %v TIME_WAITs on the proxy's %v "+
		"ports",
		e.Of(name, Requests()), e.Of(name, badAnswers()), e.Of(name, upstreamConnections()),
		e.Of(name, timeWaits("proxy")), e.Of(name, portsOf("proxy")))
	if s, ok := e.median(name, firstFailure()); ok {
		out += `, the first "Cannot assign requested address" after ` + figure.Seconds(s)
	}
	return out
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
	return Figure{Name: "errors to clients", of: use{answers: true}, Of: func(r *results.Run) (float64, bool) {
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
