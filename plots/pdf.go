package plots

import (
	"image/color"
	"strings"

	stdfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgpdf"
)

// pdfCanvas writes PDF in the one encoding that vgpdf embeds, cp1252.
type pdfCanvas struct{ *vgpdf.Canvas }

func newPDF(w, h vg.Length) pdfCanvas { return pdfCanvas{vgpdf.New(w, h)} }

// SetColor sets the colour of what is drawn next. vgpdf takes the parts of a colour that
// others show through as those of an opaque one, so they must not be multiplied before.
func (c pdfCanvas) SetColor(x color.Color) {
	if n, ok := x.(color.NRGBA); ok {
		x = unmultiplied(n)
	}
	c.Canvas.SetColor(x)
}

// unmultiplied is a colour whose parts do not depend on how opaque it is.
type unmultiplied color.NRGBA

// RGBA is not that of [color.Color]: see [pdfCanvas.SetColor].
func (u unmultiplied) RGBA() (r, g, b, a uint32) {
	return uint32(u.R) * 0x101, uint32(u.G) * 0x101, uint32(u.B) * 0x101, uint32(u.A) * 0x101
}

// FillString draws s; a character that cp1252 lacks becomes a question mark.
func (c pdfCanvas) FillString(f font.Face, at vg.Point, s string) {
	// vgpdf registers every font as a regular one and then asks for a bold
	// one: a bold face goes under a name of its own.
	if f.Font.Weight == stdfont.WeightBold {
		f.Font.Weight = stdfont.WeightNormal
		f.Font.Typeface += "Bold"
	}
	c.Canvas.FillString(f, at, latin1(s))
}

// latin1 encodes s in the part of cp1252 that is ISO 8859-1.
func latin1(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < 0x7f, r >= 0xa0 && r <= 0xff:
			b.WriteByte(byte(r))
		default:
			b.WriteByte('?')
		}
	}
	return b.String()
}
