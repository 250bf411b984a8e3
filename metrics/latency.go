package metrics

import (
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// MaxLatency is the longest time that a histogram holds; longer ones are
// recorded as this.
const MaxLatency = time.Hour

// digits are the significant ones of a latency.
const digits = 3

// Histogram is a latency distribution in nanoseconds. It is not safe for
// concurrent use. A nil one keeps nothing.
type Histogram struct{ h *hdr.Histogram }

// NewHistogram returns an empty histogram of about 270 KB.
func NewHistogram() *Histogram {
	// The lowest value must be 1: hdrhistogram-go rounds small values to its unit.
	return &Histogram{hdr.New(1, int64(MaxLatency), digits)}
}

// newCoarseHistogram returns an empty histogram of about 37 KB, whose values
// are right to 1 %.
func newCoarseHistogram() *Histogram {
	return &Histogram{hdr.New(1, int64(MaxLatency), 2)}
}

// Record adds one latency. Below 1 ns counts as 1 ns, above MaxLatency as MaxLatency.
func (h *Histogram) Record(d time.Duration) {
	if h == nil {
		return
	}
	_ = h.h.RecordValue(min(max(int64(d), 1), int64(MaxLatency))) // in range by the clamp
}

// Merge adds every value of o.
func (h *Histogram) Merge(o *Histogram) {
	if h != nil && o != nil {
		h.h.Merge(o.h)
	}
}

// Reset forgets every value.
func (h *Histogram) Reset() { h.h.Reset() }

// Count is the number of values recorded.
func (h *Histogram) Count() int64 { return h.h.TotalCount() }

// Percentile returns the latency that p percent of the values do not exceed,
// to the nearest whole value; p is from 0 to 100. It is 0 when nothing was
// recorded.
func (h *Histogram) Percentile(p float64) time.Duration {
	return time.Duration(h.h.ValueAtPercentile(p))
}

// Above counts the latencies above d, to the histogram's precision.
func (h *Histogram) Above(d time.Duration) int64 {
	if h.h.Max() <= int64(d) {
		return 0 // without a walk through all bars, which takes a millisecond
	}
	var n int64
	for _, bar := range h.h.Distribution() {
		if bar.From > int64(d) {
			n += bar.Count
		}
	}
	return n
}

// Percentiles returns the latency at each of ps, which are in rising order.
func (h *Histogram) Percentiles(ps []float64) []time.Duration {
	out := make([]time.Duration, len(ps))
	for i, v := range h.h.ValueAtPercentilesSlice(ps) {
		out[i] = time.Duration(v)
	}
	return out
}
