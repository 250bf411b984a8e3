package capacity

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWheelRounding(t *testing.T) {
	tests := []struct {
		d    time.Duration
		want map[int]time.Duration // by HZ
	}{
		// TIME_WAIT: 6000, 15000 and 18000 ticks are in level 3, 60000 in level 4.
		{60 * time.Second, map[int]time.Duration{100: 5120 * time.Millisecond, 250: 2048 * time.Millisecond,
			300: 1706666667, 1000: 4096 * time.Millisecond}},
		// FIN_WAIT_2 of tcp_fin_timeout=2: 200 ticks, 500, 600 (level 2), 2000.
		{2 * time.Second, map[int]time.Duration{100: 80 * time.Millisecond, 250: 32 * time.Millisecond,
			300: 213333334, 1000: 64 * time.Millisecond}},
		{40 * time.Second, map[int]time.Duration{100: 640 * time.Millisecond, 250: 2048 * time.Millisecond}},
		// The last of a level and the first of the next one.
		{62 * time.Millisecond, map[int]time.Duration{1000: time.Millisecond}},
		{63 * time.Millisecond, map[int]time.Duration{1000: 8 * time.Millisecond}},
		{503 * time.Millisecond, map[int]time.Duration{1000: 8 * time.Millisecond}},
		{504 * time.Millisecond, map[int]time.Duration{1000: 64 * time.Millisecond}},
		{4032 * time.Millisecond, map[int]time.Duration{1000: 512 * time.Millisecond}},
		{32256 * time.Millisecond, map[int]time.Duration{1000: 4096 * time.Millisecond}},
		{time.Millisecond, map[int]time.Duration{1000: time.Millisecond, 100: 19 * time.Millisecond}},
		// An hour of tcp_fin_timeout, beyond the first 60 s.
		{59 * time.Minute, map[int]time.Duration{250: 131072 * time.Millisecond}},
	}
	for _, tt := range tests {
		for hz, want := range tt.want {
			if got := wheelRounding(tt.d, hz); got != want {
				t.Errorf("wheelRounding(%v, %d) = %v, want %v", tt.d, hz, got, want)
			}
		}
	}
}

func TestTimersAreLateByAnEighthAtMost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(1, int64(50*24*time.Hour)).Draw(t, "d"))
		hz := rapid.IntRange(1, 1200).Draw(t, "hz")
		late, tick := wheelRounding(d, hz), duration(1, hz)
		if late < tick-1 || late > d*8/63+2*tick {
			t.Fatalf("wheelRounding(%v, %d) = %v", d, hz, late)
		}
		if worst := timerLate(d, 0); worst < wheelRounding(d, 250) || worst < wheelRounding(d, 1000) {
			t.Fatalf("timerLate(%v, not known) = %v", d, worst)
		}
	})
}
