package claim

import (
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// lastACK judges whether a peer in LAST_ACK makes the next connection with the
// same addresses and ports fail.
//
// It answers the SYN with an ACK of the old connection (tcp_validate_incoming,
// net/ipv4/tcp_input.c; RFC 5961, 4), and a client in SYN_SENT answers that
// with a RST (RFC 9293, 3.10.7.3), which ends LAST_ACK. The client's SYN was
// lost by that. Since Linux 5.6 it is sent again after TCP_TIMEOUT_MIN, 2
// ticks, instead of a second (tcp_rcv_synsent_state_process).
func lastACK() Rule {
	return Rule{
		Figures: []Figure{reuseConnect(), used(), failedAtAll(), synAnswered(), rstsOfClient(), synAgain(),
			beginning()},
		Judge: judgeLastACK,
	}
}

func synAgain() Figure { return Counter("SYN again (TCPSynRetrans)", "TcpExtTCPSynRetrans") }

func synAnswered() Figure {
	return ServerCounter("ACK of a SYN (TCPSYNChallenge)", "TcpExtTCPSYNChallenge")
}

func rstsOfClient() Figure { return Counter("RST sent (TcpOutRsts)", "TcpOutRsts") }

// metLastACK is what came of the connections that met a peer in LAST_ACK.
type metLastACK struct {
	all, failed float64
	everywhere  bool // all of each case failed
	told, unmet []string
}

func judgeLastACK(e *Evidence) Verdict {
	const arrives, lost = "the last ACK arrives", "the last ACK is lost"
	e.Needs(e.Of(arrives, used()) > 0 && e.Of(arrives, synAnswered()) == 0 && e.Of(arrives, failedAtAll()) == 0,
		"where the last ACK arrives nothing is in the way",
		"%v of %v on a port that was used failed, and the server answered %s by an ACK", e.Of(arrives, failedAtAll()),
		e.Of(arrives, used()), figure.Counted(e.Of(arrives, synAnswered()), "SYN"))
	met := meetLastACK(e)
	cleared := e.Check(e.Of(lost, rstsOfClient()) >= e.Of(lost, used()) && e.Of(lost, synAgain()) >= e.Of(lost, used()),
		"%s: the client sent %s, and %s a second time", lost, figure.Counted(e.Of(lost, rstsOfClient()), "RST"),
		figure.Counted(e.Of(lost, synAgain()), "SYN"))
	switch {
	case len(met.unmet) > 0:
		return verdict(scenario.Unclear, "the server did not answer each SYN as one that is in LAST_ACK does; %s.",
			strings.Join(met.unmet, "; "))
	case met.failed > 0:
		answer := scenario.Depends
		if met.everywhere {
			answer = scenario.Confirmed
		}
		return verdict(answer, "%s.", strings.Join(met.told, "; ")).
			practice("do not use a port again at once: %v of %v connections to a peer in LAST_ACK failed.",
				met.failed, met.all)
	}
	took, usual := e.Of(lost, reuseConnect()), e.Of(arrives, reuseConnect())
	firewall, todo := withoutRST(e)
	if !cleared {
		return verdict(scenario.Refuted, "all %v succeeded, but not by a RST and another SYN (%s and %s); "+
			"connect took %v ms, as against %v ms.", met.all, figure.Counted(e.Of(lost, rstsOfClient()), "RST"),
			figure.Counted(e.Of(lost, synAgain()), "SYN"), took, usual).
			practice("do not fear a peer in LAST_ACK: connect took %v ms instead of %v ms, and did not fail.", took,
				usual)
	}
	return verdict(scenario.Refuted, "all %v succeeded (%s): the server answers the SYN with an ACK of the old "+
		"connection, the client's RST ends that, and the SYN that is sent again is accepted. Connect took %v ms, as "+
		"against %v ms.%s", met.all, strings.Join(met.told, "; "), took, usual, firewall).
		practice("do not fear a peer in LAST_ACK: connect takes %v ms instead of %v ms there, and does not fail.%s",
			took,
			usual, todo)
}

// meetLastACK looks at each case in which the last ACK is lost.
func meetLastACK(e *Evidence) metLastACK {
	met := metLastACK{everywhere: true}
	more := e.measured("it is lost, and there is no TIME_WAIT", "it is lost, and tcp_tw_reuse=1")
	for _, name := range append([]string{"the last ACK is lost"}, more...) {
		n, bad, acks := e.Of(name, used()), e.Of(name, failedAtAll()), e.Of(name, synAnswered())
		if !e.Check(n > 0 && acks >= n, "%s: of %v SYNs the server answered %v by an ACK, as one that is in LAST_ACK "+
			"does", name, n, acks) {
			met.unmet = append(met.unmet, figure.Sprintf("%s: %v of %v", name, acks, n))
		}
		told := figure.Sprintf("%s: %v of %v failed", name, bad, n)
		e.Check(bad == 0, "%s", told)
		met.told = append(met.told, told+named(e.Run(name)))
		met.all, met.failed, met.everywhere = met.all+n, met.failed+bad, met.everywhere && bad >= n
	}
	return met
}

// withoutRST tells what becomes of it where a firewall lets no RST through, and
// what to do about that.
func withoutRST(e *Evidence) (told, todo string) {
	const name = "the last ACK and each RST are lost"
	if !e.Has(name) {
		return "", ""
	}
	bad, n := e.Of(name, failedAtAll()), e.Of(name, used())
	if !e.Check(bad > 0, "where each RST is lost too, %v of %v failed: %s", bad, n, errorsOf(e.Run(name))) {
		return figure.Sprintf(" Where that RST is lost as well, %v of %v failed.", bad, n), ""
	}
	return figure.Sprintf(" Where that RST is lost as well, as behind a firewall that drops it, %v of %v failed%s.",
		bad,
		n, named(e.Run(name))), " Let no firewall drop RSTs: without them it fails."
}

// reuseConnect is the median of connect, where connections that used a port
// again were among those that succeeded.
func reuseConnect() Figure {
	return Figure{Name: "connect, median", Unit: "ms", Of: func(r *results.Run) (float64, bool) {
		if r.Latency.Connect == nil || r.Totals.Succeeded < 2 {
			return 0, false
		}
		return r.Latency.Connect.P50US / 1e3, true
	}}
}

// used counts connections with addresses and ports of an earlier one.
func used() Figure {
	return Figure{Name: "on the used port", Of: func(r *results.Run) (float64, bool) {
		ports := map[uint16]bool{}
		connections := results.ByConnection(r.Packets)
		for _, c := range connections {
			ports[c[0].Port] = true
		}
		return float64(len(connections) - len(ports)), len(connections) > 0
	}}
}

// failed counts connections that failed, for a rule that is about those that were open.
func failed() Figure {
	f := counted("failed", func(t results.Totals) int64 { return t.Failed })
	f.of = use{failures: true}
	return f
}

// failedAtAll counts them for a rule that is about connect(2) too.
func failedAtAll() Figure {
	f := failed()
	f.of.connects = true
	return f
}

// beginning is the second connection's packets up to its handshake's end: the
// client's first ACK.
func beginning() Figure {
	return Figure{Name: "packets of the second", Words: func(r *results.Run) string {
		connections := results.ByConnection(r.Packets)
		if len(connections) < 2 {
			return ""
		}
		packets := connections[1]
		const shown = 8
		end := slices.IndexFunc(packets, func(p results.Packet) bool {
			return p.From == results.FromClient && p.Flags == "."
		})
		if end < 0 {
			end = len(packets) - 1
		}
		text := results.FlagsInOrder(packets[:min(end+1, shown)])
		if end >= shown {
			text += " ..."
		}
		return text
	}}
}

// errorsOf are the failures of a run, by call and name.
func errorsOf(r *results.Run) string {
	var names []string
	for name := range r.Totals.Errors {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
