package merge_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"tcpbench/experiment/fleet/merge"
	"tcpbench/metrics"
	"tcpbench/results"
)

// minute is a result of a minute, with 1000 connections in each second.
func minute(seed uint64) *results.Run {
	random := rand.New(rand.NewPCG(seed, 1))
	latency := func() time.Duration { return time.Duration(20e3 * (1 + random.ExpFloat64())) }
	r, all := run(60, 1000), metrics.NewHistogram()
	for i := range r.Intervals {
		w := metrics.NewWindow()
		for range 1000 {
			w.Connect.Record(latency())
			w.Request.Record(2 * latency())
			all.Record(latency())
		}
		iv := &r.Intervals[i]
		iv.ConnectHDR, iv.RequestHDR = w.Connect.HDR(), w.Request.HDR()
		iv.ConnectP50US, iv.RequestP50US = new(30.0), new(60.0)
		iv.CPUUserS, iv.CPUSystemS = new(0.01), new(0.02)
	}
	s := metrics.Summarize(all)
	r.Latency = results.Latency{Connect: s, FirstByte: s, Request: s, Service: s, Close: s}
	return r
}

// BenchmarkMerge adds results of a minute up: what an agent takes, and what is held in the
// end, which is what agents[] has of each.
func BenchmarkMerge(b *testing.B) {
	var some []*results.Run
	for seed := range uint64(8) {
		some = append(some, minute(seed))
	}
	for _, n := range []int{1000, 10000} {
		b.Run(fmt.Sprintf("agents=%d", n), func(b *testing.B) {
			for b.Loop() {
				held := heap()
				m := merge.New(whole(), nil, nil, nil)
				for i := range n {
					one := *some[i%len(some)]
					if err := m.Add(part(fmt.Sprintf("agent-%05d", i), &one)); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(heap()-held)/1e6, "MB-held")
				r, err := m.Result()
				if err != nil || r.Totals.Succeeded != int64(n)*60_000 || len(r.Intervals) != 60 {
					b.Fatalf("Result() = %v, %v", r, err)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N)/float64(n), "us/agent")
		})
	}
}

// heap is how many bytes are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
