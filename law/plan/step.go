package plan

import (
	"fmt"
	"math"
	"time"

	"tcpbench/law/capacity"
)

// Bounds on what a plan asks for.
const (
	maxSources      = 254  // a network of /24
	maxDestinations = 1024 // as a lab's server has
	maxRequests     = 1_000_000_000
)

// step is one kind of change.
type step struct {
	kind string
	// cost orders ways: what a setting does comes before what a program or a
	// second party has to do, and a loss of data last.
	cost        int
	price, risk string
	// apply makes the change and says what it is; false where there is nothing
	// to change or it cannot help.
	apply func(Question, *Option) (do string, ok bool)
}

// switches are on or off.
func switches() []step {
	return []step{
		{"no-port", 0, "an option before bind(2)", "none known", noPort},
		{"reuse", 1, "a setting of this host; tcp_timestamps on both sides",
			"a port is taken over after tcp_tw_reuse_delay, so PAWS alone keeps an old duplicate out", reuse},
		{"widen", 2, "a setting of this host; past half of the range each connect(2) walks all of that half, which is longer now",
			"ports of the range may be those of local servers: reserve them (ip_local_reserved_ports)", widen},
	}
}

// scales take a number, which is computed.
func scales() []step {
	return []step{
		{"delay", 3, "a setting of this host, since Linux 6.14",
			"less time for an old duplicate to die before its port is used again; PAWS alone keeps it out", delay},
		{"sources", 6, "addresses on this host, which the program binds with IP_BIND_ADDRESS_NO_PORT",
			"servers and firewalls that know clients by address see several", sources},
		{"destinations", 7, "the server listens on more addresses or ports, and the program spreads over them",
			"the load is uneven where the spread is", destinations},
	}
}

// others make an end of the limit, or of connections for their own sake.
func others() []step {
	return []step{
		{"keepalive", 4, "client and server agree to keep connections open; idle ones hold memory on both sides",
			"a request sent as the server closes has to be sent again", keepalive},
		{"server", 8, "the server closes first and holds the TIME_WAITs: memory there, no ports",
			"a client that closes before the server's FIN has come holds them again", server},
		{"walk", 9, "the program picks its ports: SO_REUSEADDR, bind, connect; tcp_timestamps on both sides",
			"it takes over a TIME_WAIT at once, so PAWS alone keeps an old duplicate out; two programs that walk meet", walk},
		{"reset", 12, "a socket option in the program",
			"data that is not yet delivered is lost, and the server sees ECONNRESET in place of an end", reset},
	}
}

func noPort(_ Question, o *Option) (string, bool) {
	was := o.Settings.BindReserves
	o.Settings.BindReserves = false
	return "set IP_BIND_ADDRESS_NO_PORT before bind(2) (--bind-no-port)", was
}

func reuse(_ Question, o *Option) (string, bool) {
	s := &o.Settings
	if s.Reuses() || s.BindReserves {
		return "", false
	}
	do := "sysctl -w"
	if s.Reuse != 1 {
		do += " net.ipv4.tcp_tw_reuse=1"
	}
	if !s.Timestamps {
		do += " net.ipv4.tcp_timestamps=1"
	}
	s.Reuse, s.Timestamps = 1, true
	return fmt.Sprintf("%s (a port is free after %v)", do, s.ReuseDelay), s.Reuses()
}

func widen(q Question, o *Option) (string, bool) {
	if o.Settings.Ports >= q.Widest {
		return "", false
	}
	o.Settings.Ports = q.Widest
	if o.Settings.Limited {
		return "widen IP_LOCAL_PORT_RANGE (--source-ports) and net.ipv4.ip_local_port_range to 1024-65535", true
	}
	return `sysctl -w net.ipv4.ip_local_port_range="1024 65535"`, true
}

func delay(q Question, o *Option) (string, bool) {
	s := &o.Settings
	d := time.Duration(float64(s.Tuples()) / q.Target * float64(time.Second)).Truncate(time.Millisecond)
	if !s.Reuses() || d >= s.ReuseDelay || d < time.Millisecond {
		return "", false
	}
	s.ReuseDelay = d
	return fmt.Sprintf("sysctl -w net.ipv4.tcp_tw_reuse_delay=%d", d.Milliseconds()), true
}

func sources(q Question, o *Option) (string, bool) {
	s := &o.Settings
	was := s.Sources
	s.BindReserves = false
	n, ok := times(q.Target, *s, was, maxSources)
	s.Sources = n
	return fmt.Sprintf("use %d source addresses instead of %d, with IP_BIND_ADDRESS_NO_PORT (--source %d)", n, was, n), ok
}

func destinations(q Question, o *Option) (string, bool) {
	s := &o.Settings
	was := s.Destinations
	n, ok := times(q.Target, *s, was, maxDestinations)
	s.Destinations = n
	return fmt.Sprintf("spread over %d destinations instead of %d (--destinations %d)", n, was, n), ok && !s.BindReserves
}

// times is how many there have to be of what there are now so many of.
func times(target float64, s capacity.Settings, now, most int) (int, bool) {
	p := capacity.Predict(s)
	if p.SustainableCPS == 0 {
		return now, false
	}
	n := math.Ceil(target / (p.SustainableCPS / float64(now)))
	return int(min(n, float64(most))), n > float64(now) && n <= float64(most)
}

func keepalive(q Question, o *Option) (string, bool) {
	s := o.Settings
	p := capacity.Predict(s)
	if p.SustainableCPS == 0 || int64(s.InFlight) >= s.Tuples() {
		return "", false
	}
	n := max(math.Ceil(q.Target/perConnections(s, p)), 2)
	if n > maxRequests {
		return "", false
	}
	o.RequestsPerConnection = int(n)
	return fmt.Sprintf("keep connections open, with %d requests or more on each (--mode keepalive --requests-per-conn %d)", int(n), int(n)), true
}

func server(_ Question, o *Option) (string, bool) {
	o.Settings.ServerCloses, o.Settings.Reset = true, false
	return "let the server close first (--close server)", true
}

func walk(_ Question, o *Option) (string, bool) {
	o.Settings.Walk, o.Settings.BindReserves = true, false
	return "bind the next port explicitly (--port-select walk)", o.Settings.Timestamps
}

func reset(_ Question, o *Option) (string, bool) {
	o.Settings.Reset, o.Settings.ServerCloses = true, false
	return "close with RST: SO_LINGER on, 0 s (--linger 0)", true
}
