package metrics

import (
	"fmt"
	"math"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

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
func Summarize(h *Histogram) *Summary { return new(Summarizer).Summarize(h) }

// Summarizer makes summaries of histograms, one after the other. Its zero value is ready.
type Summarizer struct{ encoder encoder }

// Summarize is the function of that name.
func (s *Summarizer) Summarize(h *Histogram) *Summary {
	if h == nil || h.Count() == 0 {
		return nil
	}
	bars := h.packed()
	us := func(ns int64) float64 { return float64(ns) / 1e3 }
	ps := bars.ValueAtPercentilesSlice([]float64{50, 90, 99, 99.9})
	return &Summary{
		Count:  h.Count(),
		MinUS:  us(bars.Min()),
		MeanUS: bars.Mean() / 1e3,
		P50US:  us(ps[0]),
		P90US:  us(ps[1]),
		P99US:  us(ps[2]),
		P999US: us(ps[3]),
		MaxUS:  us(bars.Max()),
		HDR:    s.encoder.encode(h),
	}
}

// Histogram decodes the whole distribution, into the bars that ours have.
func (s *Summary) Histogram() (*Histogram, error) { return DecodeHDR(s.HDR) }

// DecodeHDR decodes a histogram of a result, of a [Summary] or of an [Interval].
func DecodeHDR(text string) (*Histogram, error) {
	h := NewHistogram()
	if err := h.AddHDR(text); err != nil {
		return nil, err
	}
	return h, nil
}

// AddHDR adds what a histogram has that was encoded, of a [Summary] or of an [Interval].
// The error is of a text that is none; some of it may have been added.
func (h *Histogram) AddHDR(text string) error {
	if h.addOwn(text) || h.addCompressed(text) {
		return nil
	}
	return addForeign(h, text)
}

// addForeign has the library decode it, which reads every version of the format.
func addForeign(h *Histogram, text string) error {
	packed, err := hdr.DecodePacked([]byte(text))
	if err != nil {
		return fmt.Errorf("decode histogram: %w", err)
	}
	for value, n := range packed.ForEachBucket {
		if n > math.MaxInt64-h.count {
			return fmt.Errorf("decode histogram: it has more than %d latencies", int64(math.MaxInt64))
		}
		h.add(h.bar(time.Duration(value)), n)
	}
	return nil
}
