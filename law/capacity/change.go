package capacity

import (
	"fmt"
	"math"
	"strings"
	"time"

	"tcpbench/internal/figure"
)

// The widest ip_local_port_range that leaves privileged ports alone.
const (
	widestLo = 1024
	widestHi = 65535
)

// Widest is [widestLo, widestHi].
func Widest() Range { return Range{widestLo, widestHi} }

// Bounds on what a change asks for.
const (
	maxSources      = 254  // a network of /24
	maxDestinations = 1024 // as a lab's server has
	maxRequests     = 1_000_000_000
)

// Change is one kind of change that lets more connections be opened.
type Change struct {
	Kind string
	Part Part

	// Cost orders changes: what a setting does comes before what a program or a
	// second party has to do, and a loss of data last.
	Cost int

	// Price is what it takes, and Risk what can go wrong.
	Price, Risk string

	// room tells that there are more ports after it, for connections in any state.
	room bool

	// times is how many times the present rate a remedy asks of a [Scale].
	times float64

	// apply makes the change and says what it is; false where there is nothing
	// to change or it cannot help.
	apply func(target float64, s *Step) bool
}

// Part is how a change goes with others.
type Part int

const (
	// Switch is on or off, and goes with every other change.
	Switch Part = iota
	// Scale takes a number, which is computed; it goes with switches.
	Scale
	// Alone makes an end of the limit, or of connections for their own sake.
	Alone
)

// Step is a change of some settings.
type Step struct {
	// Do is what to do, as a user would type or write it.
	Do string
	// Price is what it takes, and Risk what can go wrong.
	Price, Risk string
	// Sysctls are the settings that are part of it.
	Sysctls []Line
	// Host is where it is to be done; "" is the host that opens connections.
	Host string

	// Settings are those after it.
	Settings Settings
	// RequestsPerConnection is how many each connection has to carry; 0 is any
	// number.
	RequestsPerConnection int
	// Kept tells that connections are not opened again, so that no rate of
	// theirs is left to run out of ports.
	Kept bool
}

// Apply makes the change of s, to hold a target rate per second; 0 leaves the number
// open of a change that takes one. It returns false where there is nothing to change
// or it cannot help.
func (c Change) Apply(target float64, s Settings) (Step, bool) {
	step := Step{Price: c.Price, Risk: c.Risk, Settings: s}
	ok := c.apply(target, &step)
	if step.Settings.drops() && !s.drops() {
		step.Risk += fmt.Sprintf("; tcp_max_tw_buckets (%d) then drops TIME_WAITs early, "+
			"so old duplicates are no longer kept out", step.Settings.MaxTimeWaits)
	}
	return step, ok
}

// Changes are all there are, in the order of their cost.
func Changes() []Change {
	return []Change{
		{Kind: "pool", Part: Alone, Cost: 0, Price: "idle connections hold memory on both sides",
			Risk: "a request sent as the server closes has to be sent again", apply: pool},
		{Kind: "no-port", Part: Switch, Cost: 0, room: true, Price: "an option before bind(2)",
			Risk: "none known", apply: noPort},
		{Kind: "reuse", Part: Switch, Cost: 1, Price: "a setting of this host; tcp_timestamps on both sides",
			Risk:  "a port is taken over after tcp_tw_reuse_delay, so PAWS alone keeps an old duplicate out",
			apply: reuse},
		{Kind: "widen", Part: Switch, Cost: 2, room: true, Price: "a setting of this host; " +
			"past half of the range each connect(2) walks all of that half, which is longer now",
			Risk:  "ports of the range may be those of local servers: reserve them (ip_local_reserved_ports)",
			apply: widen},
		{Kind: "delay", Part: Scale, Cost: 3, times: 10, Price: "a setting of this host, since Linux 6.14",
			Risk:  "less time for an old duplicate to die before its port is used again; PAWS alone keeps it out",
			apply: delay},
		{Kind: "fin-timeout", Part: Scale, Cost: 3, times: 10,
			Price: "a setting of this host, of all its connections",
			Risk:  "what a server still sends after the client has closed is answered with RST sooner",
			apply: finTimeout},
		{Kind: "keepalive", Part: Alone, Cost: 4,
			Price: "client and server agree to keep connections open; idle ones hold memory on both sides",
			Risk:  "a request sent as the server closes has to be sent again", apply: keepalive},
		{Kind: "sources", Part: Scale, Cost: 6, room: true, times: 4,
			Price: "addresses on this host, which the program binds with IP_BIND_ADDRESS_NO_PORT",
			Risk:  "servers and firewalls that know clients by address see several", apply: sources},
		{Kind: "destinations", Part: Scale, Cost: 7, room: true, times: 4,
			Price: "the server listens on more addresses or ports, and the program spreads over them",
			Risk:  "the load is only as even as the spread", apply: destinations},
		{Kind: "server", Part: Alone, Cost: 8,
			Price: "the server closes first and holds the TIME_WAITs: memory there, no ports",
			Risk:  "a client that closes before the server's FIN has come holds them again", apply: server},
		{Kind: "walk", Part: Alone, Cost: 9,
			Price: "the program picks its ports: SO_REUSEADDR, bind, connect; tcp_timestamps on both sides",
			Risk: "it takes over a TIME_WAIT at once, so PAWS alone keeps an old duplicate out; " +
				"two programs that walk collide", apply: walk},
		{Kind: "reset", Part: Alone, Cost: 12, Price: "a socket option in the program",
			Risk:  "data that is not yet delivered is lost, and the server sees ECONNRESET instead of an end",
			apply: reset},
	}
}

