package cell

import (
	"context"
	"io"
	"net"
	"testing"

	"tcpbench/lab/labtest"
	"tcpbench/metrics"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

// A run from this host has no lab, and so no hosts of one.
func TestARunWithoutALab(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go labtest.Serve(l, func(c net.Conn) { _, _ = io.Copy(c, c) }) // ends with the listener
	w := scenario.DefaultWorkload()
	w.Count, w.Concurrency = 20, 2
	r, err := Measure(context.Background(), Spec{Workload: w, Targets: []string{l.Addr().String()}},
		func(metrics.Interval) {})
	if err != nil {
		t.Fatal(err)
	}
	if r.Totals.Succeeded != 20 || r.Limit == nil {
		t.Errorf("%d of 20 succeeded, limit %v, want all, and what limited the rate", r.Totals.Succeeded, r.Limit)
	}
}

func TestHowManyProcessorsThreadsUsedTogether(t *testing.T) {
	r := resultstest.Threaded() // four of 1.75 s each
	r.DurationS = 2.5
	if got := (&processors{}).workOf(r); got.Threads != 4 || got.Together != 2.8 {
		t.Errorf("%d threads used %v processors together, want 4 and 2.8", got.Threads, got.Together)
	}
	r.DurationS = 0 // of a run that ended before it offered anything
	if got := (&processors{}).workOf(r); got.Together != 0 {
		t.Errorf("threads used %v processors together, want none measured", got.Together)
	}
}
