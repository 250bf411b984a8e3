package capacity

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const (
	poolOf50 = "keep as many idle connections as are in use: " +
		"Transport.MaxIdleConnsPerHost = 50 (--max-idle-conns-per-host 50)"
	bindNoPort = "set IP_BIND_ADDRESS_NO_PORT before bind(2) (--bind-no-port)"
	reuseIt    = "sysctl -w net.ipv4.tcp_tw_reuse=1 (a port is free after 1 s)"
	stamped    = "sysctl -w net.ipv4.tcp_tw_reuse=1 net.ipv4.tcp_timestamps=1 (a port is free after 1 s)"
	stamps     = "sysctl -w net.ipv4.tcp_timestamps=1 (a port is free after 1 s)"
	wider      = `sysctl -w net.ipv4.ip_local_port_range="1024 65535"`
	delay99    = "sysctl -w net.ipv4.tcp_tw_reuse_delay=99"
	keepOpen   = "keep connections open, with many requests on each (--mode keepalive)"
	sources2   = "use 2 source addresses instead of 1, with IP_BIND_ADDRESS_NO_PORT (--source 2)"
	sources4   = "use 4 source addresses instead of 1, with IP_BIND_ADDRESS_NO_PORT (--source 4)"
	targets4   = "spread over 4 destinations instead of 1 (--destinations 4)"
	sources6   = "use 6 source addresses instead of 1, with IP_BIND_ADDRESS_NO_PORT (--source 6)"
	targets6   = "spread over 6 destinations instead of 1 (--destinations 6)"
	letServer  = "let the server close first (--close server)"
	bindNext   = "bind the next port explicitly (--port-select walk)"
	withRST    = "close with RST: SO_LINGER on, 0 s (--linger 0)"
)

