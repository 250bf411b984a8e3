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
		{"the default range", with(func(s *Settings) { s.Ports = 28232 }), typical, Knee{216.39, 14116, 1500, 666.67}},
		{"the widest range: later, and each connect dearer",
			with(func(s *Settings) { s.Ports = 64512 }), typical, Knee{494.95, 32256, 3427.6, 291.75}},
		{"a machine that was measured",
			with(func(s *Settings) { s.Ports = 64512 }),
			Search{28232, 817 * time.Microsecond, true}, Knee{494.95, 32256, 1866.9, 535.65}},
		{"with reuse half of the ports last twice the delay",
			with(func(s *Settings) { s.Reuse = 1 }), typical, Knee{474.53, 500, 53.131, 18821}},
		{"sources move it and do not make it dearer",
			with(func(s *Settings) { s.Ports, s.Sources = 28232, 4 }), typical, Knee{866.71, 56464, 1500, 666.67}},
		{"the program picks the port", with(func(s *Settings) { s.Walk, s.Timestamps = true, false }), typical, Knee{}},
		{"nothing is held", with(func(s *Settings) { s.Reset = true }), typical, Knee{}},
		{"nothing is known of the search", thousand(), Search{}, Knee{}},
	}
	near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-4*math.Abs(b) }
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := PredictKnee(tt.settings, tt.search)
			if ok != (tt.want != Knee{}) || !near(got.CPS, tt.want.CPS) ||
				got.AfterConnections != tt.want.AfterConnections || !near(got.ConnectUS, tt.want.ConnectUS) ||
				!near(got.CoreCPS, tt.want.CoreCPS) {
				t.Errorf("PredictKnee(%+v, %+v) = %+v, %t, want %+v", tt.settings, tt.search, got, ok, tt.want)
			}
		})
	}
}

func TestKneeTakesCoresAboveIt(t *testing.T) {
	k, _ := PredictKnee(with(func(s *Settings) { s.Ports = 28232 }), TypicalSearch())
	for rate, want := range map[float64]float64{100: 0, k.CPS: 0, 400: 0.6, 2000: 3} {
		if got := k.Cores(rate); math.Abs(got-want) > 1e-9 {
			t.Errorf("Cores(%v) = %v, want %v", rate, got, want)
		}
	}
}
