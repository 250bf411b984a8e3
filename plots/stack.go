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

func (s stack) draw(c draw.Canvas) {
	top, width := c.Max.Y, c.Max.X-c.Min.X
	share := (c.Max.Y - c.Min.Y) / s.height(width)
	for _, ch := range s {
		part := c
		part.Max.Y = top
		part.Min.Y = top - share*ch.height(width)
		ch.draw(part)
		top = part.Min.Y
	}
}
