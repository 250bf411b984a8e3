package lawtest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Setup is a host, a client on it, and the server at the other end.
type Setup struct {
	// HZ is how many ticks a second the kernel counts.
	HZ int
	// Sysctls are the client's host's, without "net.ipv4."; what is absent is the
	// kernel's default. ServerSysctls are those of the server's.
	Sysctls, ServerSysctls map[string]string
	// Listeners are ports of the client's host that a server has.
	Listeners []int
	// Loopback: both are on one host.
	Loopback bool

	// What follows are options of `run`. Source is 0 where none is named.
	Source, Destinations int
	BindNoPort           bool
	// SourcePorts is IP_LOCAL_PORT_RANGE; two zeros are none.
	SourcePorts [2]int
	Walk        bool
	// Linger0 closes with RST; Close is "client", "shutdown" or "server".
	Linger0 bool
	Close   string
	// ServerClose is "eof" or "never".
	ServerClose string
	// Keepalive: each connection carries Requests requests, 0 any number.
	Keepalive bool
	Requests  int
	// Concurrency bounds the connections in flight.
	Concurrency int
	// Timeout bounds connect and each request.
	Timeout time.Duration
}

// number is a sysctl's value.
func (s Setup) number(name string, otherwise int) int {
	if n, err := strconv.Atoi(s.Sysctls[name]); err == nil {
		return n
	}
	return otherwise
}

// local is ip_local_port_range.
func (s Setup) local() (lo, hi int) {
	lo, hi = 32768, 60999
	if text, ok := s.Sysctls["ip_local_port_range"]; ok {
		fmt.Sscan(text, &lo, &hi)
	}
	return lo, hi
}

// searched are the ports that a search goes through. Of a socket's own range an
// end counts that lies within the host's (inet_sk_get_local_port_range).
func (s Setup) searched() (lo, hi int) {
	lo, hi = s.local()
	if s.SourcePorts == [2]int{} {
		return lo, hi
	}
	if first := s.SourcePorts[0]; lo <= first && first <= hi {
		lo = first
	}
	if last := s.SourcePorts[1]; lo <= last && last <= hi {
		hi = last
	}
	return lo, hi
}

// barred are the ports that a search passes over: reserved ones, and those that
// were bound explicitly (tb->fastreuse >= 0 in __inet_hash_connect).
func (s Setup) barred() map[int]string {
	out := map[int]string{}
	comma := func(r rune) bool { return r == ',' }
	for _, part := range strings.FieldsFunc(s.Sysctls["ip_local_reserved_ports"], comma) {
		lo, hi, ok := strings.Cut(part, "-")
		if !ok {
			hi = lo
		}
		from, _ := strconv.Atoi(lo)
		to, _ := strconv.Atoi(hi)
		for p := from; p <= to; p++ {
			out[p] = "RESERVED"
		}
	}
	for _, p := range s.Listeners {
		if out[p] == "" {
			out[p] = "LISTEN"
		}
	}
	return out
}

// Usable counts the ports that one source has towards one destination.
func (s Setup) Usable() int {
	lo, hi := s.searched()
	n := hi - lo + 1
	for p := range s.barred() {
		if lo <= p && p <= hi {
			n--
		}
	}
	return n
}

// Pairs counts the pairs of source and destination that have ports of their own.
func (s Setup) Pairs() int {
	if s.reserves() {
		return max(s.Source, 1)
	}
	return max(s.Source, 1) * s.Destinations
}

// reserves: bind(2) takes the port, for every destination.
func (s Setup) reserves() bool { return s.Source > 0 && !s.BindNoPort && !s.Walk }

// stamped: both sides send timestamps (RFC 7323, 1.3).
func (s Setup) stamped() bool {
	return s.number("tcp_timestamps", 1) != 0 && s.ServerSysctls["tcp_timestamps"] != "0"
}

// reuseAfter is the age from which the search takes over a TIME_WAIT
// (tcp_twsk_unique), false where it never does.
func (s Setup) reuseAfter() (ms int64, ok bool) {
	how := s.number("tcp_tw_reuse", 2)
	return int64(s.number("tcp_tw_reuse_delay", 1000)), s.stamped() && (how == 1 || how == 2 && s.Loopback)
}

// finWait is tcp_fin_time: tcp_fin_timeout, and no less than 3.5 times the least
// time until a retransmission.
func (s Setup) finWait() time.Duration {
	return max(time.Duration(s.number("tcp_fin_timeout", 60))*time.Second, 700*time.Millisecond)
}

// hold is the longest that a connection of the load holds its port once it is over.
func (s Setup) hold(l Load) time.Duration {
	if l.Closing+l.Lingers > 0 && !s.Linger0 && s.Close != "server" {
		return s.waits(l) + s.hold(Load{Drops: l.Drops, Refuses: l.Refuses})
	}
	c := clock{hz: int64(s.HZ), timers: Latest}
	after, reuses := s.reuseAfter()
	switch {
	case l.Drops, l.Refuses, s.Linger0 && s.Close == "client", s.Close == "server":
		return time.Second
	case s.ServerClose == "never" && s.finWait() > time.Minute:
		return 2 * c.ends(0, s.finWait()-time.Minute)
	case s.ServerClose == "never":
		return c.ends(0, s.finWait())
	case s.Walk && s.stamped(): // which takes over every TIME_WAIT
		return time.Millisecond
	case reuses && !s.reserves():
		return time.Duration(after+1) * time.Millisecond
	default:
		return c.ends(0, time.Minute)
	}
}

// waits is the longest that a connection of the load waits for the server to acknowledge
// and to close, once its client has closed its end and has no other in its place.
func (s Setup) waits(l Load) time.Duration {
	halfClosed := s
	halfClosed.ServerClose = "never"
	slow := l.Closing + min(l.Lingers, halfClosed.hold(Load{}))
	if s.Close == "shutdown" { // till the timeout it is in flight
		return max(slow-s.Timeout, 0)
	}
	return slow
}