func TestRemediesInTheirOrder(t *testing.T) {
	tests := []struct {
		name     string
		settings Settings
		want     []string
	}{
		{"the kernel's defaults", with(func(s *Settings) { s.Ports = 28232 }),
			[]string{reuseIt, wider, keepOpen, sources4, targets4, letServer, bindNext, withRST}},
		{"with few ports, the same", thousand(),
			[]string{reuseIt, wider, keepOpen, sources4, targets4, letServer, bindNext, withRST}},
		{"a proxy of the lab, to which no flag adds addresses", with(func(s *Settings) {
			s.Ports, s.Meets = 28232, MeetsProxy
		}), []string{reuseIt, wider, keepOpen, sources4, "spread over 4 destinations instead of 1", letServer,
			bindNext, withRST}},
		{"a target outside a lab, which makes no addresses", with(func(s *Settings) {
			s.Ports, s.Meets = 28232, MeetsTarget
		}), []string{reuseIt, wider, keepOpen,
			"use 4 source addresses instead of 1, with IP_BIND_ADDRESS_NO_PORT (--source with their addresses)",
			"spread over 4 destinations instead of 1 (name them all)", letServer, bindNext, withRST}},
		{"reuse is on: a shorter delay instead", with(func(s *Settings) { s.Ports, s.Reuse = 28232, 1 }),
			[]string{wider, delay99, keepOpen, sources4, targets4, letServer, bindNext, withRST}},
		{"reuse is on, and the kernel has no delay that can be set",
			with(func(s *Settings) { s.Ports, s.Reuse = 28232, 1; *s = s.On(250, "Linux 6.12.117+deb12-cloud-amd64") }),
			[]string{wider, keepOpen, sources4, targets4, letServer, bindNext, withRST}},
		{"reuse is on, and the kernel has one",
			with(func(s *Settings) { s.Ports, s.Reuse = 28232, 1; *s = s.On(250, "Linux 6.14.0") }),
			[]string{wider, delay99, keepOpen, sources4, targets4, letServer, bindNext, withRST}},
		{"the delay is short already",
			with(func(s *Settings) { s.Ports, s.Reuse, s.ReuseDelay = 28232, 1, 9*time.Millisecond }),
			[]string{wider, keepOpen, sources4, targets4, letServer, bindNext, withRST}},
		{"no timestamps", with(func(s *Settings) { s.Ports, s.Reuse, s.Timestamps = 28232, 0, false }),
			[]string{stamped, wider, keepOpen, sources4, targets4, letServer, withRST}},
		{"reuse without the timestamps that it needs",
			with(func(s *Settings) { s.Ports, s.Reuse, s.Timestamps = 28232, 1, false }),
			[]string{stamps, wider, keepOpen, sources4, targets4, letServer, withRST}},
		{"a program that binds its ports lacks timestamps alone",
			with(func(s *Settings) { s.Ports, s.Reuse, s.Timestamps, s.Walk = 28232, 2, false, true }),
			[]string{"sysctl -w net.ipv4.tcp_timestamps=1", wider, keepOpen, sources4, targets4, letServer, withRST}},
		{"the widest range", with(func(s *Settings) { s.Ports, s.MaxTimeWaits = 64512, 1<<20 }),
			[]string{reuseIt, keepOpen, sources4, targets4, letServer, bindNext, withRST}},
		{"a wider range has none but ports that are reserved",
			with(func(s *Settings) { s.Ports, s.Barred = 1000, 63512 }),
			[]string{reuseIt, keepOpen, sources4, targets4, letServer, bindNext, withRST}},
		{"every port is reserved, in the widest range as well",
			with(func(s *Settings) { s.Ports, s.Barred = 0, 64512 }), nil},
		{"bind takes the port for every destination",
			with(func(s *Settings) { s.Ports, s.Destinations, s.BindReserves = 28232, 2, true }),
			[]string{bindNoPort, wider, keepOpen, sources2, letServer, bindNext, withRST}},
		{"bind takes the port, but there is one destination only",
			with(func(s *Settings) { s.Ports, s.BindReserves = 28232, true }),
			[]string{wider, keepOpen, sources4, letServer, bindNext, withRST}},
		{"more in flight than ports: only more ports help", with(func(s *Settings) { s.Ports, s.InFlight = 100, 120 }),
			[]string{wider, sources6, targets6}},
		{"a library that keeps too few idle connections",
			with(func(s *Settings) { s.Ports, s.NoBind, s.Held, s.IdlePool = 28232, true, true, 2 }),
			[]string{poolOf50, reuseIt, wider, sources4, targets4, letServer, withRST}},
		{"a library that keeps enough",
			with(func(s *Settings) { s.Ports, s.NoBind, s.Held, s.IdlePool = 28232, true, true, 50 }),
			[]string{reuseIt, wider, sources4, targets4, letServer, withRST}},
		{"RST close needs none", with(func(s *Settings) { s.Reset = true }), nil},
		{"the server closes", with(func(s *Settings) { s.ServerCloses = true }), nil},
		{"walking", with(func(s *Settings) { s.Walk = true }), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, r := range Remedies(tt.settings, TypicalClient()) {
				got = append(got, r.Change)
			}
			if diff := gocmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Remedies(%+v) (-want +got):\n%s", tt.settings, diff)
			}
		})
	}
}

func TestRemediesSayWhatTheyGive(t *testing.T) {
	want := map[string]float64{
		bindNext: 0, letServer: 0, withRST: 0, keepOpen: 0,
		reuseIt: 28232, sources4: 4 * 28232 / 60.0, targets4: 4 * 28232 / 60.0, wider: 64512 / 60.0,
	}
	got := map[string]float64{}
	for _, r := range Remedies(with(func(s *Settings) { s.Ports = 28232 }), TypicalClient()) {
		got[r.Change] = r.SustainableCPS
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("Remedies() gives (-want +got):\n%s", diff)
	}
}

