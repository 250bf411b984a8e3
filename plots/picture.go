package plots

import (
	"fmt"
	"io"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"tcpbench/internal/suggest"
)

// Picture is one chart. It is drawn by Write, as often as wanted.
type Picture struct {
	// Name is the name of the picture's file, without a format.
	Name string

	// Title is the heading that is part of the picture.
	Title string

	// Caption says what there is to see; it is not part of the picture.
	Caption string

	drawing drawing
	look    Look
}

// In is p in another look, which has passed [Look.Check].
func (p Picture) In(l Look) Picture {
	p.look = l
	return p
}

// drawing is what a picture shows.
type drawing interface {
	// height is how high the whole picture is best at a width, and least what it has to be
	// for all that it says.
	height(width vg.Length) vg.Length
	least(width vg.Length) vg.Length
	// draw fills c.
	draw(c draw.Canvas)
}

// dotsPerInch makes a PNG twice as fine as CSS pixels.
const dotsPerInch = 192

// Formats are the formats that Write knows.
func Formats() []string { return []string{"png", "svg", "pdf"} }

// Write draws p in one of the [Formats].
func (p Picture) Write(w io.Writer, format string) error {
	theme, err := p.look.theme()
	if err != nil {
		return fmt.Errorf("write picture %s: %w", p.Name, err)
	}
	canvas, err := newCanvas(format, p.look.width(), p.look.height(p.drawing))
	if err != nil {
		return err
	}
	p.drawing.draw(draw.New(themed{canvas, theme}))
	if _, err := canvas.WriteTo(w); err != nil {
		return fmt.Errorf("write picture %s: %w", p.Name, err)
	}
	return nil
}

func newCanvas(format string, width, height vg.Length) (vg.CanvasWriterTo, error) {
	switch format {
	case "png":
		return newPNG(width, height), nil
	case "svg":
		return svgCanvas{vgsvg.New(width, height)}, nil
	case "pdf":
		return newPDF(width, height), nil
	}
	return nil, formatError(format)
}

func checkFormats(formats []string) error {
	known := map[string]bool{}
	for _, f := range Formats() {
		known[f] = true
	}
	for _, f := range formats {
		if !known[f] {
			return formatError(f)
		}
	}
	return nil
}

func formatError(format string) error {
	return fmt.Errorf("unknown picture format %q, want png, svg or pdf%s", format,
		suggest.DidYouMean(format, Formats()))
}
