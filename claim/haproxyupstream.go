package claim

import (
	"fmt"
	"strings"

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
		Figures: []Figure{portsHeld(), answered(), upstreamConnections(), haproxyResets(), backendTimeWaits(), refused()},
		Judge: func(e *Evidence) Verdict {
			const never, tcp = "http, http-reuse never", "tcp"
			ports := e.Of(tcp, portsOf("proxy"))
			http := e.Check(allAnswered(e, never), "mode http without reuse: %.0f requests of %.0f on %.0f connections over %.0f ports; %.0f ports were held afterwards, and %.0f resets sent", e.Of(never, answered()), asked(e, never), e.Of(never, upstreamConnections()), ports, e.Of(never, portsHeld()), e.Of(never, haproxyResets()))
			http = reuseHolds(e) && http
			runsOut := e.Check(!allAnswered(e, tcp) && e.Of(tcp, portsMost()) >= ports, "mode tcp: %.0f of %.0f requests were answered on %.0f ports, of which %.0f were held afterwards%s", e.Of(tcp, answered()), asked(e, tcp), ports, e.Of(tcp, portsHeld()), mostSaid(e.Run(tcp)))
			ways := haproxyWays(e)
			switch {
			case http && runsOut:
				return verdict(scenario.Depends, "not in mode http, with any http-reuse: %.0f connections over %.0f ports left %.0f of them in use, since haproxy closes with RST. In mode tcp it hands the client's FIN on and has the TIME_WAIT: ports ran out after %.0f connections. %s", e.Of(never, upstreamConnections()), ports, e.Of(never, portsHeld()), e.Of(tcp, answered()), ways)
			case runsOut:
				return verdict(scenario.Confirmed, "%.0f ports lasted for %.0f requests in mode http and %.0f in mode tcp. %s", ports, e.Of(never, answered()), e.Of(tcp, answered()), ways)
			case http:
				return verdict(scenario.Refuted, "%.0f connections in mode http and %.0f in mode tcp did not use up %.0f ports.", e.Of(never, upstreamConnections()), e.Of(tcp, upstreamConnections()), ports)
			default:
				return verdict(scenario.Depends, "%.0f ports lasted for %.0f of %.0f requests in mode http, and were not used up in mode tcp.", ports, e.Of(never, answered()), asked(e, never))
			}
		},
	}
}

// reuseHolds reports whether ports lasted with every kind of reuse, and tells
// what each saves: connections, which is not ports.
func reuseHolds(e *Evidence) bool {
	const safe, aggressive, always = "http, http-reuse safe (the default)", "http, http-reuse aggressive", "http, http-reuse always"
	const stay, closes = "http, http-reuse never, clients that stay", "http, option http-server-close"
	each := func(name string) float64 { return e.Of(name, upstreamConnections()) / e.Of(name, answered()) }
	e.Check(each(safe) > 0.9 && each(aggressive) > 0.9 && each(always) < 0.1, "connections to the backend for a request, of clients that send one on each of theirs: %.3g with http-reuse safe and %.3g with aggressive, which spare a client's first request the connections of others, and %.3g with always", each(safe), each(aggressive), each(always))
	e.Check(each(stay) < 0.1, "of clients that stay, %.3g with http-reuse never: a client keeps the one that it has", each(stay))
	e.Check(e.Of(closes, backendTimeWaits()) > 0, "option http-server-close asks the backend to close: it had %.0f TIME_WAITs, and haproxy, where it was first, sent %.0f resets", e.Of(closes, backendTimeWaits()), e.Of(closes, haproxyResets()))
	if few := "http, source of 20 ports"; e.Has(few) {
		n := e.Run(few).Totals.Status["503"]
		e.Check(n > 0, "20 source ports are 20 connections at the same time: of %.0f requests of %d clients %d were answered with 503%s", asked(e, few), e.Run(few).Options.Concurrency, n, mostSaid(e.Run(few)))
	}
	holds := true
	for _, name := range []string{safe, aggressive, always, closes} {
		if !allAnswered(e, name) {
			holds = e.Check(false, "%s: %.0f of %.0f requests were answered", name, e.Of(name, answered()), asked(e, name))
		}
	}
	return holds
}

// haproxyWays says what keeps mode tcp from running out of ports, of what
// people advise, and what does not.
func haproxyWays(e *Evidence) string {
	const nolinger, wide, narrow, unbound = "tcp, option nolinger", "tcp, source address:1025-65000", "tcp, source address:40000-41999", "tcp, source 0.0.0.0:1025-65000"
	e.Check(allAnswered(e, nolinger), "option nolinger: %.0f of %.0f requests, %.0f resets", e.Of(nolinger, answered()), asked(e, nolinger), e.Of(nolinger, haproxyResets()))
	e.Check(allAnswered(e, wide), "source ADDRESS:1025-65000: %.0f of %.0f, and %.0f ports held", e.Of(wide, answered()), asked(e, wide), e.Of(wide, portsHeld()))
	e.Check(allAnswered(e, narrow), "source ADDRESS:40000-41999: %.0f of %.0f on %.0f ports: to bind a port takes over its TIME_WAIT", e.Of(narrow, answered()), asked(e, narrow), e.Of(narrow, portsMost()))
	e.Check(!allAnswered(e, unbound), "source 0.0.0.0:1025-65000: %.0f of %.0f: without an address haproxy binds no port", e.Of(unbound, answered()), asked(e, unbound))
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
