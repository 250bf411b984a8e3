package headroom

import (
	"net/netip"
	"time"

	"tcpbench/law/capacity"
)

// Pair is what local ports are limited for: each source address has all of
// them towards each destination.
type Pair struct {
	Source      netip.Addr
	Destination netip.AddrPort
}

// loopback reports whether the kernel takes connections of p for loopback
// (tcp_twsk_unique).
func (p Pair) loopback() bool { return p.Source.IsLoopback() || p.Destination.Addr().IsLoopback() }

// Use is what is taken of one pair's ports.
type Use struct {
	Pair

	// Open counts connections in every state but TIME_WAIT.
	Open int
	// TimeWait counts TIME_WAITs, which Ages sorts.
	TimeWait int
	Ages     Ages
}

// InUse is how many ports are taken, in any state.
func (u *Use) InUse() int { return u.Open + u.TimeWait }

// AddTimeWait counts a TIME_WAIT that has so much left of its time.
func (u *Use) AddTimeWait(left time.Duration) {
	u.TimeWait++
	u.Ages.add(capacity.TimeWait - left)
}

// Ages counts TIME_WAITs by how many whole seconds ago they began. A pair has
// 65536 ports at most, so that no number overflows but that of all ports in
// one second, which stops one short.
type Ages [int(capacity.TimeWait / time.Second)]uint16

func (a *Ages) add(age time.Duration) {
	i := min(max(int(age/time.Second), 0), len(a)-1)
	if a[i] != 1<<16-1 {
		a[i]++
	}
}

// Younger is how many began less than d ago. Within a second they are taken
// to be spread evenly.
func (a *Ages) Younger(d time.Duration) float64 {
	sum := 0.0
	for _, n := range a {
		if d <= 0 {
			break
		}
		sum += float64(n) * min(d.Seconds(), 1)
		d -= time.Second
	}
	return sum
}

// Reading is what is seen of a host at one moment.
type Reading struct {
	At time.Time

	// Law is what the kernel's settings say, for one source and one
	// destination; Ports are those that connect(2) may pick.
	Law capacity.Settings

	// Uses are the pairs that use ports, in no order, each once.
	Uses []Use
}
