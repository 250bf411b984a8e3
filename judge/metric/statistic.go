package metric

import (
	"fmt"

	"tcpbench/internal/suggest"
	"tcpbench/metrics"
	"tcpbench/results"
)

// statistic is a figure of a distribution, in microseconds.
type statistic struct {
	name     string
	compared bool
	of       func(*metrics.Summary) (float64, error)
}

// statistics are those that every latency has in the table.
//
// Note: comparisons do not show the largest: it is that of one connection, and
// repeats do not agree on it.
func statistics() []statistic {
	return []statistic{
		{"min", onRequest, func(s *metrics.Summary) (float64, error) { return s.MinUS, nil }},
		{"mean", onRequest, func(s *metrics.Summary) (float64, error) { return s.MeanUS, nil }},
		{"p50", shown, percentile(50)},
		{"p90", shown, percentile(90)},
		{"p99", shown, percentile(99)},
		{"p999", shown, percentile(99.9)},
		{"max", onRequest, func(s *metrics.Summary) (float64, error) { return s.MaxUS, nil }},
	}
}

// latencies are the usual statistics of every phase.
func latencies() []Metric {
	var out []Metric
	for _, phase := range results.PhaseKeys() {
		for _, s := range statistics() {
			out = append(out, latency(phase, s))
		}
	}
	return out
}

// latency is the metric of one statistic of a phase.
func latency(phase string, s statistic) Metric {
	name := results.PhaseName(phase)
	return Metric{phase + "_" + s.name, Time, Lower, phase, name + " " + s.name, s.compared,
		func(r *results.Run) (float64, error) {
			if sum := r.Latency.Phase(phase); sum != nil && sum.Count > 0 {
				return s.of(sum)
			}
			return 0, fmt.Errorf("the run has no %s latency", name)
		}}
}

// findLatency is the metric of a statistic that the table does not have: any
// other percentile.
func findLatency(phase, stat string) (Metric, error) {
	p, err := parsePercentile(stat)
	if err != nil {
		near, _ := suggest.Nearest(stat, []string{"min", "mean", "max"})
		if near != "" {
			err = fmt.Errorf("%w; did you mean %q?", err, phase+"_"+near)
		}
		return Metric{}, fmt.Errorf("%s_%s: %w", phase, stat, err)
	}
	return latency(phase, statistic{stat, onRequest, percentile(p)}), nil
}
