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
		Judge: judgeHaproxyUpstream,
	}
}

func judgeHaproxyUpstream(e *Evidence) Verdict {
	const never, safe, tcp = "http, http-reuse never", "http, http-reuse safe (the default)", "tcp"
	fates := map[portsFate][]string{}
	of := map[string]portsFate{}
	for _, name := range []string{never, safe, "http, http-reuse aggressive", "http, http-reuse always",
		"http, option http-server-close", tcp} {
		if n, ports := asked(e, name), e.Of(name, portsOf("proxy")); n <= ports {
			return verdict(scenario.Unclear, "%s: %v requests are no more than %v ports: they cannot run out.", name, n,
				ports)
		}
		of[name] = e.portsFate(name)
		fates[of[name]] = append(fates[of[name]], name)
	}
	made := reuse(e)
	help, not := haproxyWays(e)
	ways := listed(" What ends it: %s.", told(help)) + listed(" What does not: %s.", told(not))
	todo := haproxyTodo(help, not)
	ports := e.Of(tcp, portsOf("proxy"))
	switch {
	case len(fates[failedOtherwise]) > 0:
		name := fates[failedOtherwise][0]
		return verdict(scenario.Unclear, "with %q %s, while ports were free: something else failed.", name,
			e.portsUsed(name))
	case len(fates[portsRanOut]) == 0:
		return verdict(scenario.Refuted, "in mode http, %s; in mode tcp, %s.", e.portsUsed(never), e.portsUsed(tcp)).
			practice("leave haproxy as it is: neither mode http nor tcp used up its %v ports.", ports)
	case of[safe] == portsRanOut && of[tcp] == portsRanOut:
		return verdict(scenario.Confirmed, "in mode http with its default, %s; in mode tcp %s.%s", e.portsUsed(safe),
			e.portsUsed(tcp), ways).practice("%s", todo)
	case len(fates[portsRanOut]) == 1 && of[tcp] == portsRanOut:
		return verdict(scenario.Depends, "not in mode http, with any http-reuse: without, %s, with %s sent. In mode "+
			"tcp, %s, with %s sent.%s", e.portsUsed(never), figure.Counted(e.Of(never, haproxyResets()), "RST"),
			e.portsUsed(tcp), figure.Counted(e.Of(tcp, haproxyResets()), "RST"), made+ways).
			practice("use mode http where you can. %s", todo)
	}
	return verdict(scenario.Depends, "%v ports ran out with %s, and did not with %s.%s", ports,
		strings.Join(fates[portsRanOut], "; "), strings.Join(fates[portsLasted], "; "), ways).
		practice("use what did not run out of ports: %s.", strings.Join(fates[portsLasted], "; "))
}

// listed are some ways in a sentence; no sentence where there are none.
func listed(format string, ways []string) string {
	if len(ways) == 0 {
		return ""
	}
	return fmt.Sprintf(format, strings.Join(ways, " or "))
}

// haproxyTodo says what to write where the mode is tcp.
func haproxyTodo(help, not []haproxyWay) string {
	if len(help) == 0 {
		return "In mode tcp, nothing that was tried is known to end it" + listed(": not %s", directives(not)) + "."
	}
	return strings.TrimSpace(listed("In mode tcp, add %s", directives(help)) + listed("; %s does not help",
		directives(not)) + ".")
}

// portsFate is what became of the ports of a case.
type portsFate int

const (
	portsLasted portsFate = iota
	portsRanOut
	failedOtherwise // requests failed, and ports were free
)

func (e *Evidence) portsFate(name string) portsFate {
	fate := e.fateOf(name, e.Of(name, portsOf("proxy")))
	e.Check((name == "tcp") == (fate == portsRanOut), "%s: %s, with %s sent%s", name, e.portsUsed(name),
		figure.Counted(e.Of(name, haproxyResets()), "RST"), mostSaid(e.Run(name)))
	return fate
}

// fateOf is that of the ports that a case has.
func (e *Evidence) fateOf(name string, ports float64) portsFate {
	switch {
	case allAnswered(e, name):
		return portsLasted
	case e.Of(name, badAnswers()) > e.Of(name, refused()):
		return failedOtherwise
	case e.Of(name, portsMost()) >= ports && e.Of(name, upstreamConnections()) >= ports:
		return portsRanOut
	}
	return failedOtherwise
}

