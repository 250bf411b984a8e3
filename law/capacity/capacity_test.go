package capacity

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// thousand is a client with 1000 ports, one destination and the kernel's
// defaults, across a link that is not loopback.
func thousand() Settings {
	return Settings{
		Ports: 1000, Sources: 1, Destinations: 1,
		Reuse: 2, ReuseDelay: time.Second, Timestamps: true, MaxTimeWaits: 131072, InFlight: 50,
	}
}

// with returns the settings of thousand after a change.
func with(change func(*Settings)) Settings {
	s := thousand()
	change(&s)
	return s
}

// Each row was measured on Linux 6.18; until is how many connections in a row
// were opened before the first failure, 0 when there was none.
func TestPredictIsWhatLinuxDoes(t *testing.T) {
	const (
		onLoopbackOnly  = "TIME_WAIT; tcp_tw_reuse=2 reuses on loopback only"
		reused          = "tcp_tw_reuse after tcp_tw_reuse_delay"
		needsTimestamps = "TIME_WAIT; tcp_tw_reuse needs tcp_timestamps"
		finWait         = "FIN_WAIT_2 for tcp_fin_timeout: the server does not close its end"
	)
	local := Range{40000, 40999}
	tests := []struct {
		name        string
		settings    Settings
		until       int64
		sustainable float64
		hold        float64
		reason      string
	}{
		{"tcp_tw_reuse=2 across a veth", thousand(), 1000, 1000.0 / 60, 60, onLoopbackOnly},
		{"tcp_tw_reuse=0", with(func(s *Settings) { s.Reuse = 0 }), 1000, 1000.0 / 60, 60, "TIME_WAIT"},
		{"the default range of ports", with(func(s *Settings) { s.Ports = 28232 }), 28232, 470.53, 60, onLoopbackOnly},
		{"RST close", with(func(s *Settings) { s.Reset = true }), 0, 0, 0, "RST close leaves no TIME_WAIT"},
		{"tcp_tw_reuse=1 gives every port once a second",
			with(func(s *Settings) { s.Reuse = 1 }), 1000, 1000, 1, reused},
		{"tcp_tw_reuse_delay=200",
			with(func(s *Settings) { s.Reuse, s.ReuseDelay = 1, 200*time.Millisecond }), 1000, 5000, 0.2, reused},
		{"tcp_tw_reuse_delay=1",
			with(func(s *Settings) { s.Reuse, s.ReuseDelay = 1, time.Millisecond }), 1000, 1e6, 0.001, reused},
		{"tcp_tw_reuse=1 without timestamps",
			with(func(s *Settings) { s.Reuse, s.Timestamps = 1, false }), 1000, 1000.0 / 60, 60, needsTimestamps},
		{"tcp_tw_reuse=2 on loopback", with(func(s *Settings) { s.Loopback = true }), 1000, 1000, 1, reused},
		{"tcp_tw_reuse=2 on loopback without timestamps",
			with(func(s *Settings) { s.Loopback, s.Timestamps = true, false }), 1000, 1000.0 / 60, 60, needsTimestamps},
		{"tcp_max_tw_buckets=100",
			with(func(s *Settings) { s.MaxTimeWaits = 100 }),
			0, 0, 0, "tcp_max_tw_buckets drops TIME_WAITs before the ports run out"},
		{"tcp_max_tw_buckets, 50 in flight, and as many that wait for the ACK of their FIN",
			with(func(s *Settings) { s.MaxTimeWaits = 900 }),
			0, 0, 0, "tcp_max_tw_buckets drops TIME_WAITs before the ports run out"},
		{"tcp_max_tw_buckets that leaves no more ports than those",
			with(func(s *Settings) { s.MaxTimeWaits = 901 }), 1000, 0, 0,
			"tcp_max_tw_buckets keeps 901 TIME_WAITs, and whether ports run out depends on the connections in flight"},
		{"tcp_max_tw_buckets as many as a search of an odd range finds for sure",
			with(func(s *Settings) { s.OddRange, s.InFlight, s.MaxTimeWaits = true, 0, 999 }), 1000, 0, 0,
			"tcp_max_tw_buckets keeps 999 TIME_WAITs, and whether ports run out depends on the connections in flight"},
		{"as many TIME_WAITs as ports",
			with(func(s *Settings) { s.MaxTimeWaits = 1000 }), 1000, 1000.0 / 60, 60, onLoopbackOnly},
		{"the server closes first",
			with(func(s *Settings) { s.ServerCloses = true }),
			0, 0, 0, "the server closes first and holds the TIME_WAIT"},
		{"the server never closes",
			with(func(s *Settings) { s.ServerOpen, s.FinTimeout = true, 2*time.Second }), 1000, 500, 2, finWait},
		{"tcp_tw_reuse=1 does not reuse FIN_WAIT_2",
			with(func(s *Settings) { s.ServerOpen, s.FinTimeout, s.Reuse = true, 2*time.Second, 1 }),
			1000, 500, 2, finWait},
		{"tcp_max_tw_buckets=100 is of FIN_WAIT_2 too",
			with(func(s *Settings) { s.ServerOpen, s.FinTimeout, s.MaxTimeWaits = true, time.Minute, 100 }),
			0, 0, 0, "tcp_max_tw_buckets drops FIN_WAIT_2s before the ports run out"},
		{"two destination ports",
			with(func(s *Settings) { s.Destinations = 2 }), 2000, 2000.0 / 60, 60, onLoopbackOnly},
		{"two sources, bound without IP_BIND_ADDRESS_NO_PORT",
			with(func(s *Settings) { s.Sources, s.BindReserves = 2, true }), 2000, 2000.0 / 60, 60, onLoopbackOnly},
		{"the same towards two destinations: none is left for the other",
			with(func(s *Settings) { s.Sources, s.Destinations, s.BindReserves = 2, 2, true }),
			2000, 2000.0 / 60, 60, onLoopbackOnly},
		{"the same with IP_BIND_ADDRESS_NO_PORT",
			with(func(s *Settings) { s.Sources, s.Destinations = 2, 2 }), 4000, 4000.0 / 60, 60, onLoopbackOnly},
		{"IP_LOCAL_PORT_RANGE 40100-40299",
			with(func(s *Settings) { s.Ports = len(Ports(local, Range{40100, 40299}, nil)) }),
			200, 200.0 / 60, 60, onLoopbackOnly},
		{"IP_LOCAL_PORT_RANGE half outside",
			with(func(s *Settings) { s.Ports = len(Ports(local, Range{40900, 41099}, nil)) }),
			100, 100.0 / 60, 60, onLoopbackOnly},
		{"IP_LOCAL_PORT_RANGE wholly outside is ignored",
			with(func(s *Settings) { s.Ports = len(Ports(local, Range{50000, 50299}, nil)) }),
			1000, 1000.0 / 60, 60, onLoopbackOnly},
		{"ip_local_reserved_ports=40000-40099",
			with(func(s *Settings) { s.Ports = len(Ports(local, Range{}, []Range{{40000, 40099}})) }),
			900, 15, 60, onLoopbackOnly},
		{"the program binds the next port itself",
			with(func(s *Settings) { s.Walk, s.Reuse = true, 0 }),
			0, 0, 0, "an explicit bind takes over a TIME_WAIT while timestamps are on"},
		{"the same without timestamps",
			with(func(s *Settings) { s.Walk, s.Timestamps, s.Reuse = true, false, 0 }),
			1000, 1000.0 / 60, 60, "TIME_WAIT"},
		{"RST close with more in flight than ports",
			with(func(s *Settings) { s.Reset, s.InFlight = true, 1001 }),
			1000, 0, 0, "more connections in flight than ports"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Predict(tt.settings)
			if p.ConnectionsUntilExhaustion != tt.until || p.Exhausts() != (tt.until > 0) {
				t.Errorf("Predict(%+v).ConnectionsUntilExhaustion = %d, Exhausts() = %t, want %d", tt.settings,
					p.ConnectionsUntilExhaustion, p.Exhausts(), tt.until)
			}
			if math.Abs(p.SustainableCPS-tt.sustainable) > 0.005 {
				t.Errorf("Predict(%+v).SustainableCPS = %.3f, want %.3f", tt.settings, p.SustainableCPS, tt.sustainable)
			}
			if p.HoldSeconds != tt.hold {
				t.Errorf("Predict(%+v).HoldSeconds = %v, want %v", tt.settings, p.HoldSeconds, tt.hold)
			}
			if p.Reason != tt.reason {
				t.Errorf("Predict(%+v).Reason = %q, want %q", tt.settings, p.Reason, tt.reason)
			}
		})
	}
}

