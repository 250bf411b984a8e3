// Package capacity is the law of how many connections per second a client
// can open for ever: ports x sources x destinations / hold time.
//
// A local port is bound to a 4-tuple until the kernel lets it go: for the
// side that closes first, 60 seconds later (TCP_TIMEWAIT_LEN is compiled in).
// Everything here is a pure function of [Settings]; nothing is measured.
package capacity

import (
	"fmt"
	"math"
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

	// Limited: IP_LOCAL_PORT_RANGE leaves fewer ports than the local range has.
	Limited bool

	// Sources and Destinations count the addresses and the server ports.
	Sources, Destinations int

	// Reset: the client closes with RST, which leaves no TIME_WAIT.
	Reset bool

	// ServerCloses: the server closes first and keeps the TIME_WAIT.
	ServerCloses bool

	// ServerOpen: the server never closes its end, so that the client's is in
	// FIN_WAIT_2 instead of TIME_WAIT, for FinTimeout (tcp_fin_timeout).
	ServerOpen bool
	FinTimeout time.Duration

	// Reuse is tcp_tw_reuse: 0 off, 1 on, 2 on for loopback only.
	Reuse int
	// ReuseDelay is tcp_tw_reuse_delay, at least 1 ms.
	ReuseDelay time.Duration
	// Timestamps is tcp_timestamps being on; reuse needs them.
	Timestamps bool
	// Loopback: the destination is on the loopback interface.
	Loopback bool

	// Walk: the program binds the next port itself.
	Walk bool
	// BindReserves: the source is bound without IP_BIND_ADDRESS_NO_PORT, so
	// that a port is taken for every destination at once.
	BindReserves bool

	// NoBind: the program cannot bind its ports itself, as an HTTP library.
	NoBind bool
	// Held: connections carry many requests each, and are opened again because
	// no more than IdlePool of those not in use are kept; 0 keeps all.
	Held     bool
	IdlePool int

	// MaxTimeWaits is tcp_max_tw_buckets: 0 is not known, and a negative
	// number stands for its value 0, which keeps no TIME_WAIT at all.
	MaxTimeWaits int
	// InFlight is the number of connections open at a time.
	InFlight int
}

// Prediction is what the law says.
type Prediction struct {
	Ports        int `json:"ports"`
	Sources      int `json:"sources"`
	Destinations int `json:"destinations"`

	// HoldSeconds is how long a port is held after its connection; absent
	// when it is free at once.
	HoldSeconds float64 `json:"hold_seconds,omitempty"`

	// ConnectionsUntilExhaustion is how many connections find a port when
	// they come faster than SustainableCPS; absent when all of them do.
	ConnectionsUntilExhaustion int64 `json:"connections_until_exhaustion,omitempty"`

	// SustainableCPS is how many connections per second never run out of
	// ports; absent when ports do not limit them.
	SustainableCPS float64 `json:"sustainable_cps,omitempty"`

	// Reason is the rule that decided, in a few words.
	Reason string `json:"reason"`
}

// Terms are what the law multiplies, and for how long each port is held: "28232
// ports x 1 source x 1 destination, each held 60 s".
func (p Prediction) Terms() string {
	hold := "while it is open"
	if p.HoldSeconds > 0 {
		hold = figure.Seconds(p.HoldSeconds)
	}
	return fmt.Sprintf("%s x %s x %s, each held %s", figure.Plural(p.Ports, "port"),
		figure.Plural(p.Sources, "source"), figure.Plural(p.Destinations, "destination"), hold)
}

// Exhausts reports whether some rate of connections runs out of ports.
func (p Prediction) Exhausts() bool { return p.ConnectionsUntilExhaustion > 0 }

// ExhaustsAt reports whether the given rate, in connections per second, runs
// out of ports.
func (p Prediction) ExhaustsAt(rate float64) bool {
	return p.Exhausts() && rate > p.SustainableCPS
}

