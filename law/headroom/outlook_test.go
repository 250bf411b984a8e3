package headroom

import (
	"testing"
)

// ends is a forecast of when no port is left: from the first second to the last, if there is
// one, at a rate that grows so.
func ends(outcome Outcome, first, last float64, growth *float64) Forecast {
	f := Forecast{Outcome: outcome, Capacity: 1000, KneeSeconds: in(0), ExhaustedSeconds: &first,
		GrowthPerSecond: growth}
	if last > 0 {
		f.ExhaustedSecondsMax = &last
	}
	return f
}

func TestOutlook(t *testing.T) {
	tests := []struct {
		name     string
		forecast Forecast
		want     string
	}{
		{"none left", Forecast{Outcome: Exhausted, Capacity: 1000, Held: 1000}, "none left"},
		{"soon", ends(RunningOut, 12.34, 12.4, in(0)), "out in 12.3 s"},
		{"later", ends(RunningOut, 7200, 7200, in(0)), "out in 120 min"},
		{"sooner if the rate goes on growing", ends(RunningOut, 22, 45, in(1.3)), "out in 22 s to 45 s"},
		{"nobody knows yet whether it grows", ends(RunningOut, 40, 45, nil), "out in 45 s or sooner"},
		{"it depends on the kernel's timers", ends(Uncertain, 31, 0, in(0)), "uncertain, out in 31 s at the earliest"},
		{"that too, and whether it grows", ends(Uncertain, 31, 0, nil), "uncertain, perhaps out in 31 s or sooner"},
		{"it is now, or never", ends(Uncertain, 0, 0, nil), "uncertain, out in 0 s at the earliest"},
		{"balanced", Forecast{Outcome: Balanced, Capacity: 1000, Settled: 420}, "settles at 42 %"},
		{"balanced beyond the knee",
			Forecast{Outcome: Balanced, Capacity: 1000, Settled: 600,
				KneeSeconds: in(0)}, "settles at 60 %, past the knee"},
		{"balanced beyond the knee, which is to come",
			Forecast{Outcome: Balanced, Capacity: 1000, Settled: 600,
				KneeSeconds: in(0.5)}, "settles at 60 %, knee in 500 ms"},
		{"as many held as were", Forecast{Outcome: Steady, Capacity: 1000, Held: 50, Settled: 50}, "steady at 5 %"},
		{"no more TIME_WAITs are kept", Forecast{Outcome: Full, Capacity: 1000, Held: 580, Settled: 580},
			"58 % held, TIME_WAITs are at tcp_max_tw_buckets"},
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
