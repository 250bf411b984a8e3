package plots

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/plotter"

	"tcpbench/internal/figure"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
)

// costPicture is the time of connect(2), or a program's CPU time a connection, against the share of ports in use.
// Where no ports are held there is nothing to see, and no picture.
func costPicture(r *results.Run) (Picture, bool, error) {
	shares, ok := shares(r)
	if !ok {
		return Picture{}, false, nil
	}
	lo, hi := slices.Min(shares), slices.Max(shares)
	const hardlyMoves = 5 // percent of the ports
	if !(hi-lo >= hardlyMoves) {
		return Picture{}, false, nil
	}
	costs := r.Costs()
	call := byShare(shares, costs, func(p metrics.Point) float64 { return p.CallUS })
	whole := byShare(shares, costs, func(p metrics.Point) float64 { return p.ConnectUS })
	if len(call)+len(whole) == 0 {
		return Picture{}, false, nil
	}
	ch := chart{
		heading: heading{"Cost of finding a port", about(r)},
		x:       spanAxis(occupancyLabel(r), 0, max(hi, hardlyMoves), figure.Percent),
		y:       valueAxis("mean time", append(yValues(call), yValues(whole)...), figure.Micros),
	}
	name, caption := "inside connect(2)", "The time of connect(2) as the ports fill up. The kernel tries one port "+
		"after the other until one is free."
	if r.FromOutside() {
		name, caption = "CPU time of the program", "What a connection costs the client's program as the ports "+
			"fill up: in connect(2) the kernel tries one port after the other until one is free."
	}
	for i, l := range []line{{name: name, points: call}, {name: "until established", points: whole}} {
		if len(l.points) > 0 {
			l.style = lineStyle(i)
			ch.lines = append(ch.lines, l)
		}
	}
	if ch.marks = kneeByShare(r, ch.x); len(ch.marks) == 0 && searches(r) && ch.x.contains(50) {
		ch.marks = []mark{{50, "half", halfMark}}
	}
	return Picture{
		Name:    "connect-cost",
		Title:   ch.heading.title,
		Caption: caption,
		drawing: ch,
	}, true, nil
}

// shares are the percent of the ports in use at each point of the connect
// cost; false where they were not measured.
func shares(r *results.Run) ([]float64, bool) {
	costs := r.Costs()
	if len(costs) == 0 {
		return nil, false
	}
	connections := make([]int64, len(costs))
	for i, p := range costs {
		connections[i] = p.AfterConnections
	}
	out, ok := exhaustion.Occupancy(r.Samples(), connections)
	for i := range out {
		out[i] *= 100
		if !Usable(out[i]) {
			return nil, false
		}
	}
	return out, ok
}

// byShare averages a cost over each half percent of the ports, so that a run
// that stays at one share for long is one point there.
func byShare(shares []float64, points []metrics.Point, cost func(metrics.Point) float64) plotter.XYs {
	type sum struct {
		cost float64
		n    int
	}
	const bins = 200
	var sums [bins + 1]sum
	for i, p := range points {
		if v := cost(p); Usable(v) && v > 0 {
			b := &sums[int(min(max(shares[i]/100, 0), 1)*bins)]
			b.cost += v
			b.n++
		}
	}
	var out plotter.XYs
	for i, b := range sums {
		if b.n > 0 {
			out = append(out, plotter.XY{X: float64(i) * 100 / bins, Y: b.cost / float64(b.n)})
		}
	}
	return out
}

func occupancyLabel(r *results.Run) string {
	return fmt.Sprintf("local ports in use (%% of %d)", capacityOf(r))
}

// kneeByShare is the knee on an axis of percent.
func kneeByShare(r *results.Run, x axis) []mark {
	k := r.Knee()
	if k == nil {
		return nil
	}
	share := *k.Occupancy * 100
	if !Usable(share) || !x.contains(share) {
		return nil
	}
	return []mark{{share, "knee " + figure.AboutPercent(share/100), kneeMark}}
}
