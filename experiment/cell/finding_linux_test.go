package cell

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/workload"
)

// onDefaultPorts records so many connections of a run on 28232 ports: past half of them a
// connect takes a hundred times as long.
func onDefaultPorts(n int64) *metrics.Recorder {
	rec := metrics.NewRecorder()
	at := time.Duration(0)
	for i := range n {
		took := 8 * time.Microsecond
		if i >= 14_116 {
			took = 800 * time.Microsecond
		}
		if at += took; i == 28_232 {
			rec.RanOut(i)
		}
		rec.Established(i, at, took, 2*took)
	}
	return rec
}

// A run that goes on when ports have run out has the knee of one that ends there.
func TestTheKneeDoesNotDependOnWhatComesAfterTheFailure(t *testing.T) {
	knee := func(n int64) exhaustion.Knee {
		rec := onDefaultPorts(n)
		cost, until := rec.ConnectCost()
		m := &workload.Measurement{Recorder: rec, Exhausted: &workload.Exhausted{AfterConnections: 28_232}}
		return finding(0, m, cost[:until], nil).Knee
	}
	want := knee(28_232)
	if !want.Found || *want.AfterConnections < 14_000 || *want.AfterConnections > 14_200 {
		t.Fatalf("the knee of a run that ends at the failure is %+v, want it after 14116 connections", want)
	}
	if diff := cmp.Diff(want, knee(3_000_000)); diff != "" {
		t.Errorf("the knee of one that goes on for 3 million (-want +got):\n%s", diff)
	}
}