func TestExhaustsAt(t *testing.T) {
	tests := []struct {
		name     string
		settings Settings
		rate     float64
		want     bool
		after    time.Duration
	}{
		{"below what is safe", thousand(), 14.5, false, 0},
		{"exactly the sustainable rate may last", with(func(s *Settings) { s.Ports = 600 }), 10, false, time.Minute},
		{"above it", thousand(), 500, true, 2 * time.Second},
		{"tcp_tw_reuse_delay=1 outlasts any client",
			with(func(s *Settings) { s.Reuse, s.ReuseDelay = 1, time.Millisecond }), 100_000, false, 0},
		{"RST close", with(func(s *Settings) { s.Reset = true }), 1e9, false, 0},
		{"no connection at all", thousand(), 0, false, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Predict(tt.settings)
			if got := p.ExhaustsAt(tt.rate); got != tt.want {
				t.Errorf("ExhaustsAt(%v) = %t, want %t", tt.rate, got, tt.want)
			}
			if got := p.TimeToExhaustion(tt.rate); got != tt.after {
				t.Errorf("TimeToExhaustion(%v) = %v, want %v", tt.rate, got, tt.after)
			}
		})
	}
}

// drawSettings makes up settings; half of them run out of ports.
func drawSettings(t *rapid.T) Settings {
	return Settings{
		Ports:        rapid.IntRange(1, 64512).Draw(t, "ports"),
		OddRange:     rapid.Bool().Draw(t, "odd range"),
		HZ:           rapid.SampledFrom([]int{0, 100, 250, 300, 1000}).Draw(t, "HZ"),
		Sources:      rapid.IntRange(1, 64).Draw(t, "sources"),
		Destinations: rapid.IntRange(1, 64).Draw(t, "destinations"),
		Reset:        rapid.IntRange(0, 9).Draw(t, "reset") == 0,
		ServerCloses: rapid.IntRange(0, 9).Draw(t, "server closes") == 0,
		Reuse:        rapid.IntRange(0, 2).Draw(t, "reuse"),
		ReuseDelay:   time.Duration(rapid.IntRange(1, 60000).Draw(t, "delay")) * time.Millisecond,
		Timestamps:   rapid.Bool().Draw(t, "timestamps"),
		Loopback:     rapid.Bool().Draw(t, "loopback"),
		Walk:         rapid.Bool().Draw(t, "walk"),
		BindReserves: rapid.Bool().Draw(t, "bind reserves"),
		MaxTimeWaits: rapid.SampledFrom([]int{0, 100, 4096, 131072, 1 << 20}).Draw(t, "max time waits"),
		InFlight:     rapid.IntRange(1, 2000).Draw(t, "in flight"),
	}
}