// pool is for a library that keeps fewer idle connections than are in use.
func pool(_ float64, s *Step) bool {
	n := s.Settings.InFlight
	if !s.Settings.Held || s.Settings.IdlePool == 0 || s.Settings.IdlePool >= n {
		return false
	}
	s.Settings.IdlePool, s.Kept = n, true
	s.Do = fmt.Sprintf("keep as many idle connections as are in use: "+
		"Transport.MaxIdleConnsPerHost = %d (--max-idle-conns-per-host %d)", n, n)
	return true
}

func noPort(_ float64, s *Step) bool {
	was := s.Settings.BindReserves
	s.Settings.BindReserves = false
	s.Do = "set IP_BIND_ADDRESS_NO_PORT before bind(2) (--bind-no-port)"
	return was
}

func reuse(_ float64, s *Step) bool {
	now := &s.Settings
	if now.Reuses() || now.BindReserves || now.Walk && now.Timestamps {
		return false
	}
	var lines []Line
	if now.Reuse != 1 && !now.Walk {
		lines = append(lines, Line{sysctlReuse, "1"})
	}
	if !now.Timestamps && !now.OnlyPeerUnstamped {
		lines = append(lines, Line{sysctlTimestamps, "1"})
	}
	s.set(lines...)
	if now.PeerUnstamped != "" {
		s.setThere(now.PeerUnstamped, Line{sysctlTimestamps, "1"})
	}
	now.Timestamps, now.PeerUnstamped = true, ""
	if now.Walk { // a bind of one's own takes over a TIME_WAIT by timestamps alone
		s.Risk = "a port is taken over at once, so PAWS alone keeps an old duplicate out"
		return true
	}
	now.Reuse = 1
	s.Do += fmt.Sprintf(" (a port is free after %s)", figure.Seconds(now.ReuseDelay.Seconds()))
	return now.Reuses()
}

func widen(_ float64, s *Step) bool {
	most := s.Settings.widest()
	if s.Settings.Ports >= most {
		return false
	}
	s.Settings.Ports, s.Settings.OddRange = most, Widest().Odd()
	s.set(Line{sysctlRange, fmt.Sprintf("%d %d", widestLo, widestHi)})
	if s.Settings.Limited {
		s.Do = fmt.Sprintf("widen IP_LOCAL_PORT_RANGE (--source-ports) and %s to %d-%d",
			sysctlRange, widestLo, widestHi)
	}
	return true
}

func delay(target float64, s *Step) bool {
	free := float64(s.Settings.AtLeast() - int64(s.Settings.InFlight))
	d := time.Duration(free/target*float64(time.Second)).Truncate(time.Millisecond) - time.Millisecond // see HoldMax
	if !s.Settings.Reuses() || s.Settings.FixedDelay || d >= s.Settings.ReuseDelay || d < time.Millisecond {
		return false
	}
	s.Settings.ReuseDelay = d
	s.set(Line{sysctlReuseDelay, fmt.Sprint(d.Milliseconds())})
	return true
}

