package plots

import (
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// mark is an event: a vertical line at one x, labelled above the data.
type mark struct {
	at    float64
	label string
	kind  markKind
}

// markKind says what a mark means, and so how it looks.
type markKind int

// The kinds of marks.
const (
	kneeMark markKind = iota
	failureMark
	recoveryMark
	cutMark
	halfMark
	behindMark
	changeMark
)

// means explains a mark to who has the picture alone; "" where its label says all.
func (k markKind) means() string {
	switch k {
	case kneeMark:
		return "knee: from here on connect(2) searches long for a free port"
	case failureMark:
		return "ports exhausted: the first connect that found no free port"
	case recoveryMark:
		return "recovered: the first connect after that which found one"
	case cutMark:
		return "link cut: from here on nothing arrives"
	case halfMark:
		return "half: beyond half of the ports, connect(2) may have to search long for a free one"
	case behindMark:
		return "falls behind: from here on fewer than 95 % of the offered starts were achieved"
	default:
		return ""
	}
}

// ink is dark, or light, enough for text.
func (k markKind) ink() ink {
	n := map[markKind]int{failureMark: 1, cutMark: 1, behindMark: 1, recoveryMark: 2}[k] // else 0
	return ink{role: eventRole, n: n}
}

const (
	markText = 9.5
	markLine = 13 // height of a line of labels
	markGap  = 4  // between a line and its label
)

// place is where a mark's label stands.
type place struct {
	mark
	label string // as much as there is room for
	x     vg.Length
	from  vg.Length // the label's left end
	width vg.Length // of the label
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
		label := fit(sty, m.label, right-left)
		ps = append(ps, place{mark: m, label: label, x: x(m.at), width: sty.Width(label)})
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
		for _, p.from = range p.sides(left, right) {
			if !ps[:i].meet(*p) && ps.try(i+1, rows, left, right) {
				return true
			}
		}
	}
	return false
}

// sides are where a label may begin: right of its line, left of it, or where there is no
// room for either, above the end of the line.
func (p place) sides(left, right vg.Length) []vg.Length {
	var out []vg.Length
	if at := p.x + markGap; at+p.width <= right {
		out = append(out, at)
	}
	if at := p.x - markGap - p.width; at >= left {
		out = append(out, at)
	}
	if len(out) == 0 {
		out = append(out, max(left, right-p.width))
	}
	return out
}

// above tells that a label stands above the end of its line.
func (p place) above() bool { return p.x >= p.from && p.x <= p.from+p.width }

// meet reports whether q's label or line crosses one of ps.
func (ps places) meet(q place) bool {
	return slices.ContainsFunc(ps, func(p place) bool {
		return p.hits(q) || q.hits(p)
	})
}

// hits reports whether p's label is in the way of q's label or line.
func (p place) hits(q place) bool {
	to := p.from + p.width
	if q.row >= p.row && q.x >= p.from && q.x <= to {
		return true
	}
	return p.row == q.row && p.from < q.from+q.width+markGap && q.from < to+markGap
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
		end := y + markLine - 2
		if p.above() {
			end = y
		}
		line := stroke(p.kind.ink(), 1.1)
		line.Dashes = []vg.Length{4, 2}
		c.StrokeLine2(line, p.x, end, p.x, bottom)
		sty := style(markText, true)
		sty.Color = p.kind.ink()
		c.FillText(sty, vg.Point{X: p.from, Y: y + 4}, p.label)
	}
}
