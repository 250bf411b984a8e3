package workload

import (
	"testing"
	"time"
)

func TestSteadyWatch(t *testing.T) {
	type at struct {
		left      int
		succeeded int64
	}
	tests := []struct {
		name     string
		capacity int
		window   time.Duration
		samples  []at // one a second
		want     time.Duration
	}{
		{"nothing is left behind", 28232, 5 * time.Second, []at{{0, 9}, {0, 9}, {0, 9}}, 3 * time.Second},
		{"ports that grow all the time", 28232, 5 * time.Second, []at{{500, 9}, {1000, 9}, {1500, 9}}, 0},
		{"growth that ends", 28232, 5 * time.Second, []at{{14000, 9}, {14100, 9}, {14050, 9}}, 2 * time.Second},
		{"a creep that adds up is growth", 28232, 5 * time.Second, []at{{300, 9}, {500, 9}, {700, 9}}, 0},
		{"slow growth of few ports", 1000, 5 * time.Second, []at{{35, 9}, {70, 9}, {105, 9}}, 0},
		{"a short window grants little", 28232, 200 * time.Millisecond, []at{{14300, 9}, {14320, 9}, {14340, 9}}, 0},
		{"no connection proves nothing", 28232, 5 * time.Second, []at{{40, 9}, {40, 9}, {40, 0}}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := steadyWatch{capacity: tt.capacity, window: tt.window}
			var got time.Duration
			for i, sample := range tt.samples {
				got = s.observe(time.Duration(i+1)*time.Second, sample.left, sample.succeeded > 0)
			}
			if got != tt.want {
				t.Errorf("observe = %v, want %v", got, tt.want)
			}
		})
	}
}
