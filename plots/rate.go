package plots

import (
	"fmt"

	"gonum.org/v1/plot/plotter"

	"tcpbench/metrics"
	"tcpbench/results"
)

// fewIntervals is how many intervals are too few to draw: the run is then
// drawn from the finer points of its connect cost.
const fewIntervals = 5

// ratePicture is connections per second over time.
func ratePicture(r *results.Run) (Picture, bool, error) {
	points := rates(r)
	if len(points) == 0 {
		return Picture{}, false, nil
	}
	x := timeAxis(lastX(points))
	ys := yValues(points)
	sustainable := r.Prediction.SustainableCPS
	if sustainable > 0 && usable(sustainable) {
		ys = append(ys, sustainable)
	}
	y := valueAxis("connections per second (1/s)", ys, count)
	ch := chart{
		heading: heading{"Connections per second", about(r)},
		x:       x,
		y:       y,
		lines:   []line{{name: "measured", points: points, style: lineStyle(0)}},
		marks:   timeMarks(r, x),
	}
	if sustainable > 0 && usable(sustainable) {
		name := fmt.Sprintf("sustainable, predicted: %s/s", exact(sustainable))
		ch.lines = append(ch.lines, level(name, sustainable, x, lineStyle(1)))
	}
	return Picture{Name: "connections-per-second", Title: ch.heading.title, Caption: rateCaption(r), figure: ch}, true, nil
}

func rateCaption(r *results.Run) string {
	s := "Connections per second over the run."
	if r.Exhaustion == nil {
		return s
	}
	if before, after, ok := kneeRates(r.Exhaustion.Knee); ok {
		s += fmt.Sprintf(" At the knee they fall from %s/s to %s/s: connect(2) has to search longer for a free port.", exact(before), exact(after))
	}
	return s
}

// rates are the connections per second of a run, as steps.
func rates(r *results.Run) plotter.XYs {
	if len(r.Intervals) < fewIntervals {
		if fine := stretches(r.ConnectCost, evenly(lastAt(r.ConnectCost), 40)); len(fine) > 0 {
			return fine
		}
	}
	var out plotter.XYs
	from := 0.0
	for _, iv := range r.Intervals {
		if v := iv.ConnectionsPerSecond; usable(v) && v >= 0 && usable(iv.TS) && iv.TS > from {
			out = append(out, plotter.XY{X: from, Y: v}, plotter.XY{X: iv.TS, Y: v})
			from = iv.TS
		}
	}
	return out
}

// stretches are the connections per second between the edges, which are
// times in seconds in rising order, as steps.
func stretches(points []metrics.Point, edges []float64) plotter.XYs {
	var out plotter.XYs
	var from metrics.Point
	for _, p := range points {
		if len(edges) == 0 {
			break
		}
		if !(p.AtSeconds >= edges[0]) || !usable(p.AtSeconds) || p.AfterConnections <= from.AfterConnections {
			continue
		}
		rate := float64(p.AfterConnections-from.AfterConnections) / (p.AtSeconds - from.AtSeconds)
		if usable(rate) && rate > 0 {
			out = append(out, plotter.XY{X: from.AtSeconds, Y: rate}, plotter.XY{X: p.AtSeconds, Y: rate})
		}
		from = p
		for len(edges) > 0 && edges[0] <= p.AtSeconds {
			edges = edges[1:]
		}
	}
	return out
}

// lastAt is the latest time of points in seconds.
func lastAt(points []metrics.Point) float64 {
	last := 0.0
	for _, p := range points {
		if usable(p.AtSeconds) {
			last = max(last, p.AtSeconds)
		}
	}
	return last
}

// evenly parts the time up to end into n stretches and returns their ends.
func evenly(end float64, n int) []float64 {
	var edges []float64
	for i := 1; i <= n && end > 0; i++ {
		edges = append(edges, end*float64(i)/float64(n))
	}
	return edges
}

// timeAxis is from 0 to end, in seconds.
func timeAxis(end float64) axis {
	if end >= 1 {
		return spanAxis("time (s)", 0, end, short)
	}
	return spanAxis("time (ms)", 0, end, func(s float64) string { return short(s * 1e3) })
}

func lastX(points plotter.XYs) float64 { return points[len(points)-1].X }

func yValues(points plotter.XYs) []float64 {
	out := make([]float64, len(points))
	for i, p := range points {
		out[i] = p.Y
	}
	return out
}
