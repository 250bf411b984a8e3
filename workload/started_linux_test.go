package workload

import (
	"context"
	"testing"
	"time"

	"tcpbench/lab/target"
	"tcpbench/lab/target/targettest"
	"tcpbench/scenario"
)

// Times of other hosts, and of what programs say, are held against those of the client's
// connections, which count from the beginning of the load: what is read before it takes time.
func TestARunStartsWithItsLoad(t *testing.T) {
	const reading = 200 * time.Millisecond
	for _, warmup := range []time.Duration{0, 100 * time.Millisecond} {
		t.Run("warm-up "+warmup.String(), func(t *testing.T) {
			s := targettest.Start(t, target.Config{RequestSize: 1, ResponseSize: 1})
			o := Options{Workload: scenario.DefaultWorkload(), Destinations: s.Addrs, Capacity: 28232, Freed: true}
			o.Engine, o.RequestSize, o.ResponseSize = scenario.EngineEpoll, 1, 1
			o.Linger = scenario.Linger{On: true}
			o.Duration, o.Warmup, o.Interval = 400*time.Millisecond, warmup, 100*time.Millisecond
			var from, to time.Time
			m, err := Run(context.Background(), o, Observer{Begin: func() {
				from = time.Now()
				time.Sleep(reading)
				to = time.Now()
			}})
			if err != nil {
				t.Fatal(err)
			}
			if warmup == 0 && m.StartedAt.Before(to) {
				t.Errorf("started %v before the load", to.Sub(m.StartedAt))
			}
			if warmup > 0 && m.StartedAt.After(from) {
				t.Errorf("counting began %v after the warm-up's end", m.StartedAt.Sub(from))
			}
		})
	}
}
