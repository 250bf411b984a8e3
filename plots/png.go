package plots

import (
	"image"
	"image/color"
	"image/png"
	"io"
	"maps"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
)

// pngCanvas writes PNG of at most 256 colours where it can: a third of the size. Those
// that are left out are blends at the edges of letters and lines.
type pngCanvas struct{ *vgimg.Canvas }

func newPNG(w, h vg.Length) pngCanvas {
	return pngCanvas{vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(dotsPerInch))}
}

func (c pngCanvas) WriteTo(w io.Writer) (int64, error) {
	out := counter{w: w}
	e := png.Encoder{CompressionLevel: png.BestCompression}
	var img image.Image = c.Image()
	if rgba, ok := img.(*image.RGBA); ok {
		img = paletted(rgba)
	}
	err := e.Encode(&out, img)
	return out.n, err
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// mostColors is how many a PNG with a palette has.
const mostColors = 256

// paletted is an opaque image in as many colours as a palette has, each the most frequent
// of those that are near it; src where they are too many even so.
func paletted(src *image.RGBA) image.Image {
	counts := map[color.RGBA]int{}
	for i := 0; i < len(src.Pix); i += 4 {
		counts[pixelAt(src, i)]++
	}
	for kept := 8; kept >= 4; kept-- {
		if of := nearest(counts, kept); len(of) <= mostColors {
			return inColors(src, of, kept)
		}
	}
	return src
}

// nearest has the most frequent of all colours that are the same in so many bits a part.
func nearest(counts map[color.RGBA]int, kept int) map[color.RGBA]color.RGBA {
	out := map[color.RGBA]color.RGBA{}
	for c, n := range counts {
		bin := coarser(c, kept)
		best, ok := out[bin]
		if m := counts[best]; !ok || n > m || n == m && order(c) < order(best) {
			out[bin] = c
		}
	}
	return out
}

func coarser(c color.RGBA, kept int) color.RGBA {
	lost := 8 - kept
	return color.RGBA{R: c.R >> lost, G: c.G >> lost, B: c.B >> lost, A: 0xff}
}

func order(c color.RGBA) int { return int(c.R)<<16 | int(c.G)<<8 | int(c.B) }

func inColors(src *image.RGBA, of map[color.RGBA]color.RGBA, kept int) *image.Paletted {
	bins := slices.SortedFunc(maps.Keys(of), func(a, b color.RGBA) int { return order(a) - order(b) })
	index := map[color.RGBA]uint8{}
	var palette color.Palette
	for i, bin := range bins {
		index[bin] = uint8(i)
		palette = append(palette, of[bin])
	}
	out := image.NewPaletted(src.Bounds(), palette)
	for i := 0; i < len(src.Pix); i += 4 {
		out.Pix[i/4] = index[coarser(pixelAt(src, i), kept)]
	}
	return out
}

func pixelAt(src *image.RGBA, i int) color.RGBA {
	return color.RGBA{R: src.Pix[i], G: src.Pix[i+1], B: src.Pix[i+2], A: 0xff}
}
