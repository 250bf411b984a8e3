package plots

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// multiples is a chart with a small panel for each line, over all the others, which stand
// back: so that each can be read, and the whole be seen.
type multiples struct{ chart }

const (
	panelGap   = 12
	panelText  = 8.5
	panelLine  = 10 // height of a line of a panel's title
	panelTicks = 7.5
	panelWide  = 130 // the least width of a panel of several in a row
	panelLow   = 100 // of its data and axes
	panelHigh  = 170
)

// columns is how many panels stand in a row: few gaps in the last row.
func (m multiples) columns(width vg.Length) int {
	n := len(m.named())
	most := max(min(int((width+panelGap)/(panelWide+panelGap)), 4), 1)
	if most > 2 && gaps(n, most) > max(gaps(n, most-1), 1) {
		return most - 1
	}
	return most
}

// gaps is how many places of the last row are empty.
func gaps(n, columns int) int { return (columns - n%columns) % columns }

func (m multiples) panelWidth(inner vg.Length) vg.Length {
	columns := vg.Length(m.columns(inner))
	return (inner - (columns-1)*panelGap) / columns
}

func (m multiples) rows(inner vg.Length) int {
	columns := m.columns(inner)
	return (len(m.named()) + columns - 1) / columns
}

func panelStyle() text.Style { return style(panelText, true) }

// titleLines is how many lines the longest title of a panel takes.
func (m multiples) titleLines(inner vg.Length) int {
	most := 1
	for _, l := range m.named() {
		most = max(most, len(wrap(panelStyle(), l.name, m.panelWidth(inner))))
	}
	return most
}

func (m multiples) height(width vg.Length) vg.Length {
	inner := width - 2*margin - axisLine
	panel := min(max(m.panelWidth(inner)*3/4, panelLow), panelHigh) +
		vg.Length(m.titleLines(inner))*panelLine + panelGap
	return vg.Length(m.rows(inner))*panel + 2*margin + m.heading.height(width-2*margin) + axisLine +
		m.explained().height(width-2*margin)
}

func (m multiples) explained() notes {
	return append(m.chart.explained(), "Each panel has one line in colour, and all the others in grey.")
}

func (m multiples) draw(c draw.Canvas) {
	c = m.heading.draw(blank(c))
	c = m.explained().draw(c)
	body := draw.Crop(c, axisLine, 0, axisLine, 0)
	m.x.labelBelow(c, body.Center().X)
	m.y.labelBeside(c, body.Center().Y)
	inner := body.Max.X - body.Min.X
	columns, width := m.columns(inner), m.panelWidth(inner)
	height := (body.Max.Y - body.Min.Y) / vg.Length(m.rows(inner))
	for i, l := range m.named() {
		part := body
		part.Min.X = body.Min.X + vg.Length(i%columns)*(width+panelGap)
		part.Max.X = part.Min.X + width
		part.Max.Y = body.Max.Y - vg.Length(i/columns)*height
		part.Min.Y = part.Max.Y - height + panelGap
		m.panel(part, l)
	}
}

// panel draws one line over the others.
func (m multiples) panel(c draw.Canvas, l line) {
	inner := c.Max.X - c.Min.X
	sty := panelStyle()
	for i, s := range wrap(sty, l.name, inner) {
		at := vg.Point{X: c.Min.X, Y: c.Max.Y - (vg.Length(i)+0.5)*panelLine}
		centred(c, sty, at, s)
	}
	c = draw.Crop(c, 0, 0, 0, -vg.Length(len(wrap(sty, l.name, inner)))*panelLine-2)
	p := plot.New()
	p.BackgroundColor = nil
	p.Add(grid(true))
	for _, o := range m.lines {
		p.Add(o.backed())
	}
	l.style, l.glyph = lineStyle(0), nil
	p.Add(band{l}, l)
	m.x.applySmall(&p.X)
	m.y.applySmall(&p.Y)
	space(p, c)
	p.Draw(c)
}

// backed is l as it stands behind another.
func (l line) backed() line {
	return line{points: l.points, style: stroke(through(quiet(), 0.6), 0.8), gap: l.gap, steps: l.steps}
}
