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
	q := quantityOf(r)
	if r.Options.Rate.IsZero() && q == connections {
		return Picture{}, false, nil
	}
	var lines []line
	var ys []float64
	last := 0.0
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
		last = max(last, lastX(points))
		ys = append(ys, yValues(points)...)
		l := line{name: s.name, points: points, style: lineStyle(i)}
		if !r.Options.Rate.Ramp() {
			l.gap = gap(r)
		}
		lines = append(lines, l)
	}
	if len(lines) == 0 {
		return Picture{}, false, nil
	}
	ch := chart{heading: heading{"Latency over time", about(r)}, x: timeAxis(last),
		y: valueAxis("latency in each interval", ys, figure.Micros), lines: lines}
	p := Picture{Name: "latency-over-time", Caption: "What the answers of each interval took."}
	if r.Options.Rate.Ramp() {
		rate := r.Options.Rate
		ch.heading.title = "Latency by offered rate"
		ch.x = spanAxis("offered "+q.axis(), 0, max(rate.From, rate.To, last), figure.Tick)
		p.Name = "latency-by-rate"
		p.Caption = "What the answers took at each rate of the ramp. Where the response time leaves the others, " +
			"starts wait for their turn: that rate is more than this client and this server do together."
	} else {
		ch.marks = timeMarks(r, ch.x)
	}
	p.Caption += mostOf(r)
	p.Title, p.drawing = ch.heading.title, ch
	return p, true, nil
}

// byLoad is a latency of each interval, at its middle.
func byLoad(r *results.Run, of func(results.Interval) *float64) plotter.XYs {
	var out plotter.XYs
	from := 0.0
	for _, iv := range offering(r) {
		if !usable(iv.TS) || iv.TS <= from {
			continue
		}
		x, ok := (from+iv.TS)/2, true
		if r.Options.Rate.Ramp() {
			x, ok = offeredAt(r, x)
		}
		from = iv.TS
		if v := of(iv); ok && v != nil && usable(*v) && *v > 0 {
			out = append(out, plotter.XY{X: x, Y: *v})
		}
	}
	slices.SortFunc(out, func(a, b plotter.XY) int { return cmp.Compare(a.X, b.X) }) // a ramp may go down
	return out
}
