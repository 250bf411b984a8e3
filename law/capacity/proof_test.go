package capacity

import (
	"math"
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
		name   string
		law    Prediction
		rate   float64
		want   time.Duration
		starts Starts
	}{
		{"far below the law", timeWait(6000), 40, 0, Starts{}},
		{"where any timers hold", timeWait(6000), 92, 0, Starts{}},
		{"in the band in which timers decide", timeWait(6000), 97, 70240 * time.Millisecond, Starts{}},
		{"above the law, where it ends within the hold", timeWait(6000), 500, 70240 * time.Millisecond, Starts{}},
		{"FIN_WAIT_2 of an hour, below the law", finWait, 2, 0, Starts{}},
		{"FIN_WAIT_2 of an hour, above the law", finWait, 15, time.Hour + 2*327680*time.Millisecond, Starts{}},
		{"reuse, below the law", reuse, 399, 0, Starts{}},
		{"reuse, above the law", reuse, 500, 2002 * time.Millisecond, Starts{}},
		{"nothing is held", Predict(Settings{Ports: 9000, Sources: 1, Destinations: 1, Reset: true}), 1e5, 0, Starts{}},
		{"more in flight than ports", Predict(Settings{Ports: 90, Sources: 1, Destinations: 1, Reset: true,
			InFlight: 200}), 9, 10 * time.Second, Starts{}},
		{"a rate of nothing", timeWait(6000), 0, 0, Starts{}},
		{"no port", Prediction{}, 5, 0, Starts{}},
		{"random starts that come together at times, below the law", timeWait(6000), 88, math.MaxInt64 / 2,
			Starts{Random: true}},
		{"random starts far below the law", timeWait(6000), 80, 0, Starts{Random: true}},
		{"random starts that leave nothing", Predict(Settings{Ports: 9, Sources: 1, Destinations: 1, Reset: true}), 1e5,
			0, Starts{Random: true}},
		{"below the law, and all in flight may begin at once", timeWait(6000), 92,
			70740 * time.Millisecond,
			Starts{InFlight: 46, Together: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.law.ProvedAfter(tt.rate, tt.starts); got != tt.want {
				t.Errorf("ProvedAfter(%v, %+v) = %v, want %v", tt.rate, tt.starts, got, tt.want)
			}
		})
	}
}
