package engine_test

import (
	"testing"
	"time"

	"tcpbench/internal/engine"
	"tcpbench/metrics"
	"tcpbench/scenario"
	"tcpbench/target"
	"tcpbench/target/targettest"
)

func run(t testing.TB, p *engine.Plan, concurrency int, limit int64) *metrics.Recorder {
	c := engine.NewControl(p, time.Now())
	c.End = time.Minute
	c.Limit = limit
	rec := metrics.NewRecorder()
	err := engine.Epoll(engine.Task{Plan: p, Control: c, Concurrency: concurrency, Recorder: rec, Interval: time.Second,
		Cut: func(p metrics.Part, end time.Duration, last bool) *metrics.Histogram { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func TestEpollSmoke(t *testing.T) {
	for _, pol := range []scenario.ClosePolicy{scenario.CloseClient, scenario.CloseShutdown, scenario.CloseServer} {
		for _, linger := range []scenario.Linger{{}, {On: true}, {On: true, Timeout: 2 * time.Second}} {
			s := targettest.Start(t, target.Config{RequestSize: 64, ResponseSize: 64, CloseFirst: pol == scenario.CloseServer})
			p := &engine.Plan{Destinations: s.Addrs, Close: pol, Linger: linger, RequestSize: 64, ResponseSize: 64, Timeout: 5 * time.Second}
			t0 := time.Now()
			rec := run(t, p, 50, 3000)
			d := time.Since(t0)
			t.Log(pol, linger, rec.Counts, rec.Outcomes.Errors(), float64(rec.Succeeded)/d.Seconds(), s.Stop())
		}
	}
}
