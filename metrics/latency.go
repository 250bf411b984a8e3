package metrics

import (
	"iter"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// MaxLatency is the longest time that a histogram holds; longer ones are
// recorded as this.
const MaxLatency = time.Hour

// Histogram is a latency distribution in nanoseconds. It is not safe for
// concurrent use. A nil one keeps nothing.
//
// Note: the library's own answers each question by a walk through all bars up to the
// longest, some 10,000, most of which are empty, and to copy them touches all 270 KB. Of
// this one it is asked about the bars that are not empty.
type Histogram struct {
	resolution
	bars  []int64 // how many latencies each has
	top   int     // one more than the last that has any
	count int64
}

// NewHistogram returns an empty histogram of about 270 KB.
func NewHistogram() *Histogram { return newHistogram(fine()) }

// newCoarseHistogram returns an empty histogram of about 37 KB, whose values
// are right to 1 %.
func newCoarseHistogram() *Histogram { return newHistogram(coarse()) }

func newHistogram(r resolution) *Histogram {
	return &Histogram{resolution: r, bars: make([]int64, r.bar(MaxLatency)+1)}
}

// Record adds one latency. Below 1 ns counts as 1 ns, above MaxLatency as MaxLatency.
func (h *Histogram) Record(d time.Duration) {
	if h != nil {
		h.add(h.bar(d), 1)
	}
}

func (h *Histogram) add(bar int, n int64) {
	h.bars[bar] += n
	h.count += n
	h.top = max(h.top, bar+1)
}

// Merge adds every value of o.
func (h *Histogram) Merge(o *Histogram) {
	if h == nil || o == nil {
		return
	}
	for i, n := range o.bars[:o.top] {
		if n > 0 {
			h.add(h.bar(o.least(i)), n)
		}
	}
}

// Reset forgets every value.
func (h *Histogram) Reset() {
	clear(h.bars[:h.top])
	h.top, h.count = 0, 0
}

// Count is the number of values recorded.
func (h *Histogram) Count() int64 { return h.count }

// Percentile returns the latency that p percent of the values do not exceed,
// to the nearest whole value; p is from 0 to 100. It is 0 when nothing was
// recorded.
func (h *Histogram) Percentile(p float64) time.Duration {
	return time.Duration(h.packed().ValueAtPercentile(p))
}

// Percentiles returns the latency at each of ps, which are in rising order.
func (h *Histogram) Percentiles(ps []float64) []time.Duration {
	out := make([]time.Duration, len(ps))
	for i, v := range h.packed().ValueAtPercentilesSlice(ps) {
		out[i] = time.Duration(v)
	}
	return out
}

// Above counts the latencies above d, to the histogram's precision.
func (h *Histogram) Above(d time.Duration) int64 {
	var n int64
	for _, count := range h.bars[min(h.bar(d)+1, h.top):h.top] {
		n += count
	}
	return n
}

// All yields the shortest latency of each bar that is not empty, in rising order, and how
// many it has.
func (h *Histogram) All() iter.Seq2[time.Duration, int64] {
	return func(yield func(time.Duration, int64) bool) {
		for i, n := range h.bars[:h.top] {
			if n > 0 && !yield(h.least(i), n) {
				return
			}
		}
	}
}

// packed has the bars that are not empty.
func (h *Histogram) packed() *hdr.PackedHistogram {
	// The lowest value must be 1: hdrhistogram-go rounds small values to its unit.
	p := hdr.NewPacked(1, int64(MaxLatency), h.digits)
	for d, n := range h.All() {
		_ = p.RecordValues(int64(d), n) // in range
	}
	return p
}
