package plots

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// stack is charts one below the other.
type stack []chart

func (s stack) height(width vg.Length) vg.Length {
	var h vg.Length
	for _, ch := range s {
		h += ch.height(width)
	}
	return h
}

func (s stack) least(width vg.Length) vg.Length {
	var h vg.Length
	for _, ch := range s {
		h += ch.least(width)
	}
	return h
}

// widest is how much room the labels of the ticks beside the data take at most.
func (s stack) widest() vg.Length {
	var w vg.Length
	for _, ch := range s {
		w = max(w, ch.y.labels())
	}
	return w
}

func (s stack) draw(c draw.Canvas) {
	blank(c)
	top, width := c.Max.Y, c.Max.X-c.Min.X
	share := (c.Max.Y - c.Min.Y) / s.height(width)
	for _, ch := range s {
		part := c
		part.Max.Y = top
		part.Min.Y = top - share*ch.height(width)
		ch.indent = s.widest() - ch.y.labels()
		ch.draw(part)
		top = part.Min.Y
	}
}
