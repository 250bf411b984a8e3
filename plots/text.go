package plots

import (
	"strings"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// fit cuts s to a width.
func fit(sty text.Style, s string, w vg.Length) string {
	if sty.Width(s) <= w {
		return s
	}
	runes := []rune(s)
	for len(runes) > 0 && sty.Width(string(runes)+"...") > w {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "..."
}

// wrap breaks s at spaces into lines of at most a width; what is longer
// without a space is cut.
func wrap(sty text.Style, s string, w vg.Length) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		switch {
		case line == "":
			line = word
		case sty.Width(line+" "+word) <= w:
			line += " " + word
		default:
			lines = append(lines, fit(sty, line, w))
			line = word
		}
	}
	return append(lines, fit(sty, line, w))
}

// centred draws s with the middle of its capitals at a height.
func centred(c draw.Canvas, sty text.Style, at vg.Point, s string) {
	// A line of Liberation Sans has its baseline 0.095 of the size above the
	// point where it is drawn; capitals are 0.72 high.
	at.Y -= 0.455 * sty.Font.Size
	c.FillText(sty, at, s)
}
