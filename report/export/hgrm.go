package export

import (
	"bytes"
	"fmt"
	"io"
	"math"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"tcpbench/results"
)

// hgrmSteps is how many percentiles there are of each half of what is left to 100 %, as
// HdrHistogram has them.
const hgrmSteps = 5

// WriteHGRM writes the latencies of a phase, in microseconds, as the percentile text of
// HdrHistogram (.hgrm), which has one distribution: that of all runs together, which must
// be repeats of one cell. An empty phase is the main one of the first run.
func WriteHGRM(w io.Writer, runs []Named, phase string) error {
	if len(runs) > 0 && phase == "" {
		phase = runs[0].Run.MainPhase()
	}
	var all *hdr.Histogram
	for _, n := range runs {
		s := n.Run.Latency.Phase(phase)
		if s == nil {
			continue
		}
		h, err := hdr.Decode([]byte(s.HDR))
		if err != nil {
			return fmt.Errorf("write percentiles: %s: %s: decode histogram: %w", n.about(), results.PhaseName(phase),
				err)
		}
		if all == nil {
			all = h
		} else {
			all.Merge(h)
		}
	}
	if all == nil {
		return fmt.Errorf("write percentiles: %w of %s", ErrNoLatency, results.PhaseName(phase))
	}
	if _, err := w.Write(hgrm(all)); err != nil {
		return fmt.Errorf("write percentiles: %w", err)
	}
	return nil
}

// hgrm is what outputPercentileDistribution of HdrHistogram writes, byte by byte.
func hgrm(h *hdr.Histogram) []byte {
	const ns = 1e3 // of a microsecond
	var b bytes.Buffer
	fmt.Fprintf(&b, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)")
	for _, at := range h.CumulativeDistributionWithTicks(hgrmSteps) {
		share := at.Quantile / 100
		fmt.Fprintf(&b, "%12.3f %2.12f %10d", float64(at.ValueAt)/ns, halfUp(share), at.Count)
		if share < 1 {
			fmt.Fprintf(&b, " %14.2f", 1/(1-share))
		}
		b.WriteByte('\n')
	}
	buckets, subBuckets := geometry(h)
	fmt.Fprintf(&b, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", h.Mean()/ns, h.StdDev()/ns)
	fmt.Fprintf(&b, "#[Max     = %12.3f, Total count    = %12d]\n", float64(h.Max())/ns, h.TotalCount())
	fmt.Fprintf(&b, "#[Buckets = %12d, SubBuckets     = %12d]\n", buckets, subBuckets)
	return b.Bytes()
}

// geometry is how many buckets h has, and how many bars each of them, as HdrHistogram
// counts them.
func geometry(h *hdr.Histogram) (buckets, subBuckets int64) {
	largest := 2 * math.Pow10(int(h.SignificantFigures()))
	subBuckets = 1 << int(math.Ceil(math.Log2(largest)))
	buckets = 1
	for untracked := subBuckets; untracked <= h.HighestTrackableValue(); untracked <<= 1 {
		buckets++
		if untracked > math.MaxInt64/2 {
			break
		}
	}
	return buckets, subBuckets
}

// halfUp rounds to 12 places as other implementations do, where Go rounds a half to even.
func halfUp(share float64) float64 { return math.Round(share*1e12) / 1e12 }
