package cell

import (
	"net/netip"
	"time"

	"tcpbench/internal/sockdiag"
	"tcpbench/law/exhaustion"
)

// portsAgain finds out when a connect had a port again, on a host and towards a peer to
// which none was free: from one look to the next another connection has one.
type portsAgain struct {
	sockets *sockdiag.Lister // in the host's namespace
	next    time.Time        // before which it does not look again
	seen    map[uint16]holding
}

// holding is what holds a port: the kernel's number of the socket (SO_COOKIE), and
// whether only the kernel has it any more, which gives it another number then.
type holding struct {
	cookie uint64
	kept   bool
}

// longestPause is how long it does not look at most: so much later than it was may be
// what it finds out.
const longestPause = 250 * time.Millisecond

// look reports whether one has, of ports of the finding. It takes a tenth of the time, or
// what one look does in longestPause.
func (a *portsAgain) look(now time.Time, ports []int, e exhaustion.Evidence) bool {
	if now.Before(a.next) || len(ports) == 0 {
		return false
	}
	first, taken, held := a.seen == nil, false, map[uint16]holding{}
	err := a.sockets.Connections(uint16(ports[0]), uint16(ports[len(ports)-1]), sockdiag.AnyState,
		func(c sockdiag.Connection) {
			if e.Destination == c.Peer.String() && (e.Source == "" || e.Source == c.Local.Addr().String()) {
				n := holding{c.Cookie, c.TimeWait || c.Kept}
				held[c.Local.Port()] = n
				taken = taken || !first && n.follows(a.seen, c.Local)
			}
		})
	took := time.Since(now)
	a.next = now.Add(min(max(lookPause, time.Duration(float64(took)/looksShare)), longestPause))
	if err != nil {
		return false // the samples say why
	}
	a.seen = held
	return taken
}

// follows reports whether it is of another connection than the one that had its port
// when it was looked before.
func (h holding) follows(before map[uint16]holding, at netip.AddrPort) bool {
	was, held := before[at.Port()]
	return !held || h.cookie != was.cookie && (was.kept || !h.kept)
}
