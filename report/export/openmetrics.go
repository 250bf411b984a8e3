package export

import (
	"bufio"
	"fmt"
	"io"
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
// the end of the run, its latencies as histograms and its failures.
func WriteOpenMetrics(w io.Writer, runs []Named) error {
	out := bufio.NewWriter(w)
	all := Columns()
	for _, c := range all {
		if c.metric != "" {
			if err := writeFamily(out, intervalFamily(c, runs)); err != nil {
				return err
			}
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
	if err := writeFamily(out, errorFamily(runs)); err != nil {
		return err
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

// intervalFamily is a figure of every interval.
func intervalFamily(c Column, runs []Named) *dto.MetricFamily {
	f := family(c.family(), c.Help, dto.MetricType_GAUGE)
	if c.counted {
		f = family(c.family(), c.Help+", since counting began", dto.MetricType_COUNTER)
	}
	for _, n := range runs {
		pairs, sum, last := n.pairs(), 0.0, -1.0
		for _, iv := range n.Run.Intervals {
			v := c.of(iv)
			if v == nil || !(iv.TS > last) { // of one time there is one sample
				continue
			}
			last = iv.TS
			m := &dto.Metric{Label: pairs, TimestampMs: n.milliseconds(iv.TS)}
			if sum += *v * c.scale; c.counted {
				m.Counter = &dto.Counter{Value: proto.Float64(sum)}
			} else {
				m.Gauge = &dto.Gauge{Value: proto.Float64(*v * c.scale)}
			}
			f.Metric = append(f.Metric, m)
		}
	}
	return f
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
	f := family(prefix+"run_"+key+"_seconds", "latency over the run: "+results.PhaseName(key), dto.MetricType_HISTOGRAM)
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

// histogram is h in buckets that end at 1, 2 and 5 times a power of ten, from 1 us to the
// first that has all.
func histogram(h *metrics.Histogram, meanUS float64) *dto.Histogram {
	out := &dto.Histogram{SampleCount: proto.Uint64(uint64(h.Count())),
		SampleSum: proto.Float64(meanUS / 1e6 * float64(h.Count()))}
	for us := int64(1); us <= metrics.MaxLatency.Microseconds(); us *= 10 {
		for _, m := range []int64{1, 2, 5} {
			above := h.Above(time.Duration(us*m) * time.Microsecond)
			out.Bucket = append(out.Bucket, &dto.Bucket{UpperBound: proto.Float64(float64(us*m) / 1e6),
				CumulativeCount: proto.Uint64(uint64(h.Count() - above))})
			if above == 0 {
				return out
			}
		}
	}
	return out
}

// errorFamily is how many connections of each run failed, by call and errno.
func errorFamily(runs []Named) *dto.MetricFamily {
	f := family(prefix+"run_errors", "connections of the run that failed, by what failed", dto.MetricType_GAUGE)
	for _, n := range runs {
		var names []string
		for name := range n.Run.Totals.Errors {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			f.Metric = append(f.Metric, &dto.Metric{Label: append(n.pairs(), pair("error", name)),
				TimestampMs: n.milliseconds(n.end()),
				Gauge:       &dto.Gauge{Value: proto.Float64(float64(n.Run.Totals.Errors[name]))}})
		}
	}
	return f
}
