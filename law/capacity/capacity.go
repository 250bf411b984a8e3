// Package capacity is the law of how many connections per second a client
// can open for ever: ports x sources x destinations / hold time.
//
// A local port is bound to a 4-tuple until the kernel lets it go: for the
// side that closes first, 60 seconds later (TCP_TIMEWAIT_LEN is compiled in).
// Everything here is a pure function of [Settings]; nothing is measured.
package capacity

import (
	"fmt"
	"time"

	"tcpbench/internal/figure"
)

// TimeWait is how long the kernel holds a closed connection's 4-tuple
// (TCP_TIMEWAIT_LEN in include/net/tcp.h).
const TimeWait = 60 * time.Second

// Settings are what the law depends on.
type Settings struct {
	// Ports is how many local ports the kernel may pick from, for each pair
	// of source and destination: see [Ports].
	Ports int

	// NoPorts: connections have none, as those of a Unix socket.
	NoPorts bool

	// OddRange: the search may pass over one of them, since it is of an odd number of
	// ports, those included that it may not pick: see [Range.Misses].
	OddRange bool

	// Barred is how many ports of [Widest] no connection can have: those reserved
	// (ip_local_reserved_ports), and those of listeners.
	Barred int

	// Limited: the socket has a range of its own (IP_LOCAL_PORT_RANGE).
	Limited bool
	// InTurn: connect(2) looks at the ports of such a range one after the other, in
	// place of one parity first (since Linux 6.8): see [Settings.SearchesInTurn].
	InTurn bool
	// FixedDelay: the kernel has no tcp_tw_reuse_delay (before Linux 6.14): it takes over a
	// TIME_WAIT from the next second of its clock on.
	FixedDelay bool

	// Sources and Destinations count the addresses and the server ports.
	Sources, Destinations int
	// Meets is what this tool's connections end at where it is no server of its lab, to
	// which flags add addresses.
	Meets Met

	// Reset: the client closes with RST, which leaves no TIME_WAIT.
	Reset bool

	// ServerCloses: the server closes first and keeps the TIME_WAIT.
	ServerCloses bool

	// ServerOpen: the server never closes its end, so that the client's is in
	// FIN_WAIT_2 instead of TIME_WAIT, for FinTimeout (tcp_fin_timeout).
	// FinTwice: that is two timers, one after the other, of half of it each.
	ServerOpen bool
	FinTimeout time.Duration
	FinTwice   bool
	// LateFIN is how long the server takes at most to close its end once the client has,
	// where that was seen. The client's is in FIN_WAIT_2 for as long, and no longer than for
	// FinTimeout, before it is in TIME_WAIT.
	LateFIN time.Duration

	// Reuse is tcp_tw_reuse: 0 off, 1 on, 2 on for loopback only.
	Reuse int
	// ReuseDelay is tcp_tw_reuse_delay, at least 1 ms.
	ReuseDelay time.Duration
	// Timestamps is tcp_timestamps being on; reuse needs them.
	Timestamps bool
	// PeerUnstamped is the host at the other end, "server" or "proxy", where its
	// tcp_timestamps are off, and OnlyPeerUnstamped tells that this host's are on.
	PeerUnstamped     string
	OnlyPeerUnstamped bool
	// Loopback: the destination is on the loopback interface.
	Loopback bool

	// Walk: the program binds the next port itself.
	Walk bool
	// BindReserves: the source is bound without IP_BIND_ADDRESS_NO_PORT, so
	// that a port is taken for every destination at once.
	BindReserves bool

	// Program opens the connections where this tool does not; nil is this tool.
	Program *Program
	// NoBind: the program cannot bind its ports itself, as an HTTP library.
	NoBind bool
	// Held: connections carry many requests each, and are opened again because
	// no more than IdlePool of those not in use are kept; 0 keeps all.
	Held     bool
	IdlePool int

	// MaxTimeWaits is tcp_max_tw_buckets: 0 is not known, and a negative
	// number stands for its value 0, which keeps no TIME_WAIT at all.
	MaxTimeWaits int
	// InFlight is the number of connections open at a time, at most.
	InFlight int

	// HZ is how many ticks a second the kernel counts; 0 is not known, and the
	// worst is taken.
	HZ int
}

