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
	again := Counter("SYN again (TCPSynRetrans)", "TcpExtTCPSynRetrans")
	answered := ServerCounter("ACK of a SYN (TCPSYNChallenge)", "TcpExtTCPSYNChallenge")
	reset := Counter("RST sent (TcpOutRsts)", "TcpOutRsts")
	return Rule{
		Figures: []Figure{reuseConnect(), used(), failed(), answered, reset, again, beginning()},
		Judge: func(e *Evidence) Verdict {
			const arrives, lost, silent = "the last ACK arrives", "the last ACK is lost",
				"the last ACK and each RST are lost"
			control := e.Check(e.Of(arrives, used()) > 0 && e.Of(arrives, answered) == 0 &&
				e.Of(arrives, failed()) == 0,
				"where the last ACK arrives, %s used the port again, %v of their SYNs were answered by an ACK, and "+
					"%v failed", figure.Counted(e.Of(arrives, used()), "connection"), e.Of(arrives, answered),
				e.Of(arrives, failed()))
			var all, failures float64
			everywhere := true
			var told, unmet []string
			more := e.measured("it is lost, and there is no TIME_WAIT", "it is lost, and tcp_tw_reuse=1")
			for _, name := range append([]string{lost}, more...) {
				n, bad := e.Of(name, used()), e.Of(name, failed())
				if !e.Check(n > 0 && e.Of(name, answered) >= n,
					"%s: of %v SYNs the server answered %v by an ACK, as one that is in LAST_ACK does", name, n,
					e.Of(name, answered)) {
					unmet = append(unmet, figure.Sprintf("%s: %v of %v", name, e.Of(name, answered), n))
				}
				e.Check(bad == 0, "%s: %v of %v failed", name, bad, n)
				told = append(told, figure.Sprintf("%s: %v of %v failed%s", name, bad, n, named(e.Run(name))))
				all, failures, everywhere = all+n, failures+bad, everywhere && bad >= n
			}
			cleared := e.Check(e.Of(lost, reset) >= e.Of(lost, used()) && e.Of(lost, again) >= e.Of(lost, used()),
				"%s: the client sent %s, and %s a second time", lost, figure.Counted(e.Of(lost, reset), "RST"),
				figure.Counted(e.Of(lost, again), "SYN"))
			switch {
			case !control:
				return verdict(scenario.Unclear,
					"where the last ACK arrived, which is no LAST_ACK, %v of %v failed, and the server answered %s "+
						"by an ACK: something else is at work.", e.Of(arrives, failed()), e.Of(arrives, used()),
					figure.Counted(e.Of(arrives, answered), "SYN"))
			case len(unmet) > 0:
				return verdict(scenario.Unclear,
					"the server did not answer each SYN as one that is in LAST_ACK does; %s.",
					strings.Join(unmet, "; "))
			case everywhere:
				return verdict(scenario.Confirmed, "%s.", strings.Join(told, "; "))
			case failures > 0:
				return verdict(scenario.Depends, "%s.", strings.Join(told, "; "))
			case !cleared:
				return verdict(scenario.Refuted,
					"all %v succeeded, but not by a RST and another SYN; connect took %v ms.", all,
					e.Of(lost, reuseConnect()))
			}
			return verdict(scenario.Refuted,
				"all %v succeeded: the server answers the SYN with an ACK of the old connection, the client's RST "+
					"ends that, and the SYN that is sent again is accepted. Connect took %v ms, as against %v ms.%s",
				all, e.Of(lost, reuseConnect()), e.Of(arrives, reuseConnect()), withoutRST(e, silent))
		},
	}
}

// withoutRST tells what becomes of it where a firewall lets no RST through.
func withoutRST(e *Evidence, name string) string {
	if e.Has(name) && e.Check(e.Of(name, failed()) > 0, "where each RST is lost too, %v of %v failed: %s",
		e.Of(name, failed()), e.Of(name, used()), errorsOf(e.Run(name))) {
		return figure.Sprintf(" Where that RST is lost as well, as behind a firewall that drops it, %v of %v failed.",
			e.Of(name, failed()), e.Of(name, used()))
	}
	return ""
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

// failed counts connections that failed.
func failed() Figure { return Measured("failed", "failed") }

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
