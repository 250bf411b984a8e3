package headroom

import (
	"testing"
	"time"
)

func TestOutlook(t *testing.T) {
	tests := []struct {
		name     string
		forecast Forecast
		want     string
	}{
		{"none left", Forecast{Outcome: Exhausted, Capacity: 1000, Held: 1000}, "none left"},
		{"soon", Forecast{Outcome: RunningOut, Capacity: 1000, KneeSeconds: in(0), ExhaustedSeconds: in(12.34)}, "out in 12.3 s"},
		{"later", Forecast{Outcome: RunningOut, Capacity: 1000, KneeSeconds: in(0), ExhaustedSeconds: in(7200)}, "out in 120 min"},
		{"balanced", Forecast{Outcome: Balanced, Capacity: 1000, Settled: 420}, "settles at 42 %"},
		{"balanced beyond the knee", Forecast{Outcome: Balanced, Capacity: 1000, Settled: 600, KneeSeconds: in(0)}, "settles at 60 %, past the knee"},
		{"balanced beyond the knee, which is to come", Forecast{Outcome: Balanced, Capacity: 1000, Settled: 600, KneeSeconds: in(0.5)}, "settles at 60 %, knee in 500 ms"},
		{"idle", Forecast{Outcome: Idle, Capacity: 1000, Held: 50}, "idle at 5 %"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.forecast.Outlook(); got != tt.want {
				t.Errorf("Outlook() = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 ms", 999 * time.Millisecond: "999 ms", time.Second: "1 s", 59400 * time.Millisecond: "59.4 s",
		179 * time.Second: "179 s", 4 * time.Minute: "4 min", 23 * time.Hour: "23 h",
	} {
		if got := Span(d); got != want {
			t.Errorf("Span(%v) = %q, want %q", d, got, want)
		}
	}
}
