package claim

import (
	"fmt"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// haproxyUpstream judges whether haproxy runs out of source ports for the
// TIME_WAITs of its connections to a backend.
//
// haproxy closes a connection that it opened with SO_LINGER 0, which sends RST,
// unless it saw the backend's FIN before (FD_LINGER_RISK in its src/fd.c). In
// mode tcp it hands the client's FIN on first, by shutdown(2), and so is the
// one that closed first; `option nolinger` resets there too (its manual, 4.2).
//
// The source ports of a server's line are a ring of haproxy's own, each bound
// before connect(2), which takes over a TIME_WAIT where there are timestamps
// (twsk_unique, by __inet_check_established). Those of 0.0.0.0 are not bound:
// tcp_bind_socket in its src/proto_tcp.c passes over what is no address.
func haproxyUpstream() Rule {
	return Rule{
		Figures: []Figure{portsHeld(), answered(), upstreamConnections(), haproxyResets(),
			backendTimeWaits(), refused()},
		Judge: func(e *Evidence) Verdict {
			const never, safe, tcp = "http, http-reuse never", "http, http-reuse safe (the default)", "tcp"
			ports := e.Of(tcp, portsOf("proxy"))
			if asked(e, tcp) <= ports || asked(e, never) <= ports {
				return verdict(scenario.Unclear, "%v requests are no more than %v ports: they cannot run out.",
					min(asked(e, tcp), asked(e, never)), ports)
			}
			fates := map[portsFate][]string{}
			of := map[string]portsFate{}
			for _, name := range []string{never, safe, "http, http-reuse aggressive", "http, http-reuse always",
				"http, option http-server-close", tcp} {
				of[name] = e.portsFate(name, ports)
				fates[of[name]] = append(fates[of[name]], name)
			}
			reuse(e)
			ways := haproxyWays(e)
			switch {
			case len(fates[failedOtherwise]) > 0:
				name := fates[failedOtherwise][0]
				return verdict(scenario.Unclear, "with %q %s, while ports were free: something else failed.", name,
					e.portsUsed(name))
			case len(fates[portsRanOut]) == 0:
				return verdict(scenario.Refuted, "%s in mode http and %v in mode tcp did not use up %v ports.",
					figure.Counted(e.Of(never, upstreamConnections()), "connection"), e.Of(tcp, upstreamConnections()),
					ports)
			case of[safe] == portsRanOut && of[tcp] == portsRanOut:
				return verdict(scenario.Confirmed, "in mode http with its default, %s; in mode tcp %s. %s",
					e.portsUsed(safe), e.portsUsed(tcp), ways)
			case len(fates[portsRanOut]) == 1 && of[tcp] == portsRanOut:
				return verdict(scenario.Depends,
					"not in mode http, with any http-reuse: without, haproxy made %s over %v ports, sent %s, and "+
						"held %s afterwards. In mode tcp it sent %s and held %v: ports ran out after %s. %s",
					figure.Counted(e.Of(never, upstreamConnections()), "connection"), ports,
					figure.Counted(e.Of(never, haproxyResets()), "RST"),
					figure.Counted(e.Of(never, portsHeld()), "port"),
					figure.Counted(e.Of(tcp, haproxyResets()), "RST"), e.Of(tcp, portsHeld()),
					figure.Counted(e.Of(tcp, upstreamConnections()), "connection"), ways)
			}
			return verdict(scenario.Depends, "%v ports ran out with %s, and did not with %s.", ports,
				strings.Join(fates[portsRanOut], "; "), strings.Join(fates[portsLasted], "; "))
		},
	}
}

// portsFate is what became of the ports of a case.
type portsFate int

const (
	portsLasted portsFate = iota
	portsRanOut
	failedOtherwise // requests failed, and ports were free
)

func (e *Evidence) portsFate(name string, ports float64) portsFate {
	fate := portsLasted
	if !allAnswered(e, name) {
		fate = failedOtherwise
		if e.Of(name, portsMost()) >= ports {
			fate = portsRanOut
		}
	}
	e.Check((name == "tcp") == (fate == portsRanOut), "%s: %s, with %s sent%s", name, e.portsUsed(name),
		figure.Counted(e.Of(name, haproxyResets()), "RST"), mostSaid(e.Run(name)))
	return fate
}

// portsUsed tells what a case asked for, and the ports that this took.
func (e *Evidence) portsUsed(name string) string {
	return figure.Sprintf("%v of %v requests were answered, on %s over %v ports, of which %v were held at most and "+
		"%v afterwards",
		e.Of(name, answered()), asked(e, name), figure.Counted(e.Of(name, upstreamConnections()), "connection"),
		e.Of(name, portsOf("proxy")), e.Of(name, portsMost()), e.Of(name, portsHeld()))
}

// reuse tells what each kind of reuse saves: connections, which is not ports.
func reuse(e *Evidence) {
	const safe, aggressive, always = "http, http-reuse safe (the default)", "http, http-reuse aggressive",
		"http, http-reuse always"
	const stay, closes = "http, http-reuse never, clients that stay", "http, option http-server-close"
	each := func(name string) float64 { return e.Of(name, upstreamConnections()) / e.Of(name, answered()) }
	e.Check(each(safe) > 0.9 && each(aggressive) > 0.9 && each(always) < 0.1,
		"connections to the backend for a request, of clients that send one on each of theirs: %v with http-reuse "+
			"safe, %v with aggressive, and %v with always", each(safe), each(aggressive), each(always))
	e.Check(each(stay) < 0.1, "of clients that stay, %v with http-reuse never", each(stay))
	e.Check(e.Of(closes, backendTimeWaits()) > 0, "option http-server-close: the backend had %s, and haproxy sent %s",
		figure.Counted(e.Of(closes, backendTimeWaits()), "TIME_WAIT"),
		figure.Counted(e.Of(closes, haproxyResets()), "RST"))
	if few := "http, source of 20 ports"; e.Has(few) {
		n := e.Run(few).Totals.Status["503"]
		e.Check(n > 0, "20 source ports: of %v requests of %d clients %d were answered with 503%s", asked(e, few),
			e.Run(few).Options.Concurrency, n, mostSaid(e.Run(few)))
	}
}

// haproxyWays says what keeps mode tcp from running out of ports, of what
// people advise, and what does not.
func haproxyWays(e *Evidence) string {
	const nolinger, wide, narrow, unbound = "tcp, option nolinger", "tcp, source address:1025-65000",
		"tcp, source address:40000-41999", "tcp, source 0.0.0.0:1025-65000"
	e.Check(allAnswered(e, nolinger), "option nolinger: %v of %v requests, and %s sent", e.Of(nolinger, answered()),
		asked(e, nolinger), figure.Counted(e.Of(nolinger, haproxyResets()), "RST"))
	e.Check(allAnswered(e, wide), "source ADDRESS:1025-65000: %v of %v, and %s held", e.Of(wide, answered()),
		asked(e, wide), figure.Counted(e.Of(wide, portsHeld()), "port"))
	e.Check(allAnswered(e, narrow), "source ADDRESS:40000-41999: %v of %v, with %s in use at most",
		e.Of(narrow, answered()), asked(e, narrow), figure.Counted(e.Of(narrow, portsMost()), "port"))
	e.Check(!allAnswered(e, unbound), "source 0.0.0.0:1025-65000: %v of %v", e.Of(unbound, answered()),
		asked(e, unbound))
	var help, not []string
	for _, name := range []string{nolinger, wide, unbound} {
		way := "`" + strings.TrimPrefix(name, "tcp, ") + "`"
		if allAnswered(e, name) {
			help = append(help, way)
		} else {
			not = append(not, way)
		}
	}
	var out []string
	if len(help) > 0 {
		out = append(out, fmt.Sprintf("What ends it: %s.", strings.Join(help, " or ")))
	}
	if len(not) > 0 {
		out = append(out, fmt.Sprintf("What does not: %s.", strings.Join(not, " or ")))
	}
	return strings.Join(out, " ")
}

// answered counts the requests that were served.
func answered() Figure {
	return Figure{Name: "answered", Of: func(r *results.Run) (float64, bool) {
		return float64(r.Totals.Status["200"]), r.Totals.Status != nil
	}}
}

// refused counts those that haproxy had no connection for.
func refused() Figure {
	return Figure{Name: "answered with 503", Of: func(r *results.Run) (float64, bool) {
		n, ok := r.Totals.Status["503"]
		return float64(n), ok
	}}
}

func haproxyResets() Figure { return ProxyCounter("RSTs of haproxy", "TcpOutRsts") }

func backendTimeWaits() Figure { return ServerCounter("TIME_WAITs of the backend", "TcpExtTW") }

// asked is how many requests a case was to send.
func asked(e *Evidence, name string) float64 { return float64(e.Run(name).Options.Count) }

func allAnswered(e *Evidence, name string) bool { return e.Of(name, answered()) == asked(e, name) }
