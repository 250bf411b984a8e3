package claim

import (
	"slices"
	"strings"

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
// ticks, in place of a second (tcp_rcv_synsent_state_process).
func lastACK() Rule {
	again := Counter("SYN again (TCPSynRetrans)", "TcpExtTCPSynRetrans")
	answered := ServerCounter("ACK of a SYN (TCPSYNChallenge)", "TcpExtTCPSYNChallenge")
	reset := Counter("RST sent (TcpOutRsts)", "TcpOutRsts")
	return Rule{
		Figures: []Figure{reuseConnect(), used(), failed(), answered, reset, again, beginning()},
		Judge: func(e *Evidence) Verdict {
			const arrives, lost, silent = "the last ACK arrives", "the last ACK is lost", "the last ACK and each RST are lost"
			e.Check(e.Of(arrives, answered) == 0 && e.Of(arrives, failed()) == 0, "where the last ACK arrives, %.0f connections used the port again, and %.0f of them failed", e.Of(arrives, used()), e.Of(arrives, failed()))
			n := e.Of(lost, used())
			met := e.Check(n > 0 && e.Of(lost, answered) >= n, "where it is lost, the server was in LAST_ACK each of %.0f times: it answered %.0f SYNs by an ACK", n, e.Of(lost, answered))
			cleared := e.Check(e.Of(lost, reset) >= n && e.Of(lost, again) >= n, "the client sent %.0f RSTs, and %.0f SYNs a second time", e.Of(lost, reset), e.Of(lost, again))
			works := e.Check(e.Of(lost, failed()) == 0, "of these %.0f connections %.0f failed", n, e.Of(lost, failed()))
			for _, name := range []string{"it is lost, and there is no TIME_WAIT", "it is lost, and tcp_tw_reuse=1"} {
				if e.Has(name) {
					works = e.Check(e.Of(name, failed()) == 0, "%s: %.0f of %.0f failed", name, e.Of(name, failed()), e.Of(name, used())) && works
				}
			}
			switch {
			case !met:
				return verdict(scenario.Unclear, "the server answered %.0f of %.0f SYNs as one that is in LAST_ACK does: it was not in it.", e.Of(lost, answered), n)
			case !works:
				return verdict(scenario.Confirmed, "of %.0f connections to a server in LAST_ACK %.0f failed.", n, e.Of(lost, failed()))
			case !cleared:
				return verdict(scenario.Refuted, "all %.0f succeeded, otherwise than by a RST and another SYN; connect took %.3g ms.", n, e.Of(lost, reuseConnect()))
			}
			return verdict(scenario.Refuted, "all %.0f succeeded: the server answers the SYN with an ACK of the old connection, the client's RST ends that, and the SYN that is sent again is accepted. Connect took %.3g ms, as against %.3g ms.%s", n, e.Of(lost, reuseConnect()), e.Of(arrives, reuseConnect()), withoutRST(e, silent))
		},
	}
}

// withoutRST tells what becomes of it where a firewall lets no RST through.
func withoutRST(e *Evidence, name string) string {
	if e.Has(name) && e.Check(e.Of(name, failed()) > 0, "where each RST is lost too, %.0f of %.0f failed: %s", e.Of(name, failed()), e.Of(name, used()), errorsOf(e.Run(name))) {
		return " It fails only where that RST is lost as well, as behind a firewall that drops it."
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
func failed() Figure {
	return Figure{Name: "failed", Of: func(r *results.Run) (float64, bool) {
		return float64(r.Totals.Failed), true
	}}
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
		end := slices.IndexFunc(packets, func(p results.Packet) bool { return p.From == results.FromClient && p.Flags == "." })
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
