package report

import (
	"tcpbench/judge/metric"
	"tcpbench/results"
)

// heading is what a metric is called above its column.
func heading(name string) string { return metric.MustFind(name).Heading }

// shown is a metric of r, as format writes it.
func shown(name string, r *results.Run, format func(float64) string) string {
	v, err := metric.MustFind(name).Measure(r)
	if err != nil {
		return unmeasured
	}
	return format(v)
}

// addMetric is a row of a metric of r.
func (t *table) addMetric(name string, r *results.Run, format func(float64) string) {
	t.add(heading(name), shown(name, r, format))
}

// counted writes a count.
func counted(v float64) string { return number(int64(v)) }
