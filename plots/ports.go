package plots

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/plotter"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// portsPicture is the ports in use and in TIME_WAIT over time.
func portsPicture(r *results.Run) (Picture, bool, error) {
	inUse := portSeries(r, true, func(iv results.Interval) *int { return iv.Highest().PortsInUse })
	// Outside a lab the host may have had TIME_WAITs before.
	waiting := portSeries(r, r.Environment.Lab, func(iv results.Interval) *int { return iv.Highest().TimeWait })
	if len(inUse)+len(waiting) == 0 {
		return Picture{}, false, nil
	}
	available := capacityOf(r)
	highest := max(slices.Max(append(yValues(inUse), yValues(waiting)...)), float64(available))
	x := timeAxis(lastX(append(slices.Clone(inUse), waiting...)))
	ch := chart{
		heading: heading{"Local ports in use", about(r)},
		x:       x,
		y:       linearAxis("local ports (number)", 0, max(highest, 1), figure.Tick),
		marks:   timeMarks(r, x),
	}
	if len(inUse) > 0 {
		ch.lines = append(ch.lines, line{name: "in use towards the target", points: inUse, style: lineStyle(0),
			gap: gap(r)})
	}
	if len(waiting) > 0 {
		ch.lines = append(ch.lines, line{name: "TIME_WAIT", points: waiting, style: lineStyle(1), gap: gap(r)})
	}
	if available > 0 {
		ch.lines = append(ch.lines, level(fmt.Sprintf("available: %d", available), float64(available), x, lineStyle(2)))
	}
	if half := available / 2; half > 0 && searches(r) {
		ch.lines = append(ch.lines, level(fmt.Sprintf("half: %d", half), float64(half), x, lineStyle(3)))
		ch.notes = notes{halfMark.means()}
	}
	return Picture{
		Name:  "ports",
		Title: ch.heading.title,
		Caption: "Local ports in use towards the target, and sockets in TIME_WAIT, against the ports there are." +
			mostOf(r),
		drawing: ch,
	}, true, nil
}

// searches reports whether the kernel searches for a free port, long from half of them
// on: not where they are taken in turn, or by the program.
func searches(r *results.Run) bool {
	return r.Options.PortSelect != scenario.PortSelectWalk && (r.Exhaustion == nil || !r.Exhaustion.Knee.InTurn)
}

// portSeries is a number of each interval over time, from 0 if so wanted.
func portSeries(r *results.Run, fromZero bool, value func(results.Interval) *int) plotter.XYs {
	var out plotter.XYs
	last := 0.0
	for _, iv := range r.Intervals {
		v := value(iv)
		if v == nil || *v < 0 || !Usable(iv.TS) || iv.TS <= last {
			continue
		}
		if len(out) == 0 && fromZero {
			out = append(out, plotter.XY{})
		}
		out = append(out, plotter.XY{X: iv.TS, Y: float64(*v)})
		last = iv.TS
	}
	return out
}

// capacityOf is how many ports there are; 0 when that was not measured.
func capacityOf(r *results.Run) int {
	most := 0
	for _, iv := range r.Intervals {
		if iv.PortsCapacity != nil {
			most = max(most, *iv.PortsCapacity)
		}
	}
	return most
}
