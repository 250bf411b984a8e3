package view

import (
	"cmp"
	"fmt"

	"tcpbench/internal/prose"
	"tcpbench/judge/metric"
	"tcpbench/results"
)

// heading is what a metric is called above its column.
func heading(name string) string { return metric.MustFind(name).Heading }

// shown is a metric of r, as format writes it; "" where it was not measured.
func shown(name string, r *results.Run, format func(float64) string) string {
	v, err := metric.MustFind(name).Measure(r)
	if err != nil {
		return ""
	}
	return format(v)
}

// addMetric is a row of a metric of r.
func addMetric(t *prose.Table, name string, r *results.Run, format func(float64) string) {
	t.Add(heading(name), cmp.Or(shown(name, r, format), Unmeasured))
}

// counted writes a count.
func counted(v float64) string { return fmt.Sprint(int64(v)) }