// sustainable is the rate that settings hold, without end if ports are not the limit.
func sustainable(s Settings) float64 {
	p := Predict(s)
	if !p.Exhausts() || p.OpenUntilExhaustion > 0 {
		return math.Inf(1)
	}
	return p.SustainableCPS
}

func TestMoreNeverSustainsLess(t *testing.T) {
	improvements := []struct {
		name  string
		apply func(*Settings)
	}{
		{"more ports", func(s *Settings) { s.Ports++ }},
		{"more sources", func(s *Settings) { s.Sources++ }},
		{"more destinations", func(s *Settings) { s.Destinations++ }},
		{"RST close", func(s *Settings) { s.Reset = true }},
		{"the server closes", func(s *Settings) { s.ServerCloses = true }},
		{"timestamps", func(s *Settings) { s.Timestamps = true }},
		{"a shorter delay", func(s *Settings) { s.ReuseDelay = max(s.ReuseDelay/2, time.Millisecond) }},
		{"IP_BIND_ADDRESS_NO_PORT", func(s *Settings) { s.BindReserves = false }},
		{"fewer in flight", func(s *Settings) { s.InFlight-- }},
	}
	rapid.Check(t, func(t *rapid.T) {
		s := drawSettings(t)
		for _, i := range improvements {
			better := s
			i.apply(&better)
			if s.drops() && !better.drops() {
				continue // with fewer TIME_WAITs dropped, ports may become the limit
			}
			if int64(better.InFlight) > better.AtLeast() {
				continue // no rate is sustainable then
			}
			if got, least := sustainable(better), sustainable(s); got < least {
				t.Errorf("with %s, Predict(%+v) sustains %v, want at least %v", i.name, better, got, least)
			}
		}
	})
}

func TestPredictionIsConsistent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSettings(t)
		p := Predict(s)
		if p.Reason == "" {
			t.Errorf("Predict(%+v) gives no reason", s)
		}
		if p.Exhausts() && p.ConnectionsUntilExhaustion != s.Tuples() {
			t.Errorf("Predict(%+v).ConnectionsUntilExhaustion = %d, want %d", s, p.ConnectionsUntilExhaustion,
				s.Tuples())
		}
		decides := p.OpenUntilExhaustion > 0
		if !decides && p.SafeCPS > p.SustainableCPS || p.HoldSecondsMax < p.HoldSeconds ||
			p.ConnectionsAtLeast > p.ConnectionsUntilExhaustion {
			t.Errorf("Predict(%+v) = %+v, want no less for sure than at most", s, p)
		}
		if (p.SustainableCPS > 0) != (p.HoldSeconds > 0) || p.SustainableCPS > 0 && !p.Exhausts() {
			t.Errorf("Predict(%+v) = %+v, want a sustainable rate exactly where ports are held", s, p)
		}
	})
}
