package plots

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot/plotter"

	"tcpbench/internal/figure"
	"tcpbench/results"
)

// hostsPicture is where the TIME_WAITs are, a line a host, and how many ports the host
// between has, if there is one. Where no host but the client has any, or holds ports,
// portsPicture shows them all.
func hostsPicture(r *results.Run) (Picture, bool, error) {
	lines := waitLines(r)
	if !elsewhere(lines) {
		return Picture{}, false, nil
	}
	highest, end := 1.0, 0.0
	for _, l := range lines {
		_, most := positiveRange(yValues(l.points))
		highest, end = max(highest, most), max(end, lastX(l.points))
	}
	x := timeAxis(end)
	if name, n := portsBetween(r); n > 0 && float64(n) <= 4*highest {
		of := fmt.Sprintf("ports of the %s: %d", name, n)
		lines = append(lines, level(of, float64(n), x, lineStyle(len(lines))))
		highest = max(highest, float64(n))
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
		Caption: "Sockets in TIME_WAIT on each host of the lab: whoever closes first keeps it. A proxy that " +
			"closes its connections to the server first runs out of ports, and so does a NAT, which keeps the " +
			"port of each connection that it has seen close.",
		drawing: ch,
	}, true, nil
}

// waitLines are the TIME_WAITs of each host, and the ports that a NAT holds for
// connections that are over or not, as it has no sockets.
func waitLines(r *results.Run) []line {
	var out []line
	add := func(name string, points plotter.XYs, gap float64) {
		if len(points) > 0 {
			out = append(out, line{name: name, points: points, style: lineStyle(len(out)), gap: gap})
		}
	}
	for _, h := range r.Hosts.Each() {
		if r.NAT != nil && h.Name == "server" {
			add("ports in use on the NAT", natSeries(r.NAT), 0)
		}
		add("TIME_WAIT on the "+h.Name, hostSeries(h.Samples, func(s results.HostSample) *int { return s.TimeWait }),
			max(gap(r), hostGap(r, h.Samples)))
	}
	return out
}

// elsewhere reports whether a line other than the client's is ever above 0.
func elsewhere(lines []line) bool {
	return slices.ContainsFunc(lines, func(l line) bool {
		return !strings.HasSuffix(l.name, "client") && slices.Max(yValues(l.points)) > 0
	})
}

// portsBetween are those of the host that the client's connections pass; 0 without one.
func portsBetween(r *results.Run) (host string, ports int) {
	switch {
	case r.NAT != nil:
		return "NAT", r.NAT.Ports
	case r.Hosts.Proxy != nil && r.Hosts.Proxy.PortsCapacity != nil:
		return "proxy", *r.Hosts.Proxy.PortsCapacity
	default:
		return "", 0
	}
}

// natSeries is how many ports of its fullest pair a NAT holds over time.
func natSeries(n *results.NAT) plotter.XYs {
	var out plotter.XYs
	for _, s := range n.Samples {
		if Usable(s.TS) && s.TS >= 0 && s.PortsInUse >= 0 && (len(out) == 0 || s.TS > lastX(out)) {
			out = append(out, plotter.XY{X: s.TS, Y: float64(s.PortsInUse)})
		}
	}
	return out
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
		if v == nil || *v < 0 || !Usable(s.TS) || s.TS < 0 || len(out) > 0 && s.TS <= lastX(out) {
			continue
		}
		out = append(out, plotter.XY{X: s.TS, Y: float64(*v)})
	}
	return out
}
