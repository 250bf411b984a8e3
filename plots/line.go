package plots

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// line is one series of a chart.
type line struct {
	name   string
	points plotter.XYs
	style  draw.LineStyle

	// low and high are the lowest and the highest of several repeats at each of points;
	// empty where there is one.
	low, high plotter.XYs

	// glyph marks some of the points; nil for none. The first lies phase
	// points from the left, so that lines on top of each other show theirs.
	glyph draw.GlyphDrawer
	phase vg.Length

	// stop marks the last point: there the series ended in a failure.
	stop bool

	// gap is how far apart two points may be to be joined: between others nothing
	// was measured. 0 joins all.
	gap float64

	// steps tells that every two points are a step; those that do not follow each
	// other are not joined.
	steps bool
}

const glyphRadius = 3

// glyphGap is the distance between two glyphs of a line.
const glyphGap = 80

// Plot draws l, as [plot.Plotter].
func (l line) Plot(c draw.Canvas, p *plot.Plot) {
	points := make([]vg.Point, len(l.points))
	for i, xy := range l.points {
		points[i] = vg.Point{X: c.X(p.X.Norm(xy.X)), Y: c.Y(p.Y.Norm(xy.Y))}
	}
	for _, part := range l.parts() {
		joined := points[part.from:part.to]
		c.StrokeLines(l.style, c.ClipLinesXY(joined)...)
		l.plotGlyphs(c, joined)
		if len(joined) == 1 && !(l.stop && part.to == len(points)) {
			l.plotGlyph(c, joined[0], draw.CircleGlyph{})
		}
	}
	if l.stop && len(points) > 0 {
		cross(c, points[len(points)-1], l.style)
	}
}

// stretch is points from one to before another.
type stretch struct{ from, to int }

// apart tells that nothing is known between a point and the one before it.
func (l line) apart(i int) bool {
	away := l.points[i].X - l.points[i-1].X
	if l.steps {
		return i%2 == 0 && away > 0
	}
	return l.gap > 0 && away > l.gap
}

// parts are the points that are joined.
func (l line) parts() []stretch {
	var out []stretch
	from := 0
	for i := range l.points {
		if i > from && l.apart(i) {
			out = append(out, stretch{from, i})
			from = i
		}
	}
	return append(out, stretch{from, len(l.points)})
}

func (l line) plotGlyphs(c draw.Canvas, points []vg.Point) {
	if l.glyph == nil {
		return
	}
	next := c.Min.X + l.phase
	for i := 1; i < len(points); i++ {
		from, to := points[i-1], points[i]
		for next >= from.X && next < to.X {
			y := from.Y + (to.Y-from.Y)*(next-from.X)/(to.X-from.X)
			l.plotGlyph(c, vg.Point{X: next, Y: y}, l.glyph)
			next += glyphGap
		}
	}
}

func (l line) plotGlyph(c draw.Canvas, at vg.Point, shape draw.GlyphDrawer) {
	c.SetLineDash(nil, 0)
	c.SetLineWidth(1)
	c.DrawGlyph(draw.GlyphStyle{Color: l.style.Color, Radius: glyphRadius, Shape: shape}, at)
}

// cross is a large X.
func cross(c draw.Canvas, at vg.Point, sty draw.LineStyle) {
	const r = 5
	sty.Dashes, sty.Width = nil, 2.2
	c.StrokeLine2(sty, at.X-r, at.Y-r, at.X+r, at.Y+r)
	c.StrokeLine2(sty, at.X-r, at.Y+r, at.X+r, at.Y-r)
}

// sample draws l's look for the legend.
func (l line) sample(c draw.Canvas) {
	y := c.Center().Y
	c.StrokeLine2(l.style, c.Min.X, y, c.Max.X, y)
	if l.glyph != nil {
		l.plotGlyph(c, c.Center(), l.glyph)
	}
}

// level is a horizontal line across the whole of x.
func level(name string, v float64, x axis, sty draw.LineStyle) line {
	return line{name: name, points: plotter.XYs{{X: x.min, Y: v}, {X: x.max, Y: v}}, style: sty}
}