func TestNoRemedyGivesMoreThanAClientOpens(t *testing.T) {
	for _, tt := range []struct {
		name   string
		client func(*Client)
		most   float64
	}{
		{"not known, on processors that are not", func(*Client) {}, DocumentedCPS},
		{"not known, on three processors", func(c *Client) { c.CPUs = 3 }, 3 * DocumentedCPS},
		{"measured", func(c *Client) { c.CPU = 62500 * time.Nanosecond }, 16_000},
	} {
		c := TypicalClient()
		tt.client(&c)
		limited := 0
		s := with(func(s *Settings) { s.Ports, s.Reuse, s.ReuseDelay = 28232, 1, 2*time.Millisecond })
		for _, r := range Remedies(s, c) {
			if r.GivesCPS > tt.most {
				t.Errorf("%s: %q gives %v/s, want no more than %v/s", tt.name, r.Change, r.GivesCPS, tt.most)
			}
			if r.SafeCPS > 0 && r.GivesCPS == tt.most {
				limited++
			}
		}
		if limited == 0 {
			t.Errorf("%s: no remedy gives the client's %v/s, want those whose ports last for millions",
				tt.name, tt.most)
		}
	}
}

func TestRemedySaysWhenItFillsTheBuckets(t *testing.T) {
	s := with(func(s *Settings) { s.Ports, s.MaxTimeWaits = 28232, 65536 })
	remedies, offered := Remedies(s, TypicalClient()), 0
	for _, r := range remedies {
		dropped := strings.Contains(r.Risk, "tcp_max_tw_buckets (65536) then drops TIME_WAITs early")
		if want := r.Change == sources4 || r.Change == targets4; dropped != want {
			t.Errorf("Remedies(%+v) has %q at the risk of %q, want the dropped TIME_WAITs there: %t", s, r.Change,
				r.Risk, want)
		}
		if dropped {
			offered++
		}
	}
	if offered != 2 {
		t.Errorf("%d remedies fill the buckets, want more sources and more destinations: %+v", offered, remedies)
	}
}

func TestRemediesHelpAndHaveAPrice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSettings(t)
		now := Predict(s)
		remedies := Remedies(s, TypicalClient())
		if now.SustainableCPS == 0 && now.SafeCPS == 0 && !now.NoPort() && remedies != nil {
			t.Fatalf("Remedies(%+v) = %v, want none: no rate runs out of ports for good", s, remedies)
		}
		seen := map[string]bool{}
		for i, r := range remedies {
			if r.Price == "" || r.Risk == "" || r.Change == "" || seen[r.Change] {
				t.Fatalf("Remedies(%+v)[%d] = %+v, want a change once, with its price", s, i, r)
			}
			seen[r.Change] = true
			if limited := r.SustainableCPS > 0; limited && (r.GivesCPS > r.SafeCPS || r.SafeCPS > r.SustainableCPS) {
				t.Fatalf("Remedies(%+v)[%d] = %+v, want no more than what holds", s, i, r)
			}
			if (r.SustainableCPS != 0 || r.SafeCPS != 0) && r.SafeCPS <= now.SafeCPS {
				t.Fatalf("Remedies(%+v)[%d] = %+v, want more than %v/s", s, i, r, now.SafeCPS)
			}
		}
	})
}

func TestChangesAreInTheOrderOfTheirCost(t *testing.T) {
	byCost := func(a, b Change) int { return cmp.Compare(a.Cost, b.Cost) }
	if all := Changes(); !slices.IsSortedFunc(all, byCost) {
		t.Errorf("Changes() = %+v, want the cheapest first", all)
	}
}

// Before Linux 6.14 a TIME_WAIT is taken over at the clock's next second.
func TestReuseOfWholeSeconds(t *testing.T) {
	s := with(func(s *Settings) { s.Reuse, s.ReuseDelay = 1, 200*time.Millisecond })
	old, now := Predict(s.On(250, "Linux 6.1.0-56-cloud-amd64")), Predict(s.On(250, "Linux 6.14.2"))
	if old.HoldSeconds != 1 || !strings.Contains(old.Reason, "at the clock's next second") {
		t.Errorf("on Linux 6.1: %+v, want ports held for a second, until the clock's next", old)
	}
	if now.HoldSeconds != 0.2 || strings.Contains(now.Reason, "clock") {
		t.Errorf("on Linux 6.14: %+v, want ports held for tcp_tw_reuse_delay", now)
	}
}
