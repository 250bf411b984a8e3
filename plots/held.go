package plots

import (
	"fmt"

	"gonum.org/v1/plot/plotter"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// heldPicture is how many connections were held over time, where they were
// opened for that.
func heldPicture(r *results.Run) (Picture, bool, error) {
	if r.Options.Mode != scenario.ModeIdle {
		return Picture{}, false, nil
	}
	points := plotter.XYs{{}}
	for _, iv := range offering(r) {
		if Usable(iv.TS) && iv.TS > lastX(points) && iv.InFlight >= 0 {
			points = append(points, plotter.XY{X: iv.TS, Y: float64(iv.InFlight)})
		}
	}
	if len(points) == 1 {
		return Picture{}, false, nil
	}
	_, most := positiveRange(yValues(points))
	x := timeAxis(lastX(points))
	ch := chart{
		heading: heading{"Connections held", about(r)},
		x:       x,
		y:       linearAxis("connections (number)", 0, most, figure.Tick),
		lines:   []line{{name: "open", points: points, style: lineStyle(0), gap: gap(r)}},
		marks:   timeMarks(r, x),
	}
	return Picture{
		Name:    "held",
		Title:   ch.heading.title,
		Caption: "Connections that were open at the end of each interval.",
		drawing: ch,
	}, true, nil
}

// deadPicture is the share of connections that were found dead, over the time
// since their link was cut.
func deadPicture(r *results.Run) (Picture, bool, error) {
	d := r.Latency.Dead
	if d == nil || d.Count <= 0 {
		return Picture{}, false, nil
	}
	quantiles, err := evenQuantiles(d)
	if len(quantiles) == 0 {
		return Picture{}, false, err
	}
	found := 100 * float64(d.Count) / float64(max(d.Count+max(r.Totals.Succeeded, 0), 1))
	points := plotter.XYs{{}, {X: quantiles[0]}}
	for i, at := range quantiles {
		points = append(points, plotter.XY{X: at, Y: found * float64(i+1) / float64(len(quantiles))})
	}
	law, limited := r.KeepaliveLimit()
	limit := law.Seconds()
	end := max(1.05*lastX(points), 1.05*limit)
	x := spanAxis("time since the link was cut (s)", 0, end, figure.Number)
	ch := chart{
		heading: heading{"Connections found dead", about(r)},
		x:       x,
		y:       linearAxis("share of the connections held (%)", 0, 100, figure.Percent),
		lines:   []line{{name: fmt.Sprintf("found dead: %d", d.Count), points: points, style: lineStyle(0)}},
	}
	if limited {
		ch.marks = []mark{{limit, "tcp-keepalive " + r.Options.TCPKeepalive.String() + ": " + figure.Seconds(limit),
			changeMark}}
	}
	return Picture{
		Name:  "dead",
		Title: ch.heading.title,
		Caption: "How long it took until the kernel reported a connection dead whose link had been cut. Nothing but " +
			"TCP keepalive finds that out where nothing is sent; its limit is the idle time and all its probes.",
		drawing: ch,
	}, true, err
}
