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
// and, below it, what was predicted.
type bars struct {
	heading heading
	label   string // of the axis of values
	groups  []group
	alone   bool // nothing was predicted
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
	return Picture{Name: name, Title: b.heading.title, Caption: caption, drawing: b}, true, nil
}

func (b bars) values() []float64 {
	var vs []float64
	for _, g := range b.groups {
		for _, v := range []float64{g.measured.value, g.predicted.value} {
			if v > 0 && usable(v) {
				vs = append(vs, v)
			}
		}
	}
	return vs
}

func (b bars) height() vg.Length {
	const around, key = 2*margin + 22 + 36, 21 // and heading, axis; legend
	if b.alone {
		return vg.Length(len(b.groups))*b.rowHeight() + around
	}
	return vg.Length(len(b.groups))*b.rowHeight() + around + key
}

// rowHeight is that of the group with the longest label.
func (b bars) rowHeight() vg.Length {
	lines := 1
	for _, g := range b.groups {
		lines = max(lines, len(g.lines()))
	}
	return max(2*barHeight, vg.Length(lines)*groupLine) + groupGap
}

func (g group) lines() []string {
	return wrap(style(groupText, false), prose.Printable(g.label), labelWidth)
}

func (b bars) draw(c draw.Canvas) {
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
	p.Draw(body)
	data := p.DataCanvas(body)
	x.labelBelow(c, data.Center().X)
}

func (b bars) legend() legend {
	return legend{[]entry{{"measured", solid.sample}, {"predicted", outlined.sample}}}
}

// axis is logarithmic where the bars differ much; the shortest is still to
// be seen.
func (b bars) axis() axis {
	lo, hi := positiveRange(b.values())
	if hi <= logRatio*lo {
		return linearAxis(b.label, 0, hi, figure.Tick)
	}
	return logSpanAxis(b.label+", logarithmic", lo/2, hi, figure.Tick)
}

// labelWidth is that of the widest line of a label.
func (b bars) labelWidth() vg.Length {
	sty := style(groupText, false)
	var w vg.Length
	for _, g := range b.groups {
		for _, s := range g.lines() {
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
	return w + 6
}

// Plot draws b, as [plot.Plotter].
func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	row := (c.Max.Y - c.Min.Y) / vg.Length(len(b.groups))
	for i, g := range b.groups {
		middle := c.Max.Y - (vg.Length(i)+0.5)*row
		g.drawLabel(c, middle)
		x := func(v float64) vg.Length { return c.X(p.X.Norm(v)) }
		if b.alone {
			g.measured.draw(c, x, middle-barHeight/2.0, solid)
			continue
		}
		g.measured.draw(c, x, middle, solid)
		g.predicted.draw(c, x, middle-barHeight, outlined)
	}
	c.StrokeLine2(stroke(dark(), 0.8), c.Min.X, c.Min.Y, c.Min.X, c.Max.Y)
}

// drawLabel draws g's label left of c.
func (g group) drawLabel(c draw.Canvas, middle vg.Length) {
	sty := style(groupText, false)
	sty.XAlign = draw.XRight
	lines := g.lines()
	for i, s := range lines {
		y := middle + groupLine*(vg.Length(len(lines)-1)/2-vg.Length(i))
		centred(c, sty, vg.Point{X: c.Min.X - 7, Y: y}, s)
	}
}

// draw draws b upwards from y.
func (b bar) draw(c draw.Canvas, x func(float64) vg.Length, y vg.Length, look barLook) {
	end := c.Min.X
	if b.value > 0 && usable(b.value) {
		end = x(b.value)
		look.draw(c, vg.Rectangle{Min: vg.Point{X: c.Min.X, Y: y}, Max: vg.Point{X: end, Y: y + barHeight - 1}})
	}
	sty := look.text()
	centred(c, sty, vg.Point{X: end + 4, Y: y + (barHeight-1)/2.0}, b.text)
}

// barLook tells measured from predicted.
type barLook int

const (
	solid barLook = iota
	outlined
)

func (l barLook) draw(c draw.Canvas, r vg.Rectangle) {
	if l == outlined {
		r.Min, r.Max = r.Min.Add(vg.Point{X: 0.5, Y: 0.5}), r.Max.Sub(vg.Point{X: 0.5, Y: 0.5})
	}
	corners := []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}}
	if l == solid {
		c.FillPolygon(palette()[0], corners)
		return
	}
	c.FillPolygon(white(), corners)
	c.StrokeLines(stroke(palette()[1], 1.1), append(corners, r.Min))
}

func (l barLook) sample(c draw.Canvas) {
	y := c.Center().Y
	l.draw(c, vg.Rectangle{Min: vg.Point{X: c.Min.X, Y: y - 4}, Max: vg.Point{X: c.Max.X, Y: y + 5}})
}

func (l barLook) text() text.Style {
	sty := style(barText, false)
	if l == outlined {
		sty.Color = muted()
	}
	return sty
}
