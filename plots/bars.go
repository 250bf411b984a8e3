package plots

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
)

// bars is a picture of horizontal bars: for each group what was measured
// and, below it, what was predicted. A bar is as long as its value: where values
// lie so far apart that the axis is logarithmic, they are dots.
type bars struct {
	heading heading
	label   string // of the axis of values
	groups  []group
	alone   bool      // nothing was predicted
	room    vg.Length // for labels, while it is drawn
}

type group struct {
	label               string
	measured, predicted bar
}

// bar has no length where its value is 0, and says why in its text.
type bar struct {
	value float64
	text  string
}

const (
	barHeight  = 10
	barText    = 9
	groupText  = 9.5
	groupLine  = 11.5 // height of a line of a group's label
	groupGap   = 9
	labelWidth = 210 // the most that labels take
)

// picture makes b a picture, unless no bar of it has a length.
func (b bars) picture(name, caption string) (Picture, bool, error) {
	if len(b.values()) == 0 {
		return Picture{}, false, nil
	}
	if b.dots() {
		caption += " The axis is logarithmic: each step to the right is a factor."
	}
	return Picture{Name: name, Title: b.heading.title, Caption: caption, drawing: b}, true, nil
}

func (b bars) values() []float64 {
	var vs []float64
	for _, g := range b.groups {
		for _, v := range []float64{g.measured.value, g.predicted.value} {
			if v > 0 && Usable(v) {
				vs = append(vs, v)
			}
		}
	}
	return vs
}

func (b bars) least(width vg.Length) vg.Length { return b.height(width) }

func (b bars) height(width vg.Length) vg.Length {
	const key = 21 // the legend
	around := 2*margin + 36 + b.heading.height(width-2*margin)
	rows := vg.Length(len(b.groups)) * b.rowHeight(labelRoom(width))
	if b.alone {
		return rows + around
	}
	return rows + around + key
}

// rowHeight is that of the group with the longest label.
func (b bars) rowHeight(room vg.Length) vg.Length {
	lines := 1
	for _, g := range b.groups {
		lines = max(lines, len(g.lines(room)))
	}
	return max(2*barHeight, vg.Length(lines)*groupLine) + groupGap
}

// labelRoom is how wide labels may be in a picture of a width.
func labelRoom(width vg.Length) vg.Length { return min(labelWidth, 0.35*width) }

func (g group) lines(room vg.Length) []string {
	return wrap(style(groupText, false), prose.Printable(g.label), room)
}

func (b bars) draw(c draw.Canvas) {
	b.room = labelRoom(c.Max.X - c.Min.X)
	c = b.heading.draw(blank(c))
	if !b.alone {
		c = b.legend().draw(c)
	}
	p := plot.New()
	p.BackgroundColor = nil
	p.Add(grid(false), b)
	p.HideY()
	p.Y.Min, p.Y.Max = 0, float64(len(b.groups))
	p.Y.Padding = 0
	x := b.axis()
	x.apply(&p.X)
	body := draw.Crop(c, b.labelWidth()+10, -b.textWidth(), axisLine, 0)
	space(p, body)
	p.Draw(body)
	data := p.DataCanvas(body)
	x.labelBelow(c, data.Center().X)
}

func (b bars) legend() legend {
	return legend{[]entry{
		{name: "measured", sample: b.look(false).sample},
		{name: "predicted", sample: b.look(true).sample},
	}}
}

// dots tells that values lie too far apart for bars.
func (b bars) dots() bool {
	lo, hi := positiveRange(b.values())
	return hi > logRatio*lo
}

// look is how what was measured, or what was predicted, is drawn in this picture.
func (b bars) look(outlined bool) barLook { return barLook{outlined: outlined, dot: b.dots()} }

// axis begins at 0, or is logarithmic under dots.
func (b bars) axis() axis {
	lo, hi := positiveRange(b.values())
	if !b.dots() {
		return linearAxis(b.label, 0, hi, figure.Tick)
	}
	return logSpanAxis(b.label+", logarithmic", lo/2, hi, figure.Tick)
}

