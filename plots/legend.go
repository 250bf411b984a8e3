package plots

import (
	"cmp"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tcpbench/internal/prose"
)

// legend names what is drawn, in columns below the data.
type legend struct{ entries []entry }

type entry struct {
	name   string
	sample func(draw.Canvas) // draws the look of what is named
	wide   vg.Length         // the sample's width; 0 is legendSample
}

const (
	legendLine   = 13 // height of a line
	legendSample = 26 // width of a sample
	legendGap    = 14 // between columns
	legendText   = 9
)

// draw draws l at the bottom of c and returns what is left.
func (l legend) draw(c draw.Canvas) draw.Canvas {
	if len(l.entries) == 0 {
		return c
	}
	available := c.Max.X - c.Min.X
	xs, rows := l.columns(available), l.rows(available)
	top := c.Min.Y + vg.Length(rows*legendLine)
	for i, e := range l.entries {
		x := xs[i%len(xs)]
		at := vg.Point{X: c.Min.X + x, Y: top - vg.Length(i/len(xs)+1)*legendLine}
		e.draw(c, at, min(e.width(), available-x))
	}
	return draw.Crop(c, 0, 0, vg.Length(rows*legendLine)+8, 0)
}

// rows is how many rows there are in a width.
func (l legend) rows(available vg.Length) int {
	columns := max(len(l.columns(available)), 1)
	return (len(l.entries) + columns - 1) / columns
}

// columns returns where each column begins: as close as the entries allow if
// they fit into one row, else equally wide.
func (l legend) columns(available vg.Length) []vg.Length {
	var xs []vg.Length
	var x, widest vg.Length
	for _, e := range l.entries {
		xs = append(xs, x)
		x += e.width() + legendGap
		widest = max(widest, e.width()+legendGap)
	}
	if x-legendGap <= available {
		return xs
	}
	n := max(int((available+legendGap)/widest), 1)
	for i := range n {
		xs[i] = vg.Length(i) * widest
	}
	return xs[:n]
}

// width is that of the sample and the name.
func (e entry) width() vg.Length {
	return e.sampleWidth() + 5 + style(legendText, false).Width(prose.Printable(e.name))
}

func (e entry) sampleWidth() vg.Length { return cmp.Or(e.wide, legendSample) }

func (e entry) draw(c draw.Canvas, at vg.Point, w vg.Length) {
	sample := c
	beside := e.sampleWidth()
	sample.Min, sample.Max = at, vg.Point{X: at.X + beside, Y: at.Y + legendLine}
	e.sample(sample)
	sty := style(legendText, false)
	name := fit(sty, prose.Printable(e.name), w-beside-5)
	centred(c, sty, vg.Point{X: at.X + beside + 5, Y: at.Y + legendLine/2}, name)
}
