package claim

import (
	"testing"
	"time"

	"tcpbench/law/capacity"
	"tcpbench/metrics"
	"tcpbench/results"
)

func TestTheRateAtTheEndIsOfTheLastWholeInterval(t *testing.T) {
	at := func(ends ...float64) *results.Run {
		r := &results.Run{DurationS: 2, Rates: results.Rates{ConnectionsPerSecond: 1}}
		r.Options.Interval = 500 * time.Millisecond
		for i, s := range ends {
			r.Intervals = append(r.Intervals, metrics.Interval{TS: s, ConnectionsPerSecond: float64(100 * (i + 1))})
		}
		return r
	}
	past := at(0.5, 1)
	past.Prediction = capacity.Prediction{Ports: 100, HoldSeconds: 60}
	past.ConnectCost = []metrics.Point{{AfterConnections: 10, AtSeconds: 1}, {AfterConnections: 50, AtSeconds: 2},
		{AfterConnections: 80, AtSeconds: 4}, {AfterConnections: 92, AtSeconds: 4.5},
		{AfterConnections: 200, AtSeconds: 61}}
	for _, tt := range []struct {
		name string
		r    *results.Run
		want float64
	}{
		{"the last one", at(0.5, 1, 1.5), 300},
		{"not a part of one", at(0.5, 1, 1.5, 1.6), 300},
		{"nor several", at(0.5, 0.6, 0.7), 1},
		{"the whole run where there is one alone", at(0.5), 1},
		{"past half of the ports, until they come free", past, 16.8},
	} {
		if got, ok := finalRate(tt.r); got != tt.want || !ok {
			t.Errorf("%s: finalRate() = %v, %t, want %v", tt.name, got, ok, tt.want)
		}
	}
}

// A machine so busy that no step in the cost shows has a cost past half of the ports all the same.
func TestAConnectPastHalfOfThePortsNeedsNoKnee(t *testing.T) {
	run := func(points ...metrics.Point) *results.Run {
		return &results.Run{Prediction: capacity.Prediction{Ports: 101, HoldSeconds: 60}, ConnectCost: points}
	}
	at := func(after int64, seconds, us float64) metrics.Point {
		return metrics.Point{AfterConnections: after, AtSeconds: seconds, CallUS: us}
	}
	for _, tt := range []struct {
		name string
		r    *results.Run
		want float64
	}{
		{"the median past half", run(at(25, 1, 900), at(51, 2, 800), at(70, 3, 3), at(90, 4, 5), at(101, 5, 7)), 5},
		{"a stretch across the half is neither", run(at(25, 1, 900), at(50, 2, 900), at(60, 3, 900), at(70, 4, 5)), 5},
		{"nothing after ports came free", run(at(51, 2, 1), at(60, 59, 5), at(70, 61, 900)), 5},
		{"none before half", run(at(25, 1, 900), at(50, 2, 900)), 0},
		{"none where ports come free before", run(at(51, 61, 900), at(60, 62, 900)), 0},
		{"none without points", run(), 0},
		{"none without ports", &results.Run{ConnectCost: []metrics.Point{at(1, 0, 5), at(2, 0, 5)}}, 0},
	} {
		if got, ok := connectPastHalf().Of(tt.r); got != tt.want || ok != (tt.want > 0) {
			t.Errorf("%s: %v, %t, want %v", tt.name, got, ok, tt.want)
		}
	}
}
