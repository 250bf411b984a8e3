package plots

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/plotter"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
)

// History is a metric over many runs.
type History struct {
	// Metric names it, and Unit is "us", "%" or empty.
	Metric, Unit string

	// Lines has one for each group of runs that can be compared.
	Lines []HistoryLine

	// Changes are events at a run.
	Changes []Change
}

// HistoryLine is the runs of a group.
type HistoryLine struct {
	Name string

	// Values are those of the runs in order, nil where there is none.
	Values []*float64

	// Slope is the drift, in the metric's unit per run; 0 where there is none.
	Slope float64

	// Steps are changes of level, in order; none where there is none.
	Steps []HistoryStep
}

// HistoryStep is the median before a run, counted from 1 (from the step before on), and
// from it on.
type HistoryStep struct {
	Run           int
	Before, After float64
}

// Change is something that is new from a run on.
type Change struct {
	Run   int
	Label string
}

// Pictures draws h: one picture for as many lines as can be told apart.
func (h History) Pictures() ([]Picture, error) {
	var pics []Picture
	for i := 0; i < len(h.Lines); i += maxLines {
		part := h
		part.Lines = h.Lines[i:min(i+maxLines, len(h.Lines))]
		p, err := part.picture()
		if err != nil {
			return nil, err
		}
		if i > 0 {
			p.Name += fmt.Sprintf("-%d", i/maxLines+1)
		}
		pics = append(pics, p)
	}
	return pics, nil
}

func (h History) picture() (Picture, error) {
	ch := chart{heading: heading{title: h.Metric + " from run to run"}}
	last := 2
	var ys []float64
	for i, l := range h.Lines {
		points, err := l.points()
		if err != nil {
			return Picture{}, fmt.Errorf("history of %s: %s: %w", h.Metric, l.Name, err)
		}
		last = max(last, len(l.Values))
		ys = append(ys, yValues(points)...)
		ch.lines = append(ch.lines, line{name: prose.Printable(l.Name), points: points, style: lineStyle(i), gap: 1.5})
	}
	if found := h.found(); len(found) > 0 {
		ch.lines = append(ch.lines, found...)
		ch.notes = notes{"grey: the drift, or the levels of steps, of the line that it follows"}
	}
	ch.x = spanAxis("run", 1, float64(last), figure.Tick)
	ch.x.ticks = linearTicks(1, float64(last), max(tickStep(float64(last-1), 8), 1),
		figure.Tick) // there is no half a run
	ch.y = h.axis(ys)
	ch.marks = h.marks(ch.x)
	return Picture{
		Name:  "history-" + h.Metric,
		Title: ch.heading.title,
		Caption: "Each run of a group, in the order of time; a line breaks at a run without a value. A grey line is " +
			"the drift, or the levels of steps, where there are any beyond the noise.",
		drawing: ch,
	}, nil
}

// found are the drifts and the levels of all lines, without names: each follows its line.
func (h History) found() []line {
	var out []line
	for _, l := range h.Lines {
		if l.Slope != 0 {
			out = append(out, l.drift())
		}
		if len(l.Steps) > 0 {
			out = append(out, l.levels())
		}
	}
	return out
}

// points are the values that there are, over the number of their run.
func (l HistoryLine) points() (plotter.XYs, error) {
	var out plotter.XYs
	for i, v := range l.Values {
		switch {
		case v == nil:
			continue
		case !Usable(*v):
			return nil, fmt.Errorf("%v of run %d cannot be drawn", *v, i+1)
		}
		out = append(out, plotter.XY{X: float64(i + 1), Y: *v})
	}
	return out, nil
}

// drift is the straight line with the slope, which as many values are above as
// below.
func (l HistoryLine) drift() line {
	points, _ := l.points() // which were drawn
	rest := make([]float64, len(points))
	for i, p := range points {
		rest[i] = p.Y - l.Slope*p.X
	}
	slices.Sort(rest)
	from, to := points[0].X, points[len(points)-1].X
	at := rest[len(rest)/2]
	sty := stroke(quiet(), 1)
	sty.Dashes = dashes()[1]
	return line{style: sty,
		points: plotter.XYs{{X: from, Y: at + l.Slope*from}, {X: to, Y: at + l.Slope*to}}}
}

// levels are those before the first step, between steps, and from the last one on.
func (l HistoryLine) levels() line {
	sty := stroke(quiet(), 1)
	sty.Dashes = dashes()[1]
	points, _ := l.points() // which were drawn
	path := plotter.XYs{{X: points[0].X, Y: l.Steps[0].Before}}
	for _, s := range l.Steps {
		at := float64(s.Run) - 0.5
		path = append(path, plotter.XY{X: at, Y: path[len(path)-1].Y}, plotter.XY{X: at, Y: s.After})
	}
	return line{style: sty,
		points: append(path, plotter.XY{X: lastX(points), Y: path[len(path)-1].Y})}
}

// axis shows a drift of a few percent: it does not begin at 0 where values
// are near each other.
func (h History) axis(ys []float64) axis {
	lo, hi := positiveRange(ys)
	label, format := h.label()
	if hi > logRatio*lo {
		return valueAxis(label, ys, format)
	}
	for _, y := range ys {
		lo, hi = min(lo, y), max(hi, y)
	}
	room := max((hi-lo)/4, hi/50)
	low := max(lo-room, 0)
	step := tickStep(hi+room-low, 5)
	return linearAxis(label, step*math.Floor(low/step), hi+room, format)
}

func (h History) label() (string, func(float64) string) {
	switch h.Unit {
	case "us":
		return h.Metric, figure.Micros
	case "%":
		return h.Metric, figure.Percent
	default:
		return h.Metric, figure.Tick
	}
}

// mostMarks is how many labels there is room for.
const mostMarks = 6

// marks are the last changes.
func (h History) marks(x axis) []mark {
	var out []mark
	for _, c := range h.Changes[max(len(h.Changes)-mostMarks, 0):] {
		if at := float64(c.Run); x.contains(at) {
			out = append(out, mark{at, prose.Printable(c.Label), changeMark})
		}
	}
	return out
}
