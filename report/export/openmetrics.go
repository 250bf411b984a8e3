package export

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"google.golang.org/protobuf/proto"

	"tcpbench/metrics"
	"tcpbench/results"
)

// WriteOpenMetrics writes runs as OpenMetrics 1.0 text: each interval is a sample at its
// own time, as `promtool tsdb create-blocks-from openmetrics` reads it, and so are, at
// the end of the run, its latencies as histograms.
func WriteOpenMetrics(w io.Writer, runs []Named) error {
	out := bufio.NewWriter(w)
	for _, f := range intervalFamilies(runs) {
		if err := writeFamily(out, f); err != nil {
			return err
		}
	}
	for _, key := range results.PhaseKeys() {
		f, err := latencyFamily(key, runs)
		if err != nil {
			return fmt.Errorf("write OpenMetrics: %w", err)
		}
		if err := writeFamily(out, f); err != nil {
			return err
		}
	}
	if _, err := expfmt.FinalizeOpenMetrics(out); err != nil {
		return fmt.Errorf("write OpenMetrics: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write OpenMetrics: %w", err)
	}
	return nil
}

// writeFamily writes f, unless it has no sample.
func writeFamily(out io.Writer, f *dto.MetricFamily) error {
	if len(f.Metric) == 0 {
		return nil
	}
	if _, err := expfmt.MetricFamilyToOpenMetrics(out, f); err != nil {
		return fmt.Errorf("write OpenMetrics: %w", err)
	}
	return nil
}

func family(name, help string, kind dto.MetricType) *dto.MetricFamily {
	return &dto.MetricFamily{Name: proto.String(name), Help: proto.String(help), Type: kind.Enum()}
}

// intervalFamilies are the figures of every interval. Columns of one metric follow each
// other.
func intervalFamilies(runs []Named) []*dto.MetricFamily {
	var out []*dto.MetricFamily
	for _, c := range metrics.Columns() {
		if c.Metric == "" {
			continue
		}
		f := family(c.Family(), c.Help, dto.MetricType_GAUGE)
		if c.Counted {
			f = family(c.Family(), c.Help+", since counting began", dto.MetricType_COUNTER)
		}
		if n := len(out); n > 0 && out[n-1].GetName() == f.GetName() {
			f = out[n-1]
		} else {
			out = append(out, f)
		}
		for _, n := range runs {
			if c.Kinds != nil {
				f.Metric = append(f.Metric, n.failures(c)...)
			} else {
				f.Metric = append(f.Metric, n.samples(c)...)
			}
		}
	}
	return out
}

// samples are a figure of every interval of a run.
func (n Named) samples(c metrics.Column) []*dto.Metric {
	pairs, sum, last := n.pairs(), 0.0, -1.0
	if c.Label != "" {
		pairs = append(pairs, pair(c.Label, c.Value))
	}
	var out []*dto.Metric
	for _, iv := range n.Run.Intervals {
		v := c.Of(iv)
		if v == nil || !(iv.TS > last) { // of one time there is one sample
			continue
		}
		last = iv.TS
		m := &dto.Metric{Label: pairs, TimestampMs: n.milliseconds(iv.TS)}
		if sum += *v * c.Scale; c.Counted {
			m.Counter = &dto.Counter{Value: proto.Float64(sum)}
		} else {
			m.Gauge = &dto.Gauge{Value: proto.Float64(*v * c.Scale)}
		}
		out = append(out, m)
	}
	return out
}

// failures are those of every interval by kind, each kind from its first on, and those of
// the whole run at its end: results of earlier versions have no others.
func (n Named) failures(c metrics.Column) []*dto.Metric {
	var out []*dto.Metric
	for _, kind := range slices.Sorted(maps.Keys(n.Run.Totals.Errors)) {
		call, errno := metrics.CallErrno(kind)
		pairs := append(n.pairs(), pair("call", call), pair("errno", errno))
		at := func(ts float64, count int64) {
			out = append(out, &dto.Metric{Label: pairs, TimestampMs: n.milliseconds(ts),
				Counter: &dto.Counter{Value: proto.Float64(float64(count))}})
		}
		sum, last := int64(0), -1.0
		for _, iv := range n.Run.Intervals {
			if sum += c.Kinds(iv)[kind]; sum > 0 && iv.TS > last {
				at(iv.TS, sum)
				last = iv.TS
			}
		}
		if all := n.Run.Totals.Errors[kind]; sum < all && n.end() > last {
			at(n.end(), all)
		}
	}
	return out
}

// pairs are the labels of a run.
func (n Named) pairs() []*dto.LabelPair {
	out := []*dto.LabelPair{pair("result", n.Result), pair("run", strconv.Itoa(n.N))}
	if cell := n.Run.CellLabel(); cell != "" {
		out = append(out, pair("cell", cell))
	}
	if n.Run.Repeat > 0 {
		out = append(out, pair("repeat", strconv.Itoa(n.Run.Repeat)))
	}
	return out
}

func pair(name, value string) *dto.LabelPair {
	return &dto.LabelPair{Name: proto.String(name), Value: proto.String(value)}
}

func (n Named) milliseconds(at float64) *int64 { return proto.Int64(int64(n.since(at) * 1e3)) }

// end is when the last connection of a run was over, on its own clock.
func (n Named) end() float64 {
	at := n.Run.DurationS + n.Run.DrainS
	if i := len(n.Run.Intervals) - 1; i >= 0 {
		at = max(at, n.Run.Intervals[i].TS)
	}
	return at
}

// latencyFamily is the latency of a phase over each run.
func latencyFamily(key string, runs []Named) (*dto.MetricFamily, error) {
	f := family(metrics.RunPrefix+key+"_seconds", "latency over the run: "+results.PhaseName(key),
		dto.MetricType_HISTOGRAM)
	f.Unit = proto.String("seconds")
	for _, n := range runs {
		s := n.Run.Latency.Phase(key)
		if s == nil || s.HDR == "" {
			continue
		}
		h, err := s.Histogram()
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", n.about(), results.PhaseName(key), err)
		}
		f.Metric = append(f.Metric, &dto.Metric{Label: n.pairs(), TimestampMs: n.milliseconds(n.end()),
			Histogram: histogram(h, s.MeanUS)})
	}
	return f, nil
}

// histogram is h in the buckets that all have.
func histogram(h *metrics.Histogram, meanUS float64) *dto.Histogram {
	out := &dto.Histogram{SampleCount: proto.Uint64(uint64(h.Count())),
		SampleSum: proto.Float64(meanUS / 1e6 * float64(h.Count()))}
	for _, bound := range metrics.Bounds() {
		above := h.Above(time.Duration(bound * float64(time.Second)))
		out.Bucket = append(out.Bucket, &dto.Bucket{UpperBound: proto.Float64(bound),
			CumulativeCount: proto.Uint64(uint64(h.Count() - above))})
	}
	return out
}
