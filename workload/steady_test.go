package workload

import (
	"testing"
	"time"
)

func TestSteadyWatch(t *testing.T) {
	type at struct {
		held      int
		succeeded int64
	}
	tests := []struct {
		name     string
		inFlight int
		capacity int
		samples  []at // one a second
		want     time.Duration
	}{
		{"ports that never grow beyond those in flight", 50, 28232, []at{{40, 9}, {50, 9}, {45, 9}}, 3 * time.Second},
		{"ports that grow all the time", 50, 28232, []at{{500, 9}, {1000, 9}, {1500, 9}}, 0},
		{"growth that ends", 50, 28232, []at{{14000, 9}, {14100, 9}, {14050, 9}}, 2 * time.Second},
		{"a creep that adds up is growth", 50, 28232, []at{{300, 9}, {500, 9}, {700, 9}}, 0},
		{"little growth where ports are scarce", 50, 1000, []at{{800, 9}, {860, 9}, {920, 9}}, 0},
		{"no connection proves nothing", 50, 28232, []at{{40, 9}, {40, 9}, {40, 0}}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := steadyWatch{inFlight: tt.inFlight, capacity: tt.capacity}
			var got time.Duration
			for i, sample := range tt.samples {
				got = s.observe(time.Duration(i+1)*time.Second, sample.held, sample.succeeded)
			}
			if got != tt.want {
				t.Errorf("observe = %v, want %v", got, tt.want)
			}
		})
	}
}
