package scenario

import "tcpbench/internal/wire"

// SocketUse names what becomes of a socket whose connection is over.
type SocketUse string

// What a native engine does with it.
const (
	// SocketsKeep disconnects it, with connect(2) to AF_UNSPEC, and connects it again,
	// where the packets are those of close(2).
	SocketsKeep SocketUse = "keep"
	// SocketsFresh closes it, and makes another for each connection.
	SocketsFresh SocketUse = "fresh"
)

// keepsSockets reports whether w's connections can end without close(2), the packets
// being the same. What stands against it is found by captures:
//   - a port that bind(2) chose, or took for all destinations, stays bound;
//   - data that is left unread makes close(2) send RST;
//   - with a linger time, it waits;
//   - after the client's FIN a server that stays open leaves a closed socket in
//     FIN_WAIT_2 for tcp_fin_timeout, and one that is not closed for good;
//   - a segment that is replayed meets a socket that counts on from its last sequence
//     number, and not a fresh one's.
func keepsSockets(w *Workload) bool {
	c := w.Closing()
	binds := w.PortSelect == PortSelectWalk || !w.Source.IsZero() && !w.BindNoPort
	open := w.ServerClosing().KeepsOpen && !c.ServerFirst && !(c.AtOnce() && w.Linger.Reset())
	for _, r := range w.Link.Rules {
		if r.Action == wire.Replay {
			return false
		}
	}
	return w.Sockets == SocketsKeep && !binds && !c.Unread && w.Linger.Timeout == 0 && !open
}

// asSocketsAre has w say what an engine that can keep sockets does.
func asSocketsAre(w *Workload) {
	if !keepsSockets(w) {
		w.Sockets = SocketsFresh
	}
}

// withFreshSockets has w say what an engine that cannot does.
func withFreshSockets(w *Workload) { w.Sockets = SocketsFresh }
