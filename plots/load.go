package plots

import (
	"cmp"
	"slices"

	"gonum.org/v1/plot/plotter"

	"tcpbench/internal/figure"
	"tcpbench/results"
)

// loadPicture is what answers took over the run: against the rate that was
// offered where it was a ramp, else over time. A closed loop of short
// connections has none: there the search for a port decides, and costPicture
// shows it.
func loadPicture(r *results.Run) (Picture, bool, error) {
	if r.Options.Rate.IsZero() && quantityOf(r) == connections {
		return Picture{}, false, nil
	}
	lines := loadLines(r)
	if len(lines) == 0 {
		return Picture{}, false, nil
	}
	var ys []float64
	last := 0.0
	for _, l := range lines {
		ys, last = append(ys, yValues(l.points)...), max(last, lastX(l.points))
	}
	ch := chart{heading: heading{"Latency over time", about(r)}, x: timeAxis(last),
		y: valueAxis("latency in each interval", ys, figure.Micros), lines: lines}
	if r.Options.Rate.Ramp() {
		return hockeyStick(r, ch, last)
	}
	ch.marks = timeMarks(r, ch.x)
	return Picture{Name: "latency-over-time", Title: ch.heading.title,
		Caption: "What the answers of each interval took." + mostOf(r), drawing: ch}, true, nil
}

// loadLines are the latencies that grow with the load.
func loadLines(r *results.Run) []line {
	var lines []line
	for i, s := range []struct {
		name string
		of   func(results.Interval) *float64
	}{
		{"response p99, from the planned start",
			func(iv results.Interval) *float64 { return iv.Highest().ResponseP99US }},
		{"answer p99, from the send", func(iv results.Interval) *float64 { return iv.Highest().RequestP99US }},
		{"answer p50", func(iv results.Interval) *float64 { return iv.Highest().RequestP50US }},
	} {
		points := byLoad(r, s.of)
		if len(points) < 2 {
			continue
		}
		l := line{name: s.name, points: points, style: lineStyle(i)}
		if !r.Options.Rate.Ramp() {
			l.gap = gap(r)
		}
		lines = append(lines, l)
	}
	return lines
}

// hockeyStick is latencies against the offered rate of a ramp, and below them the rate
// that was achieved of it.
func hockeyStick(r *results.Run, latencies chart, last float64) (Picture, bool, error) {
	q, rate := quantityOf(r), r.Options.Rate
	x := spanAxis("offered "+q.axis(), 0, max(rate.From, rate.To, last), figure.Tick)
	achieved := byLoad(r, func(iv results.Interval) *float64 { v := q.in(iv); return &v })
	var marks []mark
	if at, ok := behind(achieved); ok {
		marks = []mark{{at, "falls behind at about " + figure.Number(figure.Round(at, 2)) + "/s", behindMark}}
	}
	latencies.heading.title = "Latency by offered rate"
	latencies.x, latencies.marks = x, marks
	below := chart{
		heading: heading{title: "Achieved of what was offered"},
		x:       x,
		y:       linearAxis(q.axis(), 0, max(x.max, slices.Max(append(yValues(achieved), 0))), figure.Tick),
		lines: []line{{name: "achieved", points: achieved, style: lineStyle(0)},
			{name: "offered", points: plotter.XYs{{}, {X: x.max, Y: x.max}}, style: lineStyle(2)}},
		marks: marks,
	}
	latencies.silent = len(marks) > 0 // the lower one explains the mark
	return Picture{
		Name:  "latency-by-rate",
		Title: latencies.heading.title,
		Caption: "What the answers took at each rate of the ramp, and how much of it was achieved. Where the " +
			"response time leaves the others, starts wait for their turn: that rate is more than this client and " +
			"this server do together." + mostOf(r),
		drawing: stack{latencies, below},
	}, true, nil
}

// behind is the offered rate from which on fewer starts were achieved than 95 % of it, in
// every interval; false where the last one kept up.
func behind(achieved plotter.XYs) (float64, bool) {
	i := len(achieved)
	for i > 0 && achieved[i-1].Y < 0.95*achieved[i-1].X {
		i--
	}
	if i == len(achieved) {
		return 0, false
	}
	return achieved[i].X, true
}

// byLoad is a latency of each interval, at its middle.
func byLoad(r *results.Run, of func(results.Interval) *float64) plotter.XYs {
	var out plotter.XYs
	from := 0.0
	for _, iv := range offering(r) {
		if !Usable(iv.TS) || iv.TS <= from {
			continue
		}
		x, ok := (from+iv.TS)/2, true
		if r.Options.Rate.Ramp() {
			x, ok = offeredAt(r, x)
		}
		from = iv.TS
		if v := of(iv); ok && v != nil && Usable(*v) && *v > 0 {
			out = append(out, plotter.XY{X: x, Y: *v})
		}
	}
	slices.SortFunc(out, func(a, b plotter.XY) int { return cmp.Compare(a.X, b.X) }) // a ramp may go down
	return out
}
