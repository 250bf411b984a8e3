package plots

import (
	"math"

	"tcpbench/metrics"
	"tcpbench/results"
)

// What pictures are drawn from, for a page that draws it itself.

// PercentileSteps is how many points [Percentiles] has for a power of ten.
const PercentileSteps = 40

// Percentiles are the latencies of s in microseconds at -log10(1-p), in steps of
// 1/PercentileSteps from 0 on, NaN where there is none; nil where s has no histogram. The
// error is that it cannot be decoded.
func Percentiles(s *metrics.Summary) ([]float64, error) {
	if s == nil || s.HDR == "" {
		return nil, nil
	}
	points, err := quantiles(s)
	if err != nil {
		return nil, err
	}
	var out []float64
	for _, p := range points {
		for i := int(math.Round(p.X * PercentileSteps)); len(out) <= i; {
			out = append(out, math.NaN())
		}
		out[len(out)-1] = p.Y
	}
	return out, nil
}

// Cost is what connecting costs by the share of the ports in use: X in percent, Y in
// microseconds.
type Cost struct {
	Name string
	X, Y []float64
}

// Costs are the time inside connect(2) and the time until established, or of a program of
// the user's its CPU time a connection; none where it was not measured.
func Costs(r *results.Run) []Cost {
	shares, ok := shares(r)
	if !ok {
		return nil
	}
	var out []Cost
	add := func(name string, cost func(metrics.Point) float64) {
		if points := byShare(shares, r.Costs(), cost); len(points) > 0 {
			out = append(out, Cost{name, xValues(points), yValues(points)})
		}
	}
	if r.FromOutside() {
		add("CPU time of the program", func(p metrics.Point) float64 { return p.CallUS })
		return out
	}
	add("inside connect(2)", func(p metrics.Point) float64 { return p.CallUS })
	add("until established", func(p metrics.Point) float64 { return p.ConnectUS })
	return out
}

// Step is a rate from one time to another, in seconds.
type Step struct{ From, To, PerSecond float64 }

// Rates are the connections per second of r, or requests where connections carry many:
// finer than its intervals where those are few.
func Rates(r *results.Run) []Step {
	points := ratesIn(r, quantityOf(r))
	out := make([]Step, 0, len(points)/2)
	for i := 0; i+1 < len(points); i += 2 {
		out = append(out, Step{points[i].X, points[i+1].X, points[i].Y})
	}
	return out
}
