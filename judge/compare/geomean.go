package compare

import (
	"math"

	"tcpbench/judge/metric"
)

// Geomean is the geometric mean of one metric over all cells.
type Geomean struct {
	Metric        string  `json:"metric"`
	Base          float64 `json:"base"`
	New           float64 `json:"new"`
	ChangePercent float64 `json:"change_percent"`
	// Cells counts those that went into it: with the metric on both sides.
	Cells int `json:"cells"`

	unit metric.Unit
}

// geomeans are those of every metric that is above 0 wherever it was measured,
// in two cells at least.
func geomeans(cells []Cell) []Geomean {
	var out []Geomean
	for _, m := range metricsOf(cells) {
		if g, ok := geomean(m, cells); ok {
			out = append(out, g)
		}
	}
	return out
}

func geomean(name string, cells []Cell) (Geomean, bool) {
	g := Geomean{Metric: name}
	var base, candidate float64 // sums of logarithms
	for i := range cells {
		r := cells[i].Row(name)
		if r == nil || r.Base == nil || r.New == nil {
			continue
		}
		b, n := r.Base.Figure(), r.New.Figure()
		if b <= 0 || n <= 0 || r.Base.unit == metric.Truth {
			return g, false
		}
		g.unit = r.Base.unit
		g.Cells++
		base += math.Log(b)
		candidate += math.Log(n)
	}
	if g.Cells < 2 {
		return g, false
	}
	g.Base, g.New = math.Exp(base/float64(g.Cells)), math.Exp(candidate/float64(g.Cells))
	g.ChangePercent = (math.Exp((candidate-base)/float64(g.Cells)) - 1) * 100
	return g, true
}

// metricsOf are the metrics of the cells, in the order of their rows.
func metricsOf(cells []Cell) []string {
	var out []string
	seen := map[string]bool{}
	for _, c := range cells {
		for _, r := range c.Rows {
			if !seen[r.Metric] {
				seen[r.Metric] = true
				out = append(out, r.Metric)
			}
		}
	}
	return out
}