// Predict applies the law.
func Predict(s Settings) Prediction {
	if s.NoPorts {
		return Prediction{}
	}
	p := Prediction{Ports: s.Ports, Sources: s.Sources, Destinations: s.Destinations}
	hold, reason := s.hold()
	p.Reason = reason
	switch {
	case s.Tuples() == 0:
		p.Reason = "the range has no port that is neither reserved nor taken by a listener"
	case s.Overflows():
		p.Reason = fmt.Sprintf("tcp_max_tw_buckets drops %ss before the ports run out", s.state())
	case s.drops():
		// Ports run out, but no rate alone makes them.
		p.ConnectionsUntilExhaustion, p.ConnectionsAtLeast = s.Tuples(), s.AtLeast()
		p.OpenUntilExhaustion = max(int64(s.SafePorts())-s.kept(), 1)
		p.SafeCPS = s.safe()
		p.Reason = fmt.Sprintf("%s %d %ss, and whether ports run out depends on the connections in flight",
			bucketsKeep, s.kept(), s.state())
	case hold > 0:
		p.ConnectionsUntilExhaustion, p.ConnectionsAtLeast = s.Tuples(), s.AtLeast()
		p.HoldSeconds, p.HoldSecondsMax = hold.Seconds(), s.HoldMax().Seconds()
		if late := s.late(); late > 0 && !s.overtakes() {
			p.Reason += fmt.Sprintf("%s up to %s after the client", closesLate, figure.Seconds(late.Seconds()))
		}
		p.SustainableCPS, p.SafeCPS = s.rate(s.Tuples(), hold), s.safe()
	case int64(s.InFlight) > s.AtLeast():
		// Nothing is held, but more are open at a time than there are ports.
		p.ConnectionsUntilExhaustion, p.ConnectionsAtLeast = s.Tuples(), s.AtLeast()
		p.OpenUntilExhaustion = max(s.AtLeast(), 1)
		p.Reason = "more connections in flight than ports"
	}
	return p
}

// safe is the rate that never runs out of ports, whenever timers end.
func (s Settings) safe() float64 { return s.lastsOn(s.AtLeast()) }

// lastsOn is the rate that never holds more than so many ports, beside the connections
// in flight.
func (s Settings) lastsOn(ports int64) float64 {
	free := ports - int64(s.InFlight)
	if s.Tuples() > int64(s.Ports) { // those that are dropped may be of other pairs
		return max(float64(free)/s.HoldMax().Seconds(), 0)
	}
	return max(s.rate(free, s.HoldMax()), 0)
}

// rate is how many connections per second take so many ports, each for a time. Of a
// FIN_WAIT_2 of two timers the kernel counts the second one alone as a TIME_WAIT,
// and drops those that are too many.
func (s Settings) rate(ports int64, hold time.Duration) float64 {
	whole := float64(ports) / hold.Seconds()
	if s.ServerOpen && s.FinTwice && s.MaxTimeWaits != 0 {
		return max(whole, float64(ports-s.kept())/(hold/2).Seconds())
	}
	return whole
}

// Tuples is how many connections can exist at a time, in any state.
func (s Settings) Tuples() int64 {
	n := int64(s.Ports) * int64(s.Sources)
	if s.BindReserves {
		return n
	}
	return n * int64(s.Destinations)
}

// On is s on a kernel: how many ticks a second it counts, 0 is not known, and its
// name, as in "Linux 6.18.5".
func (s Settings) On(hz int, kernel string) Settings {
	var major, minor int
	n, _ := fmt.Sscanf(kernel, "Linux %d.%d", &major, &minor)
	since := func(minorOf6 int) bool { return major > 6 || major == 6 && minor >= minorOf6 }
	s.HZ, s.InTurn, s.FixedDelay = hz, n == 2 && since(8), n == 2 && !since(14)
	return s
}

// SearchesInTurn reports whether connect(2) looks at one port after the other from
// where it found the last one: no search is long before all ports are in use, and
// none passes over one (__inet_hash_connect with local_ports).
func (s Settings) SearchesInTurn() bool { return s.Limited && s.InTurn && !s.BindReserves && !s.Walk }

// AtLeast is how many connections find a port for sure, whatever state they are in.
func (s Settings) AtLeast() int64 {
	return s.Tuples() / int64(max(s.Ports, 1)) * int64(s.SafePorts())
}

// SafePorts is how many of Ports each pair of source and destination has for
// sure. Each search covers an even number of ports, from a start that moves
// ("remaining &= ~1U" in __inet_hash_connect and inet_csk_find_open_port), so that
// of an odd range it passes over one, which may be the last that is free.
func (s Settings) SafePorts() int {
	if s.OddRange && !s.SearchesInTurn() {
		return max(s.Ports-1, 0)
	}
	return s.Ports
}

// Overflows reports whether the kernel drops TIME_WAITs for their number before
// the ports of any pair of source and destination are in use. Those that it keeps may
// all be of one pair, and as many connections as are in flight may wait for the ACK
// of their FIN.
func (s Settings) Overflows() bool {
	return s.drops() && s.kept()+max(2*int64(s.InFlight), 1) <= int64(s.SafePorts())
}

// closesLate begins a reason's last clause.
const closesLate = "; the server closes its end"

const bucketsKeep = "tcp_max_tw_buckets keeps"

