package metrics

import (
	"testing"
	"time"
)

func TestLatenessOfTwoWorkersMergedIsThatOfOne(t *testing.T) {
	one, a, b := newLateness(), newLateness(), newLateness()
	for i := range 300 {
		late := time.Duration(i) * time.Millisecond
		for _, l := range []*Lateness{&one, []*Lateness{&a, &b}[i%2]} {
			l.Planned += 2
			l.Start(late, late/10, Cause(i%3))
		}
	}
	a.merge(b)
	if a.Planned != 600 || a.Started != 300 || a.Waited != 100 || a.Blocked != 100 {
		t.Errorf("merged: planned %d, started %d, waited %d, blocked %d, want 600, 300, 100 and 100", a.Planned,
			a.Started, a.Waited, a.Blocked)
	}
	if got, want := a.Late.Percentile(50), one.Late.Percentile(50); got != want {
		t.Errorf("merged: late %v at the median, want %v", got, want)
	}
	if got, want := a.Own.Percentile(99), one.Own.Percentile(99); got != want {
		t.Errorf("merged: own lateness %v at p99, want %v", got, want)
	}
}

func TestABareRecorderCountsAndKeepsNoLatency(t *testing.T) {
	r, other := NewBareRecorder(), NewBareRecorder()
	for _, r := range []*Recorder{r, other} {
		r.Attempted++
		r.Established(0, time.Second, time.Millisecond, time.Millisecond)
		r.Request.Record(time.Second)
		r.Lateness.Start(time.Second, time.Second, CauseGenerator)
	}
	r.Merge(other)
	if r.Attempted != 2 || r.Lateness.Started != 2 {
		t.Errorf("attempted %d, started %d, want 2 and 2", r.Attempted, r.Lateness.Started)
	}
	if r.Connect != nil || r.Request != nil || len(r.Series.Points()) != 0 {
		t.Error("a bare recorder has kept latencies")
	}
	if Summarize(r.Connect) != nil {
		t.Error("a bare recorder's latencies are not absent from a result")
	}
}