// labelWidth is that of the widest line of a label.
func (b bars) labelWidth() vg.Length {
	sty := style(groupText, false)
	var w vg.Length
	for _, g := range b.groups {
		for _, s := range g.lines(b.room) {
			w = max(w, sty.Width(s))
		}
	}
	return w
}

// textWidth is the room for the texts at the ends of the bars.
func (b bars) textWidth() vg.Length {
	sty := style(barText, false)
	var w vg.Length
	for _, g := range b.groups {
		w = max(w, sty.Width(g.measured.text), sty.Width(g.predicted.text))
	}
	return w + 6 + dotRadius
}

// Plot draws b, as [plot.Plotter].
func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	row := (c.Max.Y - c.Min.Y) / vg.Length(len(b.groups))
	for i, g := range b.groups {
		middle := c.Max.Y - (vg.Length(i)+0.5)*row
		g.drawLabel(c, middle, b.room)
		x := func(v float64) vg.Length { return c.X(p.X.Norm(v)) }
		if b.alone {
			g.measured.draw(c, x, middle-barHeight/2.0, b.look(false))
			continue
		}
		g.measured.draw(c, x, middle, b.look(false))
		g.predicted.draw(c, x, middle-barHeight, b.look(true))
	}
	c.StrokeLine2(stroke(textInk(), 0.8), c.Min.X, c.Min.Y, c.Min.X, c.Max.Y)
}

// drawLabel draws g's label left of c.
func (g group) drawLabel(c draw.Canvas, middle, room vg.Length) {
	sty := style(groupText, false)
	sty.XAlign = draw.XRight
	lines := g.lines(room)
	for i, s := range lines {
		y := middle + groupLine*(vg.Length(len(lines)-1)/2-vg.Length(i))
		centred(c, sty, vg.Point{X: c.Min.X - 7, Y: y}, s)
	}
}

// draw draws b upwards from y.
func (b bar) draw(c draw.Canvas, x func(float64) vg.Length, y vg.Length, look barLook) {
	end := c.Min.X
	if b.value > 0 && Usable(b.value) {
		end = x(b.value)
		look.draw(c, vg.Rectangle{Min: vg.Point{X: c.Min.X, Y: y}, Max: vg.Point{X: end, Y: y + barHeight - 1}})
	}
	sty := look.text()
	if look.dot {
		end += dotRadius
	}
	centred(c, sty, vg.Point{X: end + 4, Y: y + (barHeight-1)/2.0}, b.text)
}

// barLook tells measured from predicted.
type barLook struct {
	outlined bool
	dot      bool
}

const dotRadius = 3.5

// draw draws a bar that fills r, or a dot at its right end.
func (l barLook) draw(c draw.Canvas, r vg.Rectangle) {
	if l.dot {
		l.drawDot(c, vg.Point{X: r.Max.X, Y: (r.Min.Y + r.Max.Y) / 2})
		return
	}
	if l.outlined {
		r.Min, r.Max = r.Min.Add(vg.Point{X: 0.5, Y: 0.5}), r.Max.Sub(vg.Point{X: 0.5, Y: 0.5})
	}
	corners := []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}}
	if !l.outlined {
		c.FillPolygon(series(0), corners)
		return
	}
	c.FillPolygon(paper(), corners)
	c.StrokeLines(stroke(series(1), 1.1), append(corners, r.Min))
}

func (l barLook) drawDot(c draw.Canvas, at vg.Point) {
	style := draw.GlyphStyle{Color: series(0), Radius: dotRadius, Shape: draw.CircleGlyph{}}
	if l.outlined {
		style.Color, style.Shape = series(1), draw.RingGlyph{}
		c.SetLineDash(nil, 0)
		c.SetLineWidth(1.1)
	}
	c.DrawGlyph(style, at)
}

func (l barLook) sample(c draw.Canvas) {
	y := c.Center().Y
	if l.dot {
		l.drawDot(c, c.Center())
		return
	}
	l.draw(c, vg.Rectangle{Min: vg.Point{X: c.Min.X, Y: y - 4}, Max: vg.Point{X: c.Max.X, Y: y + 5}})
}

func (l barLook) text() text.Style {
	sty := style(barText, false)
	if l.outlined {
		sty.Color = quiet()
	}
	return sty
}
