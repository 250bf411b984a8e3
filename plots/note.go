package plots

import (
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// notes are sentences below all, for a picture that stands without its caption.
type notes []string

const (
	noteText = 8
	noteLine = 10.5
)

func noteStyle() text.Style {
	sty := style(noteText, false)
	sty.Color = quiet()
	return sty
}

// lines are the notes within a width, each from a line of its own on.
func (n notes) lines(width vg.Length) []string {
	var out []string
	for _, s := range n {
		out = append(out, wrap(noteStyle(), s, width)...)
	}
	return out
}

func (n notes) height(width vg.Length) vg.Length {
	if len(n) == 0 {
		return 0
	}
	return vg.Length(len(n.lines(width)))*noteLine + 4
}

// draw draws n at the bottom of c and returns what is left.
func (n notes) draw(c draw.Canvas) draw.Canvas {
	width := c.Max.X - c.Min.X
	height := n.height(width)
	for i, s := range n.lines(width) {
		y := c.Min.Y + height - 4 - vg.Length(i+1)*noteLine
		centred(c, noteStyle(), vg.Point{X: c.Min.X, Y: y + noteLine/2}, s)
	}
	return draw.Crop(c, 0, 0, height, 0)
}

// notesOf are what the kinds of marks mean, each once.
func notesOf(marks []mark) notes {
	var out notes
	seen := map[markKind]bool{}
	for _, m := range marks {
		if means := m.kind.means(); means != "" && !seen[m.kind] {
			seen[m.kind] = true
			out = append(out, means)
		}
	}
	return out
}
