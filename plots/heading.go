package plots

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tcpbench/internal/prose"
)

// heading is a title and, below it, what the picture is about.
type heading struct{ title, about string }

// height is how much of a canvas it takes.
func (h heading) height(width vg.Length) vg.Length {
	all := headingGap + vg.Length(len(h.lines(width)))*1.25*titleText
	if h.about != "" {
		all += 1.25 * aboutText
	}
	return all
}

const (
	titleText  = 12.5
	aboutText  = 9
	headingGap = 6
)

// draw draws h at the top of c and returns what is left.
func (h heading) draw(c draw.Canvas) draw.Canvas {
	for _, s := range h.lines(c.Max.X - c.Min.X) {
		c = h.line(c, s, titleText, true)
	}
	if h.about != "" {
		c = h.line(c, h.about, aboutText, false)
	}
	return draw.Crop(c, 0, 0, 0, -headingGap)
}

// lines are those of the title within a width.
func (h heading) lines(width vg.Length) []string {
	return wrap(style(titleText, true), prose.Printable(h.title), width)
}

func (h heading) line(c draw.Canvas, s string, size vg.Length, bold bool) draw.Canvas {
	sty := style(size, bold)
	sty.YAlign = draw.YTop
	s = fit(sty, prose.Printable(s), c.Max.X-c.Min.X)
	c.FillText(sty, vg.Point{X: c.Min.X, Y: c.Max.Y}, s)
	return draw.Crop(c, 0, 0, 0, -1.25*size)
}
