package headroom

import (
	"math"
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

	// Half counts those of Open that their programs have closed and their peers have not
	// (FIN_WAIT_2): the kernel ends each after a time, tcp_fin_timeout.
	Half Half
}

// Half counts connections in FIN_WAIT_2, which no program has any more.
type Half struct {
	// Count is all of them, and Late how many of them are over their time.
	Count, Late int
	// hold is how long each lasts, and ages count them by how many parts of it ago
	// they began: seconds, or sixtieths of what is longer than a minute.
	hold time.Duration
	ages [60]uint16
}

// part is the time that one of ages stands for.
//
// Note: with sixtieths of less than a minute, a second from reading to reading ends within
// one of them, and of a load of whole seconds each was counted one and a half times.
func (h *Half) part() time.Duration {
	if h.hold == 0 {
		return 0
	}
	return max(time.Second, h.hold/time.Duration(len(h.ages)))
}

// AddHalf counts a connection in FIN_WAIT_2 that has so much left of its time, of hold.
func (u *Use) AddHalf(left, hold time.Duration) {
	u.Open++
	h := &u.Half
	h.Count++
	if h.hold = hold; left <= 0 || h.part() <= 0 {
		h.Late++
		return
	}
	i := min(max(int((hold-left)/h.part()), 0), len(h.ages)-1)
	if h.ages[i] != 1<<16-1 {
		h.ages[i]++
	}
}

// younger is how many began less than d ago, of those that are not over their time.
func (h *Half) younger(d time.Duration) float64 {
	part, sum := h.part(), 0.0
	if part <= 0 {
		return 0
	}
	for rest, i := d, 0; rest > 0 && i < len(h.ages); i++ {
		sum += float64(h.ages[i]) * min(rest.Seconds()/part.Seconds(), 1)
		rest -= part
	}
	return sum
}

// InUse is how many ports are taken, in any state.
func (u *Use) InUse() int { return u.Open + u.TimeWait }

// AddTimeWait counts a TIME_WAIT that has so much left of its time.
func (u *Use) AddTimeWait(left time.Duration) {
	u.TimeWait++
	u.Ages.add(capacity.TimeWait - left)
}

// Ages counts TIME_WAITs by how many whole seconds ago they began, up to 65535 of each
// second: a pair has no more ports, and all pairs together rarely begin as many.
type Ages [int(capacity.TimeWait / time.Second)]uint16

func (a *Ages) add(age time.Duration) {
	i := min(max(int(age/time.Second), 0), len(a)-1)
	a[i] = atMost(uint32(a[i]) + 1)
}

// atMost is n where there is a number for it.
func atMost(n uint32) uint16 { return uint16(min(n, math.MaxUint16)) }

// plus adds others, and minus takes them away, which are among them.
func (a *Ages) plus(others *Ages) {
	for i, n := range others {
		a[i] = atMost(uint32(a[i]) + uint32(n))
	}
}

func (a *Ages) minus(others *Ages) {
	for i, n := range others {
		a[i] -= n
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

	// TimeWaits counts all of the network namespace, on any port and of servers too, which
	// share what Law.MaxTimeWaits keeps. Fewer than Uses have, as 0, is not known.
	TimeWaits int
}
