package live

import (
	"fmt"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/law/headroom"
)

// ports are those of a host at one moment.
type ports struct {
	inUse    int
	held     int // of inUse: no connect can have them
	capacity int
	sure     int // found for sure, of the capacity; 0 where that is not known
	safe     int // what the rate that lasts for ever holds; 0 where that is not known
	nat      bool
}

// half is from where on each connect(2) searches all of that half first. A NAT searches
// otherwise: its capacity.
func (p ports) half() int {
	if p.nat {
		return p.capacity
	}
	return p.capacity / 2
}

// style is how dear or how near the end the next port is.
func (p ports) style() Style {
	switch {
	case p.sure > 0 && p.held >= p.sure || p.held >= p.capacity:
		return Bad
	case p.held >= p.half():
		return Doubtful
	default:
		return Good
	}
}

// share is what is in use of the capacity: "50 %".
func (p ports) share() string {
	return figure.AboutPercent(float64(p.inUse) / float64(max(p.capacity, 1)))
}

// takeable are those in use that a connect can have all the same; "" where there are none.
func (p ports) takeable() string {
	if p.held >= p.inUse {
		return ""
	}
	return fmt.Sprintf("%d can be taken over", p.inUse-p.held)
}

// text is "393 of 400 (98 %, 92 can be taken over", for more to follow.
func (p ports) text() string {
	s := fmt.Sprintf("%d of %d (%s", p.inUse, p.capacity, p.share())
	if over := p.takeable(); over != "" {
		s += ", " + over
	}
	return s
}

// bar is as long as the capacity, with marks at half and at what the safe rate holds.
func (p ports) bar(columns int, g Glyphs) Line {
	if columns <= 0 || p.capacity <= 0 {
		return nil
	}
	at := func(n int) int { return min(n*columns/p.capacity, columns) }
	held, used := at(p.held), at(p.inUse)
	marks := map[int]bool{at(p.half()): !p.nat}
	if p.safe > 0 {
		marks[min(at(p.safe), columns-1)] = true
	}
	var out Line
	for i := range columns {
		switch {
		case i < held && marks[i]:
			out = out.with(g.markCovered, p.style())
		case i < held:
			out = out.with(g.full, p.style())
		case marks[i]:
			out = out.with(g.mark, Plain)
		case i < used:
			out = out.with(g.part, Faint)
		default:
			out = out.with(g.free, Faint)
		}
	}
	return out
}

// with is the line and a text at its end.
func (l Line) with(text string, style Style) Line {
	if n := len(l); n > 0 && l[n-1].Style == style {
		l[n-1].Text += text
		return l
	}
	return append(l, Span{text, style})
}

// spaces are so many columns of nothing; none where the number is negative.
func spaces(n int) string { return strings.Repeat(" ", max(n, 0)) }

// outlookStyle is how much a forecast asks for attention.
func outlookStyle(f headroom.Forecast) Style {
	switch f.Outcome {
	case headroom.Exhausted, headroom.RunningOut:
		return Bad
	case headroom.Uncertain:
		return Doubtful
	default:
		return Plain
	}
}
