package capacity

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const (
	noPort     = "set IP_BIND_ADDRESS_NO_PORT before bind(2) (--bind-no-port)"
	walk       = "bind the next port explicitly with SO_REUSEADDR (--port-select walk)"
	letServer  = "let the server close first (--close server)"
	reset      = "close with RST: SO_LINGER on, 0 s (--linger 0)"
	keepOpen   = "keep connections open and send many requests on each"
	reuse      = "sysctl -w net.ipv4.tcp_tw_reuse=1"
	widen      = `sysctl -w net.ipv4.ip_local_port_range="1024 65535"`
	sources4   = "use 4 source addresses instead of 1 (--source 4)"
	targets4   = "spread the load over 4 destinations instead of 1"
	timestamps = "sysctl -w net.ipv4.tcp_timestamps=1"
)

func TestRemediesInTheirOrder(t *testing.T) {
	tests := []struct {
		name     string
		settings Settings
		want     []string
	}{
		{"the kernel's defaults", with(func(s *Settings) { s.Ports = 28232 }),
			[]string{walk, letServer, reset, keepOpen, reuse, sources4, targets4, widen}},
		{"with few ports a wider range gives more than reuse", thousand(),
			[]string{walk, letServer, reset, keepOpen, widen, reuse, sources4, targets4}},
		{"reuse is on: a shorter delay instead", with(func(s *Settings) { s.Ports, s.Reuse = 28232, 1 }),
			[]string{walk, letServer, reset, keepOpen, "sysctl -w net.ipv4.tcp_tw_reuse_delay=100", sources4, targets4, widen}},
		{"the delay is short already", with(func(s *Settings) { s.Ports, s.Reuse, s.ReuseDelay = 28232, 1, 9*time.Millisecond }),
			[]string{walk, letServer, reset, keepOpen, sources4, targets4, widen}},
		{"no timestamps", with(func(s *Settings) { s.Ports, s.Reuse, s.Timestamps = 28232, 0, false }),
			[]string{letServer, reset, keepOpen, reuse + " net.ipv4.tcp_timestamps=1", sources4, targets4, widen}},
		{"reuse without the timestamps that it needs", with(func(s *Settings) { s.Ports, s.Reuse, s.Timestamps = 28232, 1, false }),
			[]string{letServer, reset, keepOpen, timestamps, sources4, targets4, widen}},
		{"the widest range", with(func(s *Settings) { s.Ports, s.MaxTimeWaits = 64512, 1<<20 }),
			[]string{walk, letServer, reset, keepOpen, reuse, sources4, targets4}},
		{"bind takes the port for every destination", with(func(s *Settings) { s.Ports, s.Destinations, s.BindReserves = 28232, 2, true }),
			[]string{walk, letServer, reset, keepOpen, sources4, widen, noPort}},
		{"bind takes the port, but there is one destination only", with(func(s *Settings) { s.Ports, s.BindReserves = 28232, true }),
			[]string{walk, letServer, reset, keepOpen, sources4, widen}},
		{"more in flight than ports: only more ports help", with(func(s *Settings) { s.Ports, s.InFlight = 100, 120 }),
			[]string{widen, reuse, sources4, targets4}},
		{"RST close needs none", with(func(s *Settings) { s.Reset = true }), nil},
		{"the server closes", with(func(s *Settings) { s.ServerCloses = true }), nil},
		{"walking", with(func(s *Settings) { s.Walk = true }), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, r := range Remedies(tt.settings) {
				got = append(got, r.Change)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Remedies(%+v) (-want +got):\n%s", tt.settings, diff)
			}
		})
	}
}

func TestRemediesSayWhatTheyGive(t *testing.T) {
	want := map[string]float64{
		walk: 0, letServer: 0, reset: 0, keepOpen: 0,
		reuse: 28232, sources4: 4 * 28232 / 60.0, targets4: 4 * 28232 / 60.0, widen: 64512 / 60.0,
	}
	got := map[string]float64{}
	for _, r := range Remedies(with(func(s *Settings) { s.Ports = 28232 })) {
		got[r.Change] = r.SustainableCPS
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Remedies() gives (-want +got):\n%s", diff)
	}
}

func TestRemedySaysWhenItFillsTheBuckets(t *testing.T) {
	s := with(func(s *Settings) { s.Ports, s.MaxTimeWaits = 28232, 65536 })
	for _, r := range Remedies(s) {
		dropped := strings.Contains(r.Price, "tcp_max_tw_buckets (65536) then drops TIME_WAITs early")
		if want := r.Change == sources4 || r.Change == targets4; dropped != want {
			t.Errorf("Remedies(%+v) prices %q at %q, want the dropped TIME_WAITs there: %t", s, r.Change, r.Price, want)
		}
	}
}

func TestRemediesHelpAndHaveAPrice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSettings(t)
		now := Predict(s)
		remedies := Remedies(s)
		if now.SustainableCPS == 0 && remedies != nil {
			t.Fatalf("Remedies(%+v) = %v, want none: no rate runs out of ports for good", s, remedies)
		}
		seen := map[string]bool{}
		for i, r := range remedies {
			if r.Price == "" || r.Change == "" || seen[r.Change] {
				t.Fatalf("Remedies(%+v)[%d] = %+v, want a change once, with its price", s, i, r)
			}
			seen[r.Change] = true
			if r.SustainableCPS != 0 && r.SustainableCPS <= now.SustainableCPS {
				t.Fatalf("Remedies(%+v)[%d] = %+v, want more than %v/s", s, i, r, now.SustainableCPS)
			}
			if i > 0 && remedies[i-1].rank() < r.rank() {
				t.Fatalf("Remedies(%+v)[%d] = %+v gives more than the one before", s, i, r)
			}
		}
	})
}

// A pool that keeps too few connections is what to change first; what the
// program cannot do, or does already, is not proposed.
func TestRemediesOfAnIdlePool(t *testing.T) {
	s := Settings{Ports: 28232, Sources: 1, Destinations: 1, Timestamps: true, InFlight: 100, NoBind: true, Held: true, IdlePool: 2}
	all := Remedies(s)
	if len(all) == 0 || !strings.Contains(all[0].Change, "MaxIdleConnsPerHost = 100") {
		t.Errorf("Remedies() = %v, want the pool first", all)
	}
	for _, r := range all {
		if strings.Contains(r.Change, "walk") || strings.Contains(r.Change, "keep connections open") {
			t.Errorf("Remedies() proposes %q to a library that keeps connections", r.Change)
		}
	}
	s.IdlePool = 100
	if first := Remedies(s)[0].Change; strings.Contains(first, "MaxIdleConnsPerHost") {
		t.Errorf("Remedies() proposes %q to a pool that is large enough", first)
	}
}
