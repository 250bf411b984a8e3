package exporter

import (
	"maps"
	"math"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"tcpbench/metrics"
)

// resolution is the schema of native histograms: 2^3 buckets for each power of two, so that
// one is 9 % wider than the one before.
const resolution = 3

// buckets are a histogram of times in seconds, native, with a few buckets of the classic
// kind for a Prometheus that knows no other.
type buckets struct {
	native map[int]int64 // by index: the upper bound is 2^(index/8) seconds
	count  uint64
	sum    float64
}

func newBuckets() buckets { return buckets{native: map[int]int64{}} }

// add takes in the histogram of an interval, as it stands there; "" is none. One that
// cannot be read is left out: it is of this program's own.
func (b *buckets) add(hdr string) {
	if hdr == "" {
		return
	}
	h, err := metrics.DecodeHDR(hdr)
	if err != nil {
		return
	}
	for latency, n := range h.All() {
		seconds := latency.Seconds()
		b.native[int(math.Ceil(math.Log2(seconds)*(1<<resolution)))] += n
		b.count += uint64(n)
		b.sum += seconds * float64(n)
	}
}

// bound is the upper one of a native bucket, in seconds.
func bound(index int) float64 { return math.Exp2(float64(index) / (1 << resolution)) }

// metric is the histogram as it is now.
func (b *buckets) metric(desc *prometheus.Desc, started time.Time, labels ...string) prometheus.Metric {
	m, err := prometheus.NewConstNativeHistogram(desc, b.count, b.sum, maps.Clone(b.native), nil, 0, resolution, 0,
		started, labels...)
	if err != nil {
		return prometheus.NewInvalidMetric(desc, err)
	}
	return bothKinds{m, b.classic()}
}

// classic are cumulative buckets: those of the native ones that lie wholly below a bound.
func (b *buckets) classic() []*dto.Bucket {
	indices := slices.Sorted(maps.Keys(b.native))
	var out []*dto.Bucket
	var below uint64
	for _, limit := range metrics.Bounds() {
		for len(indices) > 0 && bound(indices[0]) <= limit {
			below += uint64(b.native[indices[0]])
			indices = indices[1:]
		}
		out = append(out, &dto.Bucket{UpperBound: &limit, CumulativeCount: new(below)})
	}
	return out
}

// bothKinds is a native histogram that has classic buckets too.
type bothKinds struct {
	prometheus.Metric
	classic []*dto.Bucket
}

func (b bothKinds) Write(m *dto.Metric) error {
	if err := b.Metric.Write(m); err != nil {
		return err
	}
	m.Histogram.Bucket = b.classic
	return nil
}
