package plots

import (
	"errors"
	"fmt"

	"gonum.org/v1/plot/plotter"

	"tcpbench/internal/figure"
	"tcpbench/metrics"
	"tcpbench/results"
)

// Series is a named line of a picture that compares programs.
type Series struct {
	Name   string
	Points plotter.XYs
}

// CostGrowth is how the cost of a connection grows: above, the client's CPU
// time in microseconds over the connections in flight; below, the time of
// connect(2) in each run over the share of its ports in use. The runs are
// named by the settings in which they differ.
func CostGrowth(inFlight []Series, runs []*results.Run) (Picture, error) {
	above, err := inFlightChart(inFlight)
	if err != nil {
		return Picture{}, err
	}
	below, err := occupancyChart(runs)
	if err != nil {
		return Picture{}, err
	}
	return Picture{
		Name:  "cost-growth",
		Title: "How the cost of a connection grows",
		Caption: "CPU time per connection over the connections in flight, and the time of connect(2) over the share " +
			"of local ports in use.",
		drawing: stack{above, below},
	}, nil
}

func inFlightChart(series []Series) (chart, error) {
	var xs, ys []float64
	ch := chart{heading: heading{title: "With the connections in flight",
		about: "the client's CPU time for a connection of 1 byte each way, closed with RST; one thread"}}
	for i, s := range series {
		for _, p := range s.Points {
			if !(p.X > 0 && p.Y > 0 && Usable(p.X) && Usable(p.Y)) {
				return ch, fmt.Errorf("cost growth: %s: the point (%v, %v) is not above 0", s.Name, p.X, p.Y)
			}
		}
		xs, ys = append(xs, xValues(s.Points)...), append(ys, yValues(s.Points)...)
		ch.lines = append(ch.lines, line{name: s.Name, points: s.Points, style: lineStyle(i)})
	}
	if len(xs) == 0 {
		return ch, errors.New("cost growth: there is no point")
	}
	lo, hi := positiveRange(xs)
	ch.x = logSpanAxis("connections in flight", lo, hi, figure.Number)
	ch.y = valueAxis("CPU time per connection", ys, figure.Micros)
	return ch, nil
}

func occupancyChart(runs []*results.Run) (chart, error) {
	ch := chart{heading: heading{title: "With the ports in use",
		about: "the time inside connect(2), and bind(2) where it picks the port"}}
	var ys []float64
	for i, label := range results.CellLabels(runs) {
		shares, ok := shares(runs[i])
		if !ok {
			return ch, fmt.Errorf("cost growth: %s: the ports in use were not measured", label)
		}
		points := byShare(shares, runs[i].ConnectCost, func(p metrics.Point) float64 { return p.CallUS })
		ys = append(ys, yValues(points)...)
		ch.lines = append(ch.lines, line{name: label, points: points, style: lineStyle(i)})
	}
	if len(ys) == 0 {
		return ch, errors.New("cost growth: no run has a cost of connect(2)")
	}
	ch.x = spanAxis(occupancyLabel(runs[0]), 0, 100, figure.Percent)
	ch.y = valueAxis("mean time", ys, figure.Micros)
	return ch, nil
}

func xValues(points plotter.XYs) []float64 {
	out := make([]float64, len(points))
	for i, p := range points {
		out[i] = p.X
	}
	return out
}
