package capacity

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Remedy is one change that lets more connections be opened.
type Remedy struct {
	// Change is what to do, as a user would type or write it.
	Change string `json:"change"`

	// Sysctls are the lines of a sysctl.conf(5) that do it; absent where it is
	// no sysctl.
	Sysctls []string `json:"sysctls,omitempty"`

	// SustainableCPS is the rate it would sustain; absent when ports would
	// no longer be the limit.
	SustainableCPS float64 `json:"sustainable_cps,omitempty"`

	// Price is what it costs or risks.
	Price string `json:"price"`
}

// The widest ip_local_port_range that leaves privileged ports alone.
const (
	widestLo = 1024
	widestHi = 65535
	widest   = widestHi - widestLo + 1
)

// Remedies returns the changes that would help a client with these settings,
// those that give most first, and among equals the cheapest first.
func Remedies(s Settings) []Remedy {
	now := Predict(s)
	if now.SustainableCPS == 0 {
		return nil
	}
	var out []Remedy
	for _, c := range changes() {
		next, change, ok := c.apply(s)
		if !ok {
			continue
		}
		p := Predict(next)
		if p.Exhausts() && p.SustainableCPS <= now.SustainableCPS {
			continue
		}
		price := c.price
		if next.Overflows() {
			price += fmt.Sprintf("; tcp_max_tw_buckets (%d) then drops TIME_WAITs early, so old duplicates are no longer kept out", next.MaxTimeWaits)
		}
		out = append(out, Remedy{Change: change, Sysctls: sysctlLines(s, next), SustainableCPS: p.SustainableCPS, Price: price})
	}
	switch {
	case s.Held && s.IdlePool > 0 && s.IdlePool < s.InFlight:
		out = slices.Insert(out, 0, pool(s.InFlight))
	case !s.Held && int64(s.InFlight) <= s.Tuples():
		out = append(out, keepalive())
	}
	slices.SortStableFunc(out, func(a, b Remedy) int {
		return cmp.Compare(b.rank(), a.rank())
	})
	return out
}

// rank orders unlimited remedies before limited ones.
func (r Remedy) rank() float64 {
	if r.SustainableCPS == 0 {
		return 1e18
	}
	return r.SustainableCPS
}

func keepalive() Remedy {
	return Remedy{
		Change: "keep connections open and send many requests on each",
		Price:  "needs client and server to agree on keepalive; idle connections hold memory on both sides",
	}
}

func pool(connections int) Remedy {
	return Remedy{
		Change: fmt.Sprintf("keep as many idle connections as are in use: Transport.MaxIdleConnsPerHost = %d (--max-idle-conns-per-host %d)", connections, connections),
		Price:  "idle connections hold memory on both sides",
	}
}

// change is one kind of remedy: how it alters the settings, and its price.
type change struct {
	price string
	apply func(Settings) (Settings, string, bool)
}

// changes are in the order of their price, cheapest first.
func changes() []change {
	return []change{
		{
			price: "none known beyond timestamps; without the option bind(2) takes the port for every destination",
			apply: func(s Settings) (Settings, string, bool) {
				next := s
				next.BindReserves = false
				return next, "set IP_BIND_ADDRESS_NO_PORT before bind(2) (--bind-no-port)", s.BindReserves
			},
		},
		{
			price: "the program must manage ports itself; needs tcp_timestamps on both sides; an old duplicate is kept out by PAWS alone",
			apply: func(s Settings) (Settings, string, bool) {
				next := s
				next.Walk = true
				return next, "bind the next port explicitly with SO_REUSEADDR (--port-select walk)", !s.Walk && !s.NoBind && s.Timestamps
			},
		},
		{
			price: "the server holds the TIME_WAITs instead: memory there, no ports; the protocol must let the server close",
			apply: func(s Settings) (Settings, string, bool) {
				next := s
				next.ServerCloses = true
				return next, "let the server close first (--close server)", !s.ServerCloses
			},
		},
		{
			price: "data that is not yet delivered is lost, and the server sees a reset (ECONNRESET) instead of an end",
			apply: func(s Settings) (Settings, string, bool) {
				next := s
				next.Reset = true
				return next, "close with RST: SO_LINGER on, 0 s (--linger 0)", !s.Reset
			},
		},
		{
			price: "needs tcp_timestamps on both sides; a port is taken over after tcp_tw_reuse_delay, so an old duplicate is kept out by PAWS alone",
			apply: func(s Settings) (Settings, string, bool) {
				next := s
				next.Reuse = 1
				next.Timestamps = true
				change := "sysctl -w"
				if s.Reuse != 1 {
					change += " net.ipv4.tcp_tw_reuse=1"
				}
				if !s.Timestamps {
					change += " net.ipv4.tcp_timestamps=1"
				}
				next.ReuseDelay = max(s.ReuseDelay, time.Millisecond)
				return next, change, !s.Reuses() && !s.BindReserves
			},
		},
		{
			price: "less time for an old duplicate to die before its port is used again; PAWS alone keeps it out",
			apply: func(s Settings) (Settings, string, bool) {
				next := s
				next.ReuseDelay = s.ReuseDelay / 10
				ms := next.ReuseDelay.Milliseconds()
				return next, fmt.Sprintf("sysctl -w net.ipv4.tcp_tw_reuse_delay=%d", ms), s.Reuses() && ms >= 1
			},
		},
		{
			price: "takes addresses, and the program must bind them (with IP_BIND_ADDRESS_NO_PORT)",
			apply: func(s Settings) (Settings, string, bool) {
				next := s
				next.Sources *= 4
				return next, fmt.Sprintf("use %d source addresses instead of %d (--source %d)", next.Sources, s.Sources, next.Sources), true
			},
		},
		{
			price: "the server must listen on more addresses or ports",
			apply: func(s Settings) (Settings, string, bool) {
				next := s
				next.Destinations *= 4
				return next, fmt.Sprintf("spread the load over %d destinations instead of %d", next.Destinations, s.Destinations), !s.BindReserves
			},
		},
		{
			price: "a longer port search: past half the range each connect(2) walks all of that half; ports in the range may clash with local listeners",
			apply: func(s Settings) (Settings, string, bool) {
				next := s
				next.Ports = widest
				if s.Limited {
					return next, fmt.Sprintf("widen IP_LOCAL_PORT_RANGE (--source-ports) and net.ipv4.ip_local_port_range to %d-%d", widestLo, widestHi), true
				}
				return next, fmt.Sprintf("sysctl -w net.ipv4.ip_local_port_range=\"%d %d\"", widestLo, widestHi), s.Ports < widest
			},
		},
	}
}
