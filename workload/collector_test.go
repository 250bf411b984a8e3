package workload

import (
	"maps"
	"math"
	"sync"
	"testing"
	"time"

	"tcpbench/metrics"
)

func part(succeeded int64, inFlight int) metrics.Part {
	return metrics.Part{Counts: metrics.Counts{Succeeded: succeeded}, InFlight: inFlight, Window: metrics.NewWindow()}
}

func TestCollectorLosesNothing(t *testing.T) {
	const workers, cuts = 4, 200
	c := newCollector(workers)
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			cut := c.cutter(i)
			for k := range cuts {
				cut(part(3, 1), time.Duration(k+1)*time.Millisecond, k == cuts-1)
			}
		})
	}
	var sum int64
	for !c.wait(time.Hour, time.Now().Add(time.Millisecond)) {
		sum += c.take(0, time.Second).Succeeded
	}
	wg.Wait()
	sum += c.take(0, time.Second).Succeeded
	if want := int64(workers * cuts * 3); sum != want {
		t.Errorf("takes add up to %d, want %d", sum, want)
	}
	if got := c.end(); got != cuts*time.Millisecond {
		t.Errorf("end = %v, want %v", got, cuts*time.Millisecond)
	}
}

func TestAnIntervalHasTheFailuresOfAllWorkers(t *testing.T) {
	c := newCollector(2)
	for i, failed := range []map[string]int64{{"connect: EADDRNOTAVAIL": 2},
		{"connect: EADDRNOTAVAIL": 3, "recv: EOF": 1}} {
		p := part(0, 0)
		p.Errors = failed
		c.cutter(i)(p, time.Second, false)
	}
	want := map[string]int64{"connect: EADDRNOTAVAIL": 5, "recv: EOF": 1}
	if got := c.take(time.Second, time.Second).Errors; !maps.Equal(got, want) {
		t.Errorf("take().Errors = %v, want %v", got, want)
	}
	if got := c.take(2*time.Second, time.Second).Errors; got != nil {
		t.Errorf("the next take().Errors = %v, want none", got)
	}
}

func TestCollectorTakesALateWorkerInTheNextInterval(t *testing.T) {
	c := newCollector(2)
	quick, late := c.cutter(0), c.cutter(1)
	quick(part(10, 5), time.Second, false)
	if c.wait(time.Second, time.Now()) {
		t.Error("wait = true, want false: no worker has ended")
	}
	first := c.take(time.Second, time.Second)
	late(part(7, 2), time.Second, false)
	second := c.take(2*time.Second, time.Second)
	if first.Succeeded != 10 || second.Succeeded != 7 || second.InFlight != 7 {
		t.Errorf("intervals = %d and %d succeeded, %d in flight; want 10, 7, 7", first.Succeeded, second.Succeeded,
			second.InFlight)
	}
	if first.ConnectP50US != nil {
		t.Errorf("connect_p50_us = %v without a connect, want none", *first.ConnectP50US)
	}
}

func TestAnIntervalHasThePercentilesOfWhatEndedInIt(t *testing.T) {
	c := newCollector(2)
	for i := range 2 {
		p := part(0, 0)
		for n := range 1000 {
			p.Request.Record(time.Duration(n+1) * time.Microsecond)
			p.Response.Record(time.Duration(n+1) * time.Millisecond)
		}
		c.cutter(i)(p, time.Second, false)
	}
	got := c.take(time.Second, time.Second)
	if got.RequestP50US == nil || got.RequestP99US == nil || got.ResponseP99US == nil {
		t.Fatalf("take() = %+v, want request_p50_us, request_p99_us and response_p99_us", got)
	}
	for _, v := range []struct{ got, want float64 }{{*got.RequestP50US, 500}, {*got.RequestP99US, 990},
		{*got.ResponseP99US, 990_000}} {
		if math.Abs(v.got-v.want) > 0.01*v.want {
			t.Errorf("percentile = %v us, want %v, right to 1 %%", v.got, v.want)
		}
	}
	if next := c.take(2*time.Second, time.Second); next.RequestP99US != nil || next.ResponseP99US != nil {
		t.Errorf("take() after a take = %+v, want no latencies", next)
	}
}

// A worker that is held up by its own bookkeeping measures that.
func TestACutMakesNoGarbage(t *testing.T) {
	c, r := newCollector(1), metrics.NewRecorder()
	cut := c.cutter(0)
	spare := cut(r.Cut(0, nil), 0, false)
	if n := testing.AllocsPerRun(100, func() { spare = cut(r.Cut(0, spare), 0, false) }); n != 0 {
		t.Errorf("a cut makes %v allocations, want none", n)
	}
}

func TestCollectorDoesNotWaitForALostWorker(t *testing.T) {
	c := newCollector(1)
	c.lost(0, 3*time.Second)
	if !c.wait(time.Hour, time.Now().Add(time.Hour)) {
		t.Error("wait = false, want true")
	}
	if got := c.end(); got != 3*time.Second {
		t.Errorf("end = %v, want 3s", got)
	}
}

func TestAnIntervalHasTheHistogramOfAllWorkers(t *testing.T) {
	c := newCollector(2)
	for i := range 2 {
		p := part(1, 0)
		p.Connect.Record(time.Duration(i+1) * time.Millisecond)
		c.cutter(i)(p, time.Second, false)
	}
	iv := c.take(time.Second, time.Second)
	h, err := metrics.DecodeHDR(iv.ConnectHDR)
	if err != nil || h.Count() != 2 {
		t.Fatalf("ConnectHDR has %v, %v, want 2 times", h, err)
	}
	if next := c.take(2*time.Second, time.Second); iv.RequestHDR != "" || next.ConnectHDR != "" {
		t.Errorf("RequestHDR = %q and the next ConnectHDR = %q, where nothing was recorded", iv.RequestHDR,
			next.ConnectHDR)
	}
}
