package plots

import (
	"fmt"

	"gonum.org/v1/plot/plotter"

	"tcpbench/internal/figure"
	"tcpbench/results"
)

// hostsPicture is where the TIME_WAITs are, a line a host, where a proxy stands
// between two, and how many ports the proxy has for connections to the server.
func hostsPicture(r *results.Run) (Picture, bool, error) {
	if r.Hosts == nil || r.Hosts.Proxy == nil {
		return Picture{}, false, nil
	}
	var lines []line
	for i, h := range r.Hosts.Each() {
		points := hostSeries(h.Samples, func(s results.HostSample) *int { return s.TimeWait })
		if len(points) > 0 {
			lines = append(lines, line{name: "TIME_WAIT on the " + h.Name, points: points, style: lineStyle(i),
				gap: max(gap(r), hostGap(r, h.Samples))})
		}
	}
	if len(lines) == 0 {
		return Picture{}, false, nil
	}
	highest, end := 1.0, 0.0
	for _, l := range lines {
		_, most := positiveRange(yValues(l.points))
		highest, end = max(highest, most), max(end, lastX(l.points))
	}
	x := timeAxis(end)
	if n := r.Hosts.Proxy.PortsCapacity; n != nil && *n > 0 && float64(*n) <= 4*highest {
		lines = append(lines, level(fmt.Sprintf("ports of the proxy: %d", *n), float64(*n), x, lineStyle(len(lines))))
		highest = max(highest, float64(*n))
	}
	ch := chart{
		heading: heading{"TIME_WAIT on each host", about(r)},
		x:       x,
		y:       linearAxis("sockets (number)", 0, highest, figure.Tick),
		lines:   lines,
		marks:   timeMarks(r, x),
	}
	return Picture{
		Name:  "hosts",
		Title: ch.heading.title,
		Caption: "Sockets in TIME_WAIT on each host of the lab: whoever closes first keeps it, " +
			"and a proxy that closes its connections to the server first runs out of ports.",
		drawing: ch,
	}, true, nil
}

// hostGap is how far apart two samples may lie where others between them were left out.
func hostGap(r *results.Run, samples []results.HostSample) float64 {
	most := 1
	for _, s := range samples {
		most = max(most, s.Stands())
	}
	return 1.5 * float64(most) * r.Options.Interval.Seconds()
}

// hostSeries is a number of each sample over time.
func hostSeries(samples []results.HostSample, value func(results.HostSample) *int) plotter.XYs {
	var out plotter.XYs
	for _, s := range samples {
		v := value(s)
		if v == nil || *v < 0 || !usable(s.TS) || s.TS < 0 || len(out) > 0 && s.TS <= lastX(out) {
			continue
		}
		out = append(out, plotter.XY{X: s.TS, Y: float64(*v)})
	}
	return out
}
