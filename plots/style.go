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

// The colours of Okabe and Ito, which colour-blind people can tell apart.
// Their yellow is left out: nobody can see it on white.
func palette() []color.RGBA {
	return []color.RGBA{
		{0x00, 0x72, 0xb2, 0xff}, // blue
		{0xd5, 0x5e, 0x00, 0xff}, // vermillion
		{0x00, 0x9e, 0x73, 0xff}, // bluish green
		{0xcc, 0x79, 0xa7, 0xff}, // reddish purple
		{0xe6, 0x9f, 0x00, 0xff}, // orange
		{0x56, 0xb4, 0xe9, 0xff}, // sky blue
		{0x00, 0x00, 0x00, 0xff}, // black
		{0x80, 0x80, 0x80, 0xff}, // grey
	}
}

// dashes tell lines apart without colour.
func dashes() [][]vg.Length {
	return [][]vg.Length{
		nil,
		{6, 2.5},
		{2, 2},
		{8, 2, 2, 2},
		{4, 4},
		{10, 2.5},
		{1, 2.5},
		{6, 2, 2, 2, 2, 2},
	}
}

func glyphs() []draw.GlyphDrawer {
	return []draw.GlyphDrawer{
		draw.CircleGlyph{}, draw.SquareGlyph{}, draw.PyramidGlyph{}, draw.RingGlyph{},
		draw.BoxGlyph{}, draw.TriangleGlyph{}, draw.PlusGlyph{}, draw.CrossGlyph{},
	}
}

// maxLines is how many lines a reader can distinguish in one picture.
const maxLines = 8

// lineStyle is the look of the nth line of a picture.
func lineStyle(n int) draw.LineStyle {
	s := stroke(palette()[n%maxLines], 1.6)
	s.Dashes = dashes()[n%maxLines]
	return s
}

func dark() color.Color  { return color.Gray{0x33} }
func muted() color.Color { return color.Gray{0x59} }
func faint() color.Color { return color.Gray{0xe2} }

func stroke(c color.Color, w vg.Length) draw.LineStyle { return draw.LineStyle{Color: c, Width: w} }

// style is a text of so many points, dark, from its left end, above its
// baseline.
func style(size vg.Length, bold bool) text.Style {
	f := pfont.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if bold {
		f.Weight = font.WeightBold
	}
	return text.Style{Color: dark(), Font: f, Handler: plot.DefaultTextHandler}
}

func white() color.Color { return color.White }
