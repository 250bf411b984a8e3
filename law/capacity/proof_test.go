package capacity

import (
	"testing"
	"time"
)

func TestProvedAfter(t *testing.T) {
	timeWait := func(ports int) Prediction {
		return Predict(Settings{Ports: ports, Sources: 1, Destinations: 1, Timestamps: true})
	}
	finWait := Predict(Settings{Ports: 9000, Sources: 1, Destinations: 1, ServerOpen: true, FinTimeout: time.Hour})
	reuse := Predict(Settings{Ports: 400, Sources: 2, Destinations: 1, Timestamps: true, Reuse: 1,
		ReuseDelay: 2 * time.Second})
	tests := []struct {
		name string
		law  Prediction
		rate float64
		want time.Duration
	}{
		{"far below the law", timeWait(6000), 40, 0},
		{"where any timers hold", timeWait(6000), 92, 0},
		{"in the band in which timers decide", timeWait(6000), 97, 65120 * time.Millisecond},
		{"above the law, where it ends within the hold", timeWait(6000), 500, 65120 * time.Millisecond},
		{"FIN_WAIT_2 of an hour, below the law", finWait, 2, 0},
		{"FIN_WAIT_2 of an hour, above the law", finWait, 15, time.Hour + 327680*time.Millisecond},
		{"reuse, below the law", reuse, 399, 0},
		{"reuse, above the law", reuse, 500, 2001 * time.Millisecond},
		{"nothing is held", Predict(Settings{Ports: 9000, Sources: 1, Destinations: 1, Reset: true}), 1e5, 0},
		{"more in flight than ports", Predict(Settings{Ports: 90, Sources: 1, Destinations: 1, Reset: true,
			InFlight: 200}), 9, 10 * time.Second},
		{"a rate of nothing", timeWait(6000), 0, 0},
		{"no port", Prediction{}, 5, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.law.ProvedAfter(tt.rate); got != tt.want {
				t.Errorf("ProvedAfter(%v) = %v, want %v", tt.rate, got, tt.want)
			}
		})
	}
}