// portsUsed tells what a case asked for, and the ports that this took.
func (e *Evidence) portsUsed(name string) string {
	return figure.Sprintf("%v of %v requests were answered, on %s over %v ports, of which %v were held at most and "+
		"%v afterwards",
		e.Of(name, answered()), asked(e, name), figure.Counted(e.Of(name, upstreamConnections()), "connection"),
		e.Of(name, portsOf("proxy")), e.Of(name, portsMost()), e.Of(name, portsHeld()))
}

// reuse tells what each kind of reuse saves: connections, which is not ports.
func reuse(e *Evidence) string {
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
		n := e.Of(few, refused())
		e.Check(n > 0, "20 source ports: of %v requests of %d clients %v were answered with 503%s", asked(e, few),
			e.Run(few).Options.Concurrency, n, mostSaid(e.Run(few)))
	}
	opened := func(name string) float64 { return e.Of(name, upstreamConnections()) }
	return figure.Sprintf(" With http-reuse safe, aggressive and always it made %v, %v and %v connections, with "+
		"http-server-close %v.", opened(safe), opened(aggressive), opened(always), opened(closes))
}

// haproxyWay is what people advise: its directive, and that with what came of it.
type haproxyWay struct{ directive, told string }

func told(ways []haproxyWay) []string {
	var out []string
	for _, w := range ways {
		out = append(out, w.told)
	}
	return out
}

func directives(ways []haproxyWay) []string {
	var out []string
	for _, w := range ways {
		out = append(out, w.directive)
	}
	return out
}

// haproxyWays says what keeps mode tcp from running out of ports, of what
// people advise, and what does not. A way that had fewer requests than ports
// shows neither: so it is with a source of 1025-65000, which has enough of them.
func haproxyWays(e *Evidence) (help, not []haproxyWay) {
	for _, way := range []struct {
		name  string
		ports float64 // of a source line of its own, or the kernel's
	}{
		{"tcp, option nolinger", e.Of("tcp, option nolinger", portsOf("proxy"))},
		{"tcp, source address:40000-41999", 2000},
		{"tcp, source address:1025-65000", 63976},
		{"tcp, source 0.0.0.0:1025-65000", e.Of("tcp, source 0.0.0.0:1025-65000", portsOf("proxy"))},
	} {
		fate := e.fateOf(way.name, way.ports)
		e.Check(fate == portsLasted && asked(e, way.name) > way.ports, "%s, with %v ports to choose from: %s, with %s "+
			"sent", way.name, way.ports, e.portsUsed(way.name),
			figure.Counted(e.Of(way.name, haproxyResets()), "RST"))
		directive := "`" + strings.TrimPrefix(way.name, "tcp, ") + "`"
		one := haproxyWay{directive, figure.Sprintf("%s (%v of %v requests, and %v ports held)", directive,
			e.Of(way.name, answered()), asked(e, way.name), e.Of(way.name, portsMost()))}
		switch {
		case fate == portsRanOut:
			not = append(not, one)
		case fate == failedOtherwise:
			e.miss("case %q: %s, and not for lack of a port", way.name, e.portsUsed(way.name))
		case fate == portsLasted && asked(e, way.name) > way.ports:
			help = append(help, one)
		}
	}
	return help, not
}

// answered counts the requests that were served.
func answered() Figure {
	return Figure{Name: "answered", of: use{answers: true, failures: true}, Of: func(r *results.Run) (float64, bool) {
		return float64(r.Totals.Status["200"]), r.Totals.Status != nil
	}}
}

// refused counts those that haproxy had no connection for.
func refused() Figure {
	return Figure{Name: "answered with 503", of: use{answers: true}, Of: func(r *results.Run) (float64, bool) {
		return float64(r.Totals.Status["503"]), r.Totals.Status != nil
	}}
}

func haproxyResets() Figure { return ProxyCounter("RSTs of haproxy", "TcpOutRsts") }

func backendTimeWaits() Figure { return ServerCounter("TIME_WAITs of the backend", "TcpExtTW") }

// asked is how many requests a case was to send.
func asked(e *Evidence, name string) float64 { return float64(e.Run(name).Options.Count) }

func allAnswered(e *Evidence, name string) bool { return e.Of(name, answered()) == asked(e, name) }
