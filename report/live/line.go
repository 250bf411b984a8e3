package live

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"tcpbench/internal/prose"
)

// Style is what a stretch of a line stands for.
type Style uint8

// The styles.
const (
	Plain Style = iota
	Strong
	Faint
	Good
	Doubtful
	Bad
)

// sgr are their colours (ECMA-48, SGR).
func (s Style) sgr() string {
	return [...]string{Strong: "1", Faint: "2", Good: "32", Doubtful: "33", Bad: "31"}[s]
}

// Span is a stretch of a line in one style.
type Span struct {
	Text  string
	Style Style
}

// Line is one row of a terminal.
type Line []Span

// Text is a line of one style in so many columns, of which the last is left free.
func Text(s string, columns int) Line { return Line{{s, Plain}}.clip(max(columns-1, 1)) }

// String is the line without its styles, and without what a terminal acts upon.
func (l Line) String() string { return l.Paint(false) }

// Paint is the line as a terminal is to get it, with colours or without. Names are cleaned:
// a terminal acts upon nothing in them.
func (l Line) Paint(colours bool) string {
	var b strings.Builder
	for _, s := range l {
		text := prose.Printable(s.Text)
		if sgr := s.Style.sgr(); colours && sgr != "" && strings.TrimSpace(text) != "" {
			text = "\x1b[" + sgr + "m" + text + "\x1b[0m"
		}
		b.WriteString(text)
	}
	return b.String()
}

// Width is how many columns the line takes.
func (l Line) Width() int {
	n := 0
	for _, s := range l {
		n += Width(s.Text)
	}
	return n
}

// Width is how many columns a text takes once it is printable.
func Width(s string) int {
	n := 0
	for _, r := range prose.Printable(s) {
		n += text.RuneWidth(r)
	}
	return n
}

// clip is as much of the line as fits into so many columns.
func (l Line) clip(columns int) Line {
	var out Line
	for _, s := range l {
		s.Text = clip(s.Text, columns)
		columns -= Width(s.Text)
		out = append(out, s)
	}
	return out
}

// clip is as much of a text as fits into so many columns.
func clip(s string, columns int) string {
	var b strings.Builder
	for _, r := range prose.Printable(s) {
		if columns -= text.RuneWidth(r); columns < 0 {
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}
