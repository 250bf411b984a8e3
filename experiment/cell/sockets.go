package cell

import (
	"tcpbench/law/capacity"
	"tcpbench/scenario"
)

// fewPorts is from how many ports on, towards each destination, one is not taken again
// within a millisecond, a tick of the timestamps.
const fewPorts = 10_000

// sockets is what becomes of w's sockets at most: see [scenario.Workload]. Where the
// server holds the TIME_WAITs, it takes a SYN for one where its sequence number or its
// timestamp is later (tcp_timewait_state_process). A fresh socket's sequence number
// always is; a kept one's counts on from another connection's, so that the timestamp has
// to be. Without timestamps 43 % of SYNs were answered with an ACK and sent again, and
// 7 % where 100 ports were taken again within the millisecond. stamped tells that both
// sides are known to send them.
//
// A Unix socket cannot be disconnected. Behind a NAT none is kept: it takes over the port
// of a closed connection where the sequence number is ahead (nf_seq_has_advanced), which is
// a toss for each of them with fresh sockets, and one toss for all of them with kept ones.
func sockets(w scenario.Workload, law capacity.Settings, stamped bool) scenario.SocketUse {
	if law.NoPorts || !w.NAT.IsZero() || w.Closing().ServerFirst && (!stamped || law.Ports < fewPorts) {
		return scenario.SocketsFresh
	}
	return w.Sockets
}