// timerLate is by how much the kernel may end a TIME_WAIT late: the wheel that
// its timers are on (kernel/time/timer.c) keeps 60 s to 2.05 s with HZ=250, to
// 4.1 s with 1000 and to 5.12 s with 100.
const timerLate = 5120 * time.Millisecond

// SafeCPS is how many connections per second last with any kernel's timers: it
// is below SustainableCPS where that counts on the end of TIME_WAITs. Measured
// with HZ=250: 97 % of SustainableCPS ran out of ports after 62 s.
func (p Prediction) SafeCPS() float64 {
	if p.HoldSeconds < TimeWait.Seconds() {
		return p.SustainableCPS
	}
	return p.SustainableCPS * p.HoldSeconds / (p.HoldSeconds + timerLate.Seconds())
}

// Predict applies the law.
func Predict(s Settings) Prediction {
	p := Prediction{Ports: s.Ports, Sources: s.Sources, Destinations: s.Destinations}
	tuples := s.Tuples()
	hold, reason := s.hold()
	p.Reason = reason
	switch {
	case s.Overflows():
		p.Reason = fmt.Sprintf("tcp_max_tw_buckets drops %ss before the ports run out", s.state())
	case hold > 0:
		p.HoldSeconds = hold.Seconds()
		p.ConnectionsUntilExhaustion = tuples
		p.SustainableCPS = float64(tuples) / hold.Seconds()
	case int64(s.InFlight) > tuples:
		// Nothing is held, but more are open at a time than there are ports.
		p.ConnectionsUntilExhaustion = tuples
		p.Reason = "more connections in flight than ports"
	}
	return p
}

// SpareCPS is how many connections per second never run out of ports where
// InFlight more are held open beside them.
func (s Settings) SpareCPS() float64 {
	return float64(s.Tuples()-int64(s.InFlight)) / Predict(s).HoldSeconds
}

// Tuples is how many connections can exist at a time, in any state.
func (s Settings) Tuples() int64 {
	n := int64(s.Ports) * int64(s.Sources)
	if s.BindReserves {
		return n
	}
	return n * int64(s.Destinations)
}

// Overflows reports whether the kernel drops TIME_WAITs for their number
// before every 4-tuple is in use.
func (s Settings) Overflows() bool {
	return s.Hold() > 0 && s.MaxTimeWaits != 0 && int64(max(s.MaxTimeWaits, 0))+int64(s.InFlight) < s.Tuples()
}

// Hold is how long a 4-tuple is taken after its connection, unless the kernel
// drops it for the number of TIME_WAITs there are.
func (s Settings) Hold() time.Duration {
	hold, _ := s.hold()
	return hold
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
	case s.Walk && s.Timestamps:
		return 0, "an explicit bind takes over a TIME_WAIT while timestamps are on"
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

// state is the one in which a closed connection holds its 4-tuple. Both are
// kept as the kernel keeps TIME_WAITs, and count as such for tcp_max_tw_buckets.
func (s Settings) state() string {
	if s.ServerOpen {
		return "FIN_WAIT_2"
	}
	return "TIME_WAIT"
}

// Reuses reports whether the kernel's port search takes over TIME_WAITs that
// are older than ReuseDelay (tcp_twsk_unique, which leaves FIN_WAIT_2 alone).
func (s Settings) Reuses() bool {
	return s.Timestamps && !s.ServerOpen && !s.BindReserves && (s.Reuse == 1 || s.Reuse == 2 && s.Loopback)
}

// TimeToExhaustion is how long the given rate, in connections per second,
// can last; 0 means for ever.
func (p Prediction) TimeToExhaustion(rate float64) time.Duration {
	if !p.ExhaustsAt(rate) {
		return 0
	}
	seconds := float64(p.ConnectionsUntilExhaustion) / rate
	if seconds > math.MaxInt64/1e9 {
		return 0
	}
	return time.Duration(seconds * float64(time.Second))
}
