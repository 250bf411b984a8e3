package workload

import (
	"testing"
	"time"

	"tcpbench/law/capacity"
	"tcpbench/scenario"
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
			s := NewSteadyWatch(tt.capacity, tt.window, 0)
			var got time.Duration
			for i, sample := range tt.samples {
				got = s.Observe(time.Duration(i+1)*time.Second, sample.left, sample.succeeded > 0)
			}
			if got != tt.want {
				t.Errorf("observe = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestWhatIsPredictedToEndIsNotSustainedBefore(t *testing.T) {
	// A law by which 90/s always hold, and a rate above has to go on for 65 s.
	law := func(rate float64, _ capacity.Starts) time.Duration {
		if rate <= 90 {
			return 0
		}
		return 65 * time.Second
	}
	tests := []struct {
		name           string
		change         func(*Options)
		passed         time.Duration
		obtained, last int64
		kept           int
		want           bool
	}{
		{"a closed loop below the law", nil, 8 * time.Second, 640, 80, 0, false},
		{"one above it", nil, 8 * time.Second, 800, 100, 0, true},
		{"one above it, long enough", nil, 66 * time.Second, 6600, 100, 0, false},
		{"one above it, long enough, and too few ports left for those in flight", nil, 66 * time.Second, 6600,
			100, 5400, true},
		{"one above it, long enough, and ports left for all", nil, 66 * time.Second, 6600, 100, 5399, false},
		{"one below the law, whatever is left", nil, 8 * time.Second, 640, 80, 5999, false},
		{"one whose whole connections are below the law, and whose next one is above", nil, 8 * time.Second,
			720, 90, 0, true},
		{"one that is fast only now", nil, 30 * time.Second, 1000, 100, 0, true},
		{"one that was fast before", nil, 8 * time.Second, 800, 10, 0, true},
		{"a planned rate above it that falls behind", func(o *Options) { o.Rate = scenario.Rate{From: 200, To: 200} },
			8 * time.Second, 640, 80, 0, true},
		{"a ramp, however slow and long", func(o *Options) { o.Rate = scenario.Rate{From: 1, To: 20} },
			70 * time.Second, 100, 1, 0, true},
		{"a ramp where the law sees no end", func(o *Options) {
			o.Rate, o.ProvedAfter = scenario.Rate{From: 9, To: 2}, nil
		}, 70 * time.Second, 100, 1, 0, true},
		{"no law", func(o *Options) { o.ProvedAfter = nil }, 8 * time.Second, 800, 100, 0, false},
		{"connections that are held", func(o *Options) { o.Mode = scenario.ModeKeepalive },
			time.Second, 300, 300, 0, false},
		{"connections that are held for a number of requests, before the first is opened again", func(o *Options) {
			o.Mode, o.RequestsPerConn = scenario.ModeKeepalive, scenario.Span{Min: 9, Max: 9}
		}, time.Second, 300, 300, 0, true},
		{"requests that are planned, of connections that end above the law", func(o *Options) {
			o.Mode, o.RequestsPerConn = scenario.ModeKeepalive, scenario.Span{Min: 10, Max: 20}
			o.Rate = scenario.Rate{From: 910, To: 910}
		}, 8 * time.Second, 300, 0, 0, true},
		{"some of which are opened again and again", func(o *Options) { o.Mode = scenario.ModeKeepalive },
			8 * time.Second, 1200, 120, 0, true},
		{"more of them than ports", func(o *Options) { o.Mode, o.Capacity = scenario.ModeIdle, 299 },
			70 * time.Second, 100, 1, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := Options{Workload: scenario.DefaultWorkload(), Capacity: 6000, Surely: 6000, ProvedAfter: law}
			o.Concurrency = 300
			if tt.change != nil {
				tt.change(&o)
			}
			if got := o.tooSoon(tt.passed, tt.obtained, tt.last, tt.kept); got != tt.want {
				t.Errorf("tooSoon(%v, %d, %d, %d) = %t, want %t", tt.passed, tt.obtained, tt.last, tt.kept,
					got, tt.want)
			}
		})
	}
}
