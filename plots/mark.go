package plots

import (
	"image/color"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// mark is an event: a vertical line at one x, labelled above the data.
type mark struct {
	at    float64
	label string
	color color.Color
}

const (
	markText = 9.5
	markLine = 13 // height of a line of labels
	markGap  = 4  // between a line and its label
)

// place is where a mark's label stands.
type place struct {
	mark
	x     vg.Length
	width vg.Length // of the label
	left  bool      // the label stands left of the line
	row   int       // 0 is next to the data
}

// places are marks whose labels meet neither each other nor another's line.
type places []place

// placeMarks tries every side and row for each label, few rows first.
// There are never more than a handful of marks.
func placeMarks(marks []mark, x func(float64) vg.Length, left, right vg.Length) places {
	sty := style(markText, true)
	var ps places
	for _, m := range marks {
		ps = append(ps, place{mark: m, x: x(m.at), width: sty.Width(m.label)})
	}
	for rows := 1; rows <= len(ps); rows++ {
		if ps.try(0, rows, left, right) {
			break
		}
	}
	return ps
}

// try places the labels from i on in so many rows.
func (ps places) try(i, rows int, left, right vg.Length) bool {
	if i == len(ps) {
		return true
	}
	p := &ps[i]
	for p.row = range rows {
		for _, p.left = range []bool{false, true} {
			from, to := p.span()
			inside := from >= left && to <= right
			if inside && !ps[:i].meet(*p) && ps.try(i+1, rows, left, right) {
				return true
			}
		}
	}
	return false
}

// span is the extent of p's label.
func (p place) span() (from, to vg.Length) {
	if p.left {
		return p.x - markGap - p.width, p.x - markGap
	}
	return p.x + markGap, p.x + markGap + p.width
}

// meet reports whether q's label or line crosses one of ps.
func (ps places) meet(q place) bool {
	return slices.ContainsFunc(ps, func(p place) bool {
		return p.hits(q) || q.hits(p)
	})
}

// hits reports whether p's label is in the way of q's label or line.
func (p place) hits(q place) bool {
	from, to := p.span()
	if q.row >= p.row && q.x >= from && q.x <= to {
		return true
	}
	qfrom, qto := q.span()
	return p.row == q.row && from < qto+markGap && qfrom < to+markGap
}

// height is how much room the labels take.
func (ps places) height() vg.Length {
	rows := 0
	for _, p := range ps {
		rows = max(rows, p.row+1)
	}
	return vg.Length(rows * markLine)
}

// draw draws lines from bottom up to the labels, which begin at top.
func (ps places) draw(c draw.Canvas, bottom, top vg.Length) {
	for _, p := range ps {
		y := top + vg.Length(p.row*markLine)
		line := stroke(p.color, 1.1)
		line.Dashes = []vg.Length{4, 2}
		c.StrokeLine2(line, p.x, y+markLine-2, p.x, bottom)
		sty := style(markText, true)
		sty.Color = p.color
		at := vg.Point{X: p.x + markGap, Y: y + 4}
		if p.left {
			sty.XAlign = draw.XRight
			at.X = p.x - markGap
		}
		c.FillText(sty, at, p.label)
	}
}

// The kinds of marks.
const (
	kneeMark = iota
	failureMark
	recoveryMark
)

// markColor is dark enough for text on white.
func markColor(kind int) color.Color {
	return []color.Color{
		color.RGBA{0x8a, 0x4a, 0x78, 0xff},
		color.RGBA{0xb3, 0x3c, 0x00, 0xff},
		color.RGBA{0x00, 0x6b, 0x4e, 0xff},
	}[kind]
}
