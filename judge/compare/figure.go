package compare

import (
	"slices"

	"tcpbench/judge/slo"
)

// Better is in which direction a metric improves.
type Better int

// The directions.
const (
	Lower  Better = -1
	Either Better = 0
	Higher Better = 1
)

// BetterWhen is the direction in which a metric improves.
func BetterWhen(m slo.Metric) Better {
	switch m.Name {
	case "attempted":
		return Either
	case "connections_per_second", "requests_per_second", "holds_rate", "succeeded", "after_connections", "knee_after_connections":
		return Higher
	default:
		return Lower
	}
}

// figures are the metrics of a comparison, in the order of its tables; those
// that neither side has do not appear.
//
// Note: the largest latency is not among them: it is that of one connection,
// and repeats do not agree on it.
func figures() []slo.Metric {
	names := []string{"holds_rate", "connections_per_second", "requests_per_second"}
	for _, phase := range slo.Phases() {
		for _, p := range percentiles() {
			names = append(names, phase+"_"+p)
		}
	}
	names = append(names, "cpu_per_connection", "cpu_per_request", "errors", "exhausted", "after_connections", "knee_after_connections")
	out := make([]slo.Metric, len(names))
	for i, name := range names {
		m, err := slo.FindMetric(name)
		if err != nil {
			panic(err) // the names are those of package slo, and a test goes over them
		}
		out[i] = m
	}
	return out
}

func percentiles() []string { return []string{"p50", "p90", "p99", "p999"} }

// known is the metrics of a comparison, with those of more that are not
// among them.
func known(more []slo.Metric) []slo.Metric {
	out := figures()
	for _, m := range more {
		if !slices.ContainsFunc(out, func(o slo.Metric) bool { return o.Name == m.Name }) {
			out = append(out, m)
		}
	}
	return out
}
