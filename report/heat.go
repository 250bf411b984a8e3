package report

import (
	"cmp"

	"tcpbench/internal/figure"
	"tcpbench/judge/metric"
	"tcpbench/report/view"
	"tcpbench/results"
)

// matrix is the cells of a sweep in which two settings differ at least, for a heat table.
type matrix struct {
	Settings []string     `json:"settings"`
	Cells    []matrixCell `json:"cells"`
	Metrics  []heatMetric `json:"metrics"`
}

// matrixCell is one cell: the values of the settings, and how it ended.
type matrixCell struct {
	ID       string   `json:"id"`
	Settings []string `json:"settings"`
	Outcome  string   `json:"outcome"`
	Class    string   `json:"class"`
}

// heatMetric is a figure of every cell: the median of its repeats.
type heatMetric struct {
	Name   string   `json:"name"`
	Values []number `json:"values"`
	Texts  []string `json:"texts"`
	// Predicted is what the law says of it in each cell, "" where it says nothing; absent
	// where that is so of all cells.
	Predicted []string `json:"predicted,omitempty"`
}

// newMatrix is nil where cells do not differ in two settings.
func newMatrix(runs []*results.Run, cells [][]int) *matrix {
	firsts := make([]*results.Run, len(cells))
	for i, c := range cells {
		firsts[i] = runs[c[0]]
	}
	names, values := results.CellSettings(firsts)
	if len(names) < 2 || len(cells) < 2 {
		return nil
	}
	m := &matrix{Settings: names}
	for i, r := range firsts {
		m.Cells = append(m.Cells, matrixCell{ID: id(cells[i]), Settings: values[i],
			Outcome: cmp.Or(view.OutcomeOn(r), view.Unmeasured), Class: view.Class(r)})
	}
	for _, name := range []string{"connections_per_second", "requests_per_second", "after_connections",
		"knee_after_connections", "connect_p50", "connect_p99", "request_p99", "response_p99", "cpu_per_connection",
		"failed"} {
		if h, ok := newHeatMetric(metric.MustFind(name), runs, cells); ok {
			m.Metrics = append(m.Metrics, h)
		}
	}
	if len(m.Metrics) == 0 {
		return nil
	}
	return m
}

// newHeatMetric is false where no cell has the figure.
func newHeatMetric(m metric.Metric, runs []*results.Run, cells [][]int) (heatMetric, bool) {
	h := heatMetric{Name: m.Heading}
	some, foreseen := false, false
	for _, c := range cells {
		said := view.Predicted(m.Name, runs[c[0]])
		foreseen = foreseen || said != ""
		h.Predicted = append(h.Predicted, said)
		var vs []float64
		for _, i := range c {
			if v, err := m.Measure(runs[i]); err == nil {
				vs = append(vs, v)
			}
		}
		if len(vs) == 0 {
			h.Values, h.Texts = append(h.Values, absent()), append(h.Texts, view.Unmeasured)
			continue
		}
		v := figure.Median(vs)
		some = true
		h.Values, h.Texts = append(h.Values, number(v)), append(h.Texts, written(m, v))
	}
	if !foreseen {
		h.Predicted = nil
	}
	return h, some
}

// written is a figure in its metric's unit.
func written(m metric.Metric, v float64) string {
	switch m.Unit {
	case metric.Time:
		return figure.Micros(v)
	case metric.Share:
		return figure.Percent(v)
	default:
		return figure.Number(v)
	}
}
