package plots

import (
	"image/color"

	"golang.org/x/image/font"
	"gonum.org/v1/plot"
	pfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// maxLines is how many lines a reader can tell apart in one picture. Where there are
// more, [multiples] has a small picture for each.
const maxLines = 5

// dashes tell lines apart without colour.
func dashes() [][]vg.Length {
	return [][]vg.Length{nil, {6, 2.5}, {2, 2}, {8, 2, 2, 2}, {10, 2.5}}
}

func glyphs() []draw.GlyphDrawer {
	return []draw.GlyphDrawer{
		draw.CircleGlyph{}, draw.SquareGlyph{}, draw.PyramidGlyph{}, draw.RingGlyph{}, draw.BoxGlyph{},
	}
}

// lineStyle is the look of the nth line of a picture.
func lineStyle(n int) draw.LineStyle {
	s := stroke(series(n%maxLines), 1.6)
	s.Dashes = dashes()[n%maxLines]
	return s
}

func stroke(c color.Color, w vg.Length) draw.LineStyle { return draw.LineStyle{Color: c, Width: w} }

// style is a text of so many points, from its left end, above its baseline.
func style(size vg.Length, bold bool) text.Style {
	f := pfont.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if bold {
		f.Weight = font.WeightBold
	}
	return text.Style{Color: textInk(), Font: f, Handler: plot.DefaultTextHandler}
}
