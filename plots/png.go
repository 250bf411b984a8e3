package plots

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"io"
	"iter"
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
	e := png.Encoder{} // png.BestCompression takes eight times as long, for 7 % less
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
	for c, pixels := range runs(src) {
		counts[c] += pixels.n
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
	for c, pixels := range runs(src) {
		of := index[coarser(c, kept)]
		for i := range pixels.n {
			out.Pix[pixels.from+i] = of
		}
	}
	return out
}

// run is a number of pixels, one after the other, of one colour.
type run struct{ from, n int }

// runs are those of an image, which are far fewer than its pixels.
func runs(src *image.RGBA) iter.Seq2[color.RGBA, run] {
	return func(yield func(color.RGBA, run) bool) {
		for from, end := 0, len(src.Pix)/4; from < end; {
			c, to := pixelAt(src, 4*from), from+1
			for to < end && bytes.Equal(src.Pix[4*to:4*to+3], src.Pix[4*from:4*from+3]) {
				to++
			}
			if !yield(c, run{from, to - from}) {
				return
			}
			from = to
		}
	}
}

func pixelAt(src *image.RGBA, i int) color.RGBA {
	return color.RGBA{R: src.Pix[i], G: src.Pix[i+1], B: src.Pix[i+2], A: 0xff}
}
