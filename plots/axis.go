package plots

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// axis is one direction of a chart.
type axis struct {
	// label names the quantity and its unit.
	label string

	// min and max are its ends; min < max, and 0 < min where it is a logarithm.
	min, max float64

	ticks []plot.Tick
	scale plot.Normalizer
}

// logRatio is how far apart values must lie for a logarithmic axis: a
// difference of less is seen better on a linear one.
const logRatio = 8

// least is the smallest value and the smallest range that an axis has.
const least = 1e-9

// logScale is plot.LogScale that takes what lies below its range, zero
// included, to the lower end instead of panicking.
type logScale struct{}

func (logScale) Normalize(lo, hi, v float64) float64 {
	return math.Log(max(v, lo)/lo) / math.Log(hi/lo)
}

// linearAxis is an axis from lo to the first tick at or beyond hi.
func linearAxis(label string, lo, hi float64, format func(float64) string) axis {
	a := spanAxis(label, lo, hi, format)
	step := tickStep(a.max-a.min, 5)
	a.max = a.min + step*math.Ceil((a.max-a.min)/step-1e-9)
	a.ticks = linearTicks(a.min, a.max, step, format)
	return a
}

// spanAxis is an axis that ends exactly at lo and hi, as time does.
func spanAxis(label string, lo, hi float64, format func(float64) string) axis {
	if !(hi-lo >= least) {
		hi = lo + 1
	}
	return axis{label: label, min: lo, max: hi, scale: plot.LinearScale{},
		ticks: linearTicks(lo, hi, tickStep(hi-lo, 8), format)}
}

// logAxis is a logarithmic axis around positive lo and hi, which ends at
// round numbers.
func logAxis(label string, lo, hi float64, format func(float64) string) axis {
	return logSpanAxis(label, lo, roundUp(hi), format)
}

// logSpanAxis is a logAxis that ends exactly at hi.
func logSpanAxis(label string, lo, hi float64, format func(float64) string) axis {
	lo = roundDown(lo)
	if hi <= lo {
		hi = 10 * lo
	}
	return axis{label: label, min: lo, max: hi, scale: logScale{}, ticks: logTicks(lo, hi, format)}
}

// valueAxis is logarithmic where vs lie far apart, else linear from 0.
func valueAxis(label string, vs []float64, format func(float64) string) axis {
	lo, hi := positiveRange(vs)
	if hi > logRatio*lo {
		return logAxis(label, lo, hi, format)
	}
	return linearAxis(label, 0, hi, format)
}

// positiveRange returns the lowest and the highest of vs that are above 0; 1
// and 1 when there are none.
func positiveRange(vs []float64) (lo, hi float64) {
	lo, hi = math.Inf(1), 0
	for _, v := range vs {
		if v >= least && Usable(v) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	if hi == 0 {
		return 1, 1
	}
	return lo, hi
}

// contains reports whether v lies on the axis.
func (a axis) contains(v float64) bool { return v >= a.min && v <= a.max }

// apply sets up gonum's axis, without its label: gonum makes room for a
// label in the wrong place where the scale is not linear.
func (a axis) apply(g *plot.Axis) {
	g.Min, g.Max, g.Scale = a.min, a.max, a.scale
	g.Tick.Marker = plot.ConstantTicks(a.ticks)
	g.Tick.Label.Font = style(tickText, false).Font
	g.Tick.Length = 4
	g.Tick.Label.Color = textInk()
	g.Tick.LineStyle = stroke(textInk(), 0.6)
	g.LineStyle = stroke(textInk(), 0.8)
	g.Padding = 0
}

// applySmall is apply for a small panel.
func (a axis) applySmall(g *plot.Axis) {
	a.apply(g)
	g.Tick.Label.Font = style(panelTicks, false).Font
	g.Tick.Length = 2.5
}

// labels is how wide the widest label of a's ticks is.
func (a axis) labels() vg.Length {
	var w vg.Length
	for _, t := range a.ticks {
		w = max(w, style(tickText, false).Width(t.Label))
	}
	return w
}

const (
	tickText = 9.5
	axisText = 10
	axisLine = 17 // room for the label of an axis
)

// labelBelow draws a's label at the bottom of c, centred on x.
func (a axis) labelBelow(c draw.Canvas, x vg.Length) {
	sty := style(axisText, false)
	sty.XAlign = draw.XCenter
	room := 2 * min(x-c.Min.X, c.Max.X-x)
	centred(c, sty, vg.Point{X: x, Y: c.Min.Y + axisLine/2 - 2}, fit(sty, a.label, room))
}

// labelBeside draws a's label upwards at the left of c, centred on y.
func (a axis) labelBeside(c draw.Canvas, y vg.Length) {
	sty := style(axisText, false)
	sty.XAlign, sty.YAlign, sty.Rotation = draw.XCenter, draw.YTop, math.Pi/2
	c.FillText(sty, vg.Point{X: c.Min.X, Y: y}, fit(sty, a.label, c.Max.Y-c.Min.Y))
}
