package headroom

import (
	"testing"
)

func TestOutlook(t *testing.T) {
	tests := []struct {
		name     string
		forecast Forecast
		want     string
	}{
		{"none left", Forecast{Outcome: Exhausted, Capacity: 1000, Held: 1000}, "none left"},
		{"soon",
			Forecast{Outcome: RunningOut, Capacity: 1000, KneeSeconds: in(0),
				ExhaustedSeconds: in(12.34)}, "out in 12.3 s"},
		{"later",
			Forecast{Outcome: RunningOut, Capacity: 1000, KneeSeconds: in(0),
				ExhaustedSeconds: in(7200)}, "out in 120 min"},
		{"it depends on the kernel's timers",
			Forecast{Outcome: Uncertain, Capacity: 1000, KneeSeconds: in(0),
				ExhaustedSeconds: in(31)}, "uncertain, out in 31 s at the earliest"},
		{"balanced", Forecast{Outcome: Balanced, Capacity: 1000, Settled: 420}, "settles at 42 %"},
		{"balanced beyond the knee",
			Forecast{Outcome: Balanced, Capacity: 1000, Settled: 600,
				KneeSeconds: in(0)}, "settles at 60 %, past the knee"},
		{"balanced beyond the knee, which is to come",
			Forecast{Outcome: Balanced, Capacity: 1000, Settled: 600,
				KneeSeconds: in(0.5)}, "settles at 60 %, knee in 500 ms"},
		{"as many held as were", Forecast{Outcome: Steady, Capacity: 1000, Held: 50, Settled: 50}, "steady at 5 %"},
		{"what is over comes free", Forecast{Outcome: Steady, Capacity: 1000, Held: 820, Settled: 31}, "falls to 3 %"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.forecast.Outlook(); got != tt.want {
				t.Errorf("Outlook() = %q, want %q", got, tt.want)
			}
		})
	}
}
