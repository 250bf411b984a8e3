package metrics

import (
	"fmt"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// MaxLatency is the longest time that a histogram holds; longer ones are
// recorded as this.
const MaxLatency = time.Hour

// Histogram is a latency distribution in nanoseconds. It is not safe for
// concurrent use. A nil one keeps nothing.
type Histogram struct{ h *hdr.Histogram }

// NewHistogram returns an empty histogram of about 270 KB.
func NewHistogram() *Histogram {
	// The lowest value must be 1: hdrhistogram-go rounds small values to its unit.
	return &Histogram{hdr.New(1, int64(MaxLatency), 3)}
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

// Summary is a latency distribution as a result file keeps it: the usual
// percentiles in microseconds and the whole histogram, so that files can be
// merged without loss.
type Summary struct {
	Count  int64   `json:"count"`
	MinUS  float64 `json:"min_us"`
	MeanUS float64 `json:"mean_us"`
	P50US  float64 `json:"p50_us"`
	P90US  float64 `json:"p90_us"`
	P99US  float64 `json:"p99_us"`
	P999US float64 `json:"p999_us"`
	MaxUS  float64 `json:"max_us"`

	// HDR is the histogram of nanoseconds, V2 compressed, base64.
	HDR string `json:"hdr"`
}

// Summarize returns h's summary, or nil when nothing was recorded: what was
// not measured is absent.
func Summarize(h *Histogram) *Summary {
	if h == nil || h.Count() == 0 {
		return nil
	}
	// Encoding writes to memory and the geometry is one the format holds.
	encoded, err := h.h.Encode(hdr.V2CompressedEncodingCookieBase)
	if err != nil {
		panic(fmt.Sprintf("encode histogram: %v", err))
	}
	us := func(ns int64) float64 { return float64(ns) / 1e3 }
	return &Summary{
		Count:  h.Count(),
		MinUS:  us(h.h.Min()),
		MeanUS: h.h.Mean() / 1e3,
		P50US:  us(h.h.ValueAtPercentile(50)),
		P90US:  us(h.h.ValueAtPercentile(90)),
		P99US:  us(h.h.ValueAtPercentile(99)),
		P999US: us(h.h.ValueAtPercentile(99.9)),
		MaxUS:  us(h.h.Max()),
		HDR:    string(encoded),
	}
}

// Histogram decodes the whole distribution.
func (s *Summary) Histogram() (*Histogram, error) {
	h, err := hdr.Decode([]byte(s.HDR))
	if err != nil {
		return nil, fmt.Errorf("decode histogram: %w", err)
	}
	return &Histogram{h}, nil
}