// finTimeout is for a server that does not close its end. The kernel takes whole
// seconds.
func finTimeout(target float64, s *Step) bool {
	ended := s.Settings.HoldMax() - s.Settings.late() // in TIME_WAIT
	if s.Settings.ServerOpen {
		ended = 0
	}
	n := int(float64(s.Settings.AtLeast()-int64(s.Settings.InFlight))/target - ended.Seconds())
	if !s.Settings.ServerOpen && s.Settings.late() == 0 || n < 1 ||
		time.Duration(n)*time.Second >= s.Settings.FinTimeout {
		return false
	}
	setFinTimeout(&s.Settings, n)
	s.set(Line{sysctlFinTimeout, fmt.Sprint(n)})
	return true
}

// keepalive is for a program that opens a connection for each request. One
// that holds its connections has only the number of their requests to raise.
func keepalive(target float64, s *Step) bool {
	now := s.Settings
	p := Predict(now)
	if p.SafeCPS == 0 || now.Held && target == 0 {
		return false
	}
	if target == 0 {
		s.Kept = true
		s.Do = "keep connections open, with many requests on each" +
			now.way("--mode keepalive", func(p *Program) string { return p.keep }, max(now.InFlight, 1))
		return true
	}
	n := max(math.Ceil(target/p.SafeCPS), 2)
	if n > maxRequests {
		return false
	}
	s.RequestsPerConnection = int(n)
	s.Do = fmt.Sprintf("keep connections open, with %d requests or more on each "+
		"(--mode keepalive --requests-per-conn %d)", int(n), int(n))
	return true
}

func sources(target float64, s *Step) bool {
	was := s.Settings.Sources
	s.Settings.BindReserves = false
	ok := s.Settings.enough(target, &s.Settings.Sources, maxSources)
	n := s.Settings.Sources
	s.Do = fmt.Sprintf("use %d source addresses instead of %d, with IP_BIND_ADDRESS_NO_PORT%s", n, was,
		s.Settings.way(s.Settings.Meets.sources(n), func(p *Program) string { return p.sources }))
	return ok
}

func destinations(target float64, s *Step) bool {
	was := s.Settings.Destinations
	ok := s.Settings.enough(target, &s.Settings.Destinations, maxDestinations)
	n := s.Settings.Destinations
	s.Do = fmt.Sprintf("spread over %d destinations instead of %d%s", n, was,
		s.Settings.way(s.Settings.Meets.destinations(n), func(p *Program) string { return p.destinations }))
	return ok && !s.Settings.BindReserves
}

// enough raises n, one of s, to what holds target for ever; false where it does
// not help, or more than most would be needed.
func (s *Settings) enough(target float64, n *int, most int) bool {
	now, p := *n, Predict(*s)
	if p.SustainableCPS == 0 {
		return false
	}
	each := float64(s.AtLeast()) / float64(now)
	need := math.Ceil((target*p.HoldSecondsMax + float64(s.InFlight)) / each)
	if !(need > float64(now) && need <= float64(most)) {
		return false
	}
	*n = int(need) - 1 // what rounding may have added
	if Predict(*s).SafeCPS < target {
		*n++
	}
	return *n > now
}

func server(_ float64, s *Step) bool {
	can := !s.Settings.ServerCloses && s.Settings.Program == nil // who closes first there is not ours to say
	s.Settings.ServerCloses, s.Settings.Reset = true, false
	s.Do = "let the server close first (--close server)"
	return can
}

func walk(_ float64, s *Step) bool {
	can := s.Settings.Timestamps && !s.Settings.Walk && !s.Settings.NoBind
	s.Settings.Walk, s.Settings.BindReserves = true, false
	s.Do = "bind the next port explicitly (--port-select walk)"
	return can
}

func reset(_ float64, s *Step) bool {
	can := !s.Settings.Reset && (s.Settings.Program == nil || s.Settings.Program.reset != "")
	s.Settings.Reset, s.Settings.ServerCloses = true, false
	s.Do = "close with RST: SO_LINGER on, 0 s" +
		s.Settings.way("--linger 0", func(p *Program) string { return p.reset })
	return can
}

// setThere adds a sysctl of the host at the other end.
func (s *Step) setThere(host string, l Line) {
	there := fmt.Sprintf("on the %s sysctl -w %s=%s", host, l.Name, l.Value)
	if len(s.Sysctls) == 0 {
		s.Do, s.Host = there, host
		return
	}
	s.Do += ", and " + there
}

// set makes s one of sysctls, done by sysctl(8).
func (s *Step) set(lines ...Line) {
	s.Sysctls = lines
	s.Do = "sysctl -w"
	for _, l := range lines {
		value := l.Value
		if strings.Contains(value, " ") {
			value = `"` + value + `"`
		}
		s.Do += " " + l.Name + "=" + value
	}
}
