package capacity

import (
	"math"
	"testing"
	"time"
)

func TestPredictKnee(t *testing.T) {
	typical := TypicalSearch()
	tests := []struct {
		name     string
		settings Settings
		search   Search
		want     Knee // the zero value for none
	}{
		{"the default range", with(func(s *Settings) { s.Ports = 28232 }), typical,
			Knee{CPS: 216.00, AfterConnections: 14116, ConnectUS: 5000, ConnectLeastUS: 800, CoreCPS: 200,
				CoreMostCPS: 1250}},
		{"the widest range: later, and each connect dearer",
			with(func(s *Settings) { s.Ports = 64512 }), typical,
			Knee{CPS: 494.56, AfterConnections: 32256, ConnectUS: 11425.3, ConnectLeastUS: 1828.05, CoreCPS: 87.525,
				CoreMostCPS: 547.03}},
		{"a machine that was measured", with(func(s *Settings) { s.Ports = 64512 }),
			Search{Ports: 28232, Connect: 817 * time.Microsecond, Measured: true},
			Knee{CPS: 494.56, AfterConnections: 32256, ConnectUS: 1866.9, CoreCPS: 535.65}},
		{"with reuse half of the ports last twice the delay",
			with(func(s *Settings) { s.Reuse = 1 }), typical,
			Knee{CPS: 449.55, AfterConnections: 500, ConnectUS: 177.104, ConnectLeastUS: 28.337, CoreCPS: 5646.4,
				CoreMostCPS: 35290}},
		{"sources move it and do not make it dearer",
			with(func(s *Settings) { s.Ports, s.Sources = 28232, 4 }), typical,
			Knee{CPS: 866.32, AfterConnections: 56464, ConnectUS: 5000, ConnectLeastUS: 800, CoreCPS: 200,
				CoreMostCPS: 1250}},
		{"connections in flight hold ports too: here more than half",
			with(func(s *Settings) { s.InFlight = 600 }), typical,
			Knee{AfterConnections: 500, ConnectUS: 177.104, ConnectLeastUS: 28.337, CoreCPS: 5646.4,
				CoreMostCPS: 35290}},
		{"so many TIME_WAITs are kept that the search is long at any rate above it",
			with(func(s *Settings) { s.MaxTimeWaits = 700 }), typical,
			Knee{CPS: 6.9103, AfterConnections: 500, ConnectUS: 177.104, ConnectLeastUS: 28.337, CoreCPS: 5646.4,
				CoreMostCPS: 35290}},
		{"fewer TIME_WAITs are kept than half of the ports",
			with(func(s *Settings) { s.MaxTimeWaits = 400 }), typical, Knee{}},
		{"bind(2) searches", with(func(s *Settings) { s.BindReserves = true }), typical,
			Knee{CPS: 6.9103, AfterConnections: 500, ConnectUS: 177.104, ConnectLeastUS: 28.337, CoreCPS: 5646.4,
				CoreMostCPS: 35290, Binds: true}},
		{"the program picks the port", with(func(s *Settings) { s.Walk, s.Timestamps = true, false }), typical, Knee{}},
		{"nothing is held", with(func(s *Settings) { s.Reset = true }), typical, Knee{}},
		{"nothing is known of the search", thousand(), Search{}, Knee{}},
	}
	near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-4*math.Abs(b) }
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := PredictKnee(tt.settings, tt.search)
			if ok != (tt.want != Knee{}) || !near(got.CPS, tt.want.CPS) || got.Binds != tt.want.Binds ||
				got.AfterConnections != tt.want.AfterConnections || !near(got.ConnectUS, tt.want.ConnectUS) ||
				!near(got.ConnectLeastUS, tt.want.ConnectLeastUS) || !near(got.CoreCPS, tt.want.CoreCPS) ||
				!near(got.CoreMostCPS, tt.want.CoreMostCPS) {
				t.Errorf("PredictKnee(%+v, %+v) = %+v, %t, want %+v", tt.settings, tt.search, got, ok, tt.want)
			}
		})
	}
}

func TestKneeTakesCoresAboveIt(t *testing.T) {
	k, _ := PredictKnee(with(func(s *Settings) { s.Ports = 28232 }), TypicalSearch())
	for rate, want := range map[float64][2]float64{100: {0, 0}, k.CPS: {0, 0}, 400: {0.32, 2}, 2000: {1.6, 10}} {
		if least, most := k.Cores(rate); math.Abs(least-want[0]) > 1e-9 || math.Abs(most-want[1]) > 1e-9 {
			t.Errorf("Cores(%v) = %v, %v, want %v", rate, least, most, want)
		}
	}
	if least, most := (Knee{}).Cores(1); least != 0 || most != 0 {
		t.Errorf("no knee takes %v to %v cores, want none", least, most)
	}
}

// Where no rate alone runs out of ports they may run out all the same.
func TestOffersThatDependOnWhatIsOpen(t *testing.T) {
	inTurn := func(s *Settings) { s.Limited, s.InTurn, s.MaxTimeWaits = true, true, 950 } // no knee
	for _, tt := range []struct {
		settings Settings
		want     string
	}{
		{with(inTurn), "14.5 connections/s, and more with few of them open at a time"},
		{with(func(s *Settings) { inTurn(s); s.InFlight = 1000 }),
			"no rate for sure: ports run out with 50 connections open at a time"},
		{with(func(s *Settings) { s.Reset = true }), "no longer limited by ports"},
	} {
		if got := NewOffer(tt.settings, TypicalClient()).Gives(); got != tt.want {
			t.Errorf("NewOffer(%+v).Gives() = %q, want %q", tt.settings, got, tt.want)
		}
	}
}

// What the search leaves is promised as a busy machine has it, and shown as a range.
func TestOffersAreWhatABusyMachineHolds(t *testing.T) {
	two := NewOffer(with(func(s *Settings) { s.Ports, s.Destinations = 28232, 2 }), TypicalClient())
	if two.GivesCPS != two.Knee.CPS {
		t.Errorf("two destinations give %v/s, want up to the knee, %v/s: a busy core searches 200 times a second",
			two.GivesCPS, two.Knee.CPS)
	}
	const past = "above the knee (432/s) the search for a port leaves 200/s to 1250/s on a core (documented)"
	if two.Past() != past {
		t.Errorf("Past() = %q, want %q", two.Past(), past)
	}
	kept := NewOffer(with(func(s *Settings) { s.Ports, s.MaxTimeWaits = 28232, 20_000 }), TypicalClient())
	if kept.Knee == nil || kept.GivesCPS == 0 || kept.GivesCPS > 250 {
		t.Errorf("with 20000 TIME_WAITs kept on 28232 ports: %+v, want what the search leaves", kept)
	}
	many := TypicalClient()
	many.Threads, many.CPUs = 64, 2
	if o := NewOffer(with(func(s *Settings) { s.Ports = 28232 }), many); o.GivesCPS > 400 {
		t.Errorf("64 threads on 2 processors: %+v, want what two cores search", o)
	}
}
