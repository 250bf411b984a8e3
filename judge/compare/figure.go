package compare

import (
	"slices"

	"tcpbench/judge/metric"
)

// figures are the metrics of a comparison, in the order of its tables; those
// that neither side has do not appear.
func figures() []metric.Metric {
	return slices.DeleteFunc(metric.Table(), func(m metric.Metric) bool { return !m.Compared })
}

// known is the metrics of a comparison, with those of more that are not
// among them.
func known(more []metric.Metric) []metric.Metric {
	out := figures()
	for _, m := range more {
		if !slices.ContainsFunc(out, func(o metric.Metric) bool { return o.Name == m.Name }) {
			out = append(out, m)
		}
	}
	return out
}
