package claim

import (
	"testing"
	"time"

	"tcpbench/law/exhaustion"
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
	knee := at(0.5, 1)
	knee.Exhaustion = &exhaustion.Finding{Knee: exhaustion.Knee{Found: true, AfterConnections: new(int64(7)),
		Occupancy: new(0.5), ConnectBeforeUS: new(1.0), ConnectAfterUS: new(9.0),
		RateAfter: new(42.0)}}
	for _, tt := range []struct {
		name string
		r    *results.Run
		want float64
	}{
		{"the last one", at(0.5, 1, 1.5), 300},
		{"not a part of one", at(0.5, 1, 1.5, 1.6), 300},
		{"nor several", at(0.5, 0.6, 0.7), 1},
		{"the whole run where there is one alone", at(0.5), 1},
		{"past the knee where there is one", knee, 42},
	} {
		if got, ok := finalRate(tt.r); got != tt.want || !ok {
			t.Errorf("%s: finalRate() = %v, %t, want %v", tt.name, got, ok, tt.want)
		}
	}
}
