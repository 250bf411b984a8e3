package workload

import (
	"testing"
	"time"

	"tcpbench/metrics"
	"tcpbench/scenario"
)

// Rates are over the time in which answers came, where the plan ended before them too.
func TestRatesAreOverTheTimeThatAnswersTook(t *testing.T) {
	const ms, second = time.Millisecond, time.Second
	for _, tt := range []struct {
		name             string
		planned, started int
		each, growth     time.Duration // of an answer, and from one to the next
		count            int64
		lasted, drain    time.Duration
		over, off        time.Duration
	}{
		{"answers that keep up", 2000, 2000, 400 * ms, 0, 0, 2 * second, second, 2 * second, 0},
		{"a server of half the rate", 2000, 2000, ms, ms, 0, 2 * second, 3 * second, 4 * second, ms},
		{"a count, whose last answer came later", 2000, 2000, ms, ms, 2000, 4 * second, 3 * second, 4 * second, ms},
		{"half of the starts, and those in flight", 2000, 1000, ms, ms, 0, 2 * second, second, 2100 * ms, 0},
		{"answers that were given up", 2000, 2000, ms, ms, 0, 2 * second, 500 * ms, 2500 * ms, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := &Measurement{Recorder: metrics.NewRecorder(), Duration: tt.lasted}
			for i := range tt.started {
				m.Recorder.Lateness.Start(0, 0, metrics.CauseGenerator)
				m.Recorder.Responded(time.Duration(i)*ms, tt.each+time.Duration(i)*tt.growth)
			}
			m.Recorder.Lateness.Planned, m.Recorder.Drained = int64(tt.planned), time.Second
			m.Drain = tt.drain
			o := Options{Workload: scenario.DefaultWorkload()}
			o.Concurrency, o.Rate = 10, scenario.Rate{From: 1000, To: 1000}
			if o.Duration = 2 * time.Second; tt.count > 0 {
				o.Count, o.Duration = tt.count, 0
			}
			if got := o.served(m); got < tt.over-tt.off || got > tt.over+tt.off {
				t.Errorf("served() = %v, want %v", got, tt.over)
			}
		})
	}
}