// drops reports whether the kernel keeps fewer TIME_WAITs than there are 4-tuples, so
// that ports run out only with connections in flight.
func (s Settings) drops() bool {
	twice := s.ServerOpen && s.FinTwice // the first of its timers is not that of a TIME_WAIT
	return s.Hold() > 0 && !twice && s.MaxTimeWaits != 0 && s.kept() < s.Tuples()
}

// kept is how many TIME_WAITs the kernel keeps, where that is known.
func (s Settings) kept() int64 { return int64(max(s.MaxTimeWaits, 0)) }

// Hold is how long a 4-tuple is taken after its connection, unless the kernel
// drops it for the number of TIME_WAITs there are.
func (s Settings) Hold() time.Duration {
	hold, _ := s.hold()
	return hold
}

// HoldMax is how long it is taken at most. A timer ends late, by what its wheel
// rounds; where the port search compares times, which are in whole ms and have to
// be past the delay (tcp_twsk_unique), it is one of those.
func (s Settings) HoldMax() time.Duration {
	hold := s.Hold()
	switch {
	case hold == 0, s.overtakes():
		return s.late()
	case s.ServerOpen && s.FinTwice:
		return hold + 2*timerLate(hold/2, s.HZ)
	case !s.ServerOpen && s.Reuses():
		return min(hold+time.Millisecond, TimeWait+timerLate(TimeWait, s.HZ)) + s.late()
	default:
		return hold + timerLate(hold, s.HZ) + s.late()
	}
}

// late is how long it is taken before what holds it once both sides have closed, at most.
func (s Settings) late() time.Duration {
	if s.LateFIN == 0 || s.Reset || s.ServerCloses || s.ServerOpen {
		return 0
	}
	half := s
	half.ServerOpen = true
	return min(s.LateFIN, half.HoldMax())
}

// overtakes reports whether the program takes over every TIME_WAIT: see [Settings.Walk].
func (s Settings) overtakes() bool {
	return s.Walk && s.Timestamps && !s.Reset && !s.ServerCloses && !s.ServerOpen
}

// hold returns how long a 4-tuple is taken after its connection, and why.
func (s Settings) hold() (time.Duration, string) {
	switch {
	case s.Reset:
		return 0, "RST close leaves no TIME_WAIT"
	case s.ServerCloses:
		return 0, "the server closes first and holds the TIME_WAIT"
	case s.ServerOpen:
		return s.FinTimeout, s.state() + " for tcp_fin_timeout: the server does not close its end"
	case s.overtakes() && s.late() > 0:
		return s.late(), "an explicit bind takes over a TIME_WAIT, but no FIN_WAIT_2 of a server that closes late"
	case s.overtakes():
		return 0, "an explicit bind takes over a TIME_WAIT while timestamps are on"
	case s.Reuses() && s.FixedDelay: // which compares whole seconds
		return time.Second, "tcp_tw_reuse at the clock's next second, at which up to twice as many find a port"
	case s.Reuses():
		return max(s.ReuseDelay, time.Millisecond), "tcp_tw_reuse after tcp_tw_reuse_delay"
	case s.Reuse != 0 && !s.Timestamps:
		return TimeWait, "TIME_WAIT; tcp_tw_reuse needs tcp_timestamps"
	case s.Reuse == 2:
		return TimeWait, "TIME_WAIT; tcp_tw_reuse=2 reuses on loopback only"
	default:
		return TimeWait, "TIME_WAIT"
	}
}

const finWait2 = "FIN_WAIT_2"

// state is the one in which a closed connection holds its 4-tuple. Both are
// kept as the kernel keeps TIME_WAITs, and count as such for tcp_max_tw_buckets.
func (s Settings) state() string {
	if s.ServerOpen {
		return finWait2
	}
	return "TIME_WAIT"
}

// Reuses reports whether the kernel's port search takes over TIME_WAITs that
// are older than ReuseDelay (tcp_twsk_unique, which leaves FIN_WAIT_2 alone).
func (s Settings) Reuses() bool {
	return s.Timestamps && !s.ServerOpen && !s.BindReserves && (s.Reuse == 1 || s.Reuse == 2 && s.Loopback)
}

// ReusesOnLoopbackAlone reports whether what is said of s is not so on loopback, where
// TIME_WAITs are taken over.
func (s Settings) ReusesOnLoopbackAlone() bool {
	there := s
	there.Loopback = true
	return there.Reuses() && !s.Reuses()
}

// ReuseAfter is the age from which a connect takes over the port of a TIME_WAIT; 0
// where it takes over none.
func (s Settings) ReuseAfter() time.Duration {
	if !s.Reuses() {
		return 0
	}
	return max(s.ReuseDelay, time.Millisecond) // the kernel's least
}
