package plots

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// stack is charts one below the other.
type stack []chart

func (s stack) height() vg.Length {
	var h vg.Length
	for _, ch := range s {
		h += ch.height()
	}
	return h
}

func (s stack) draw(c draw.Canvas) {
	top := c.Max.Y
	for _, ch := range s {
		part := c
		part.Max.Y = top
		part.Min.Y = top - ch.height()
		ch.draw(part)
		top = part.Min.Y
	}
}
