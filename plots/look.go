package plots

import (
	"fmt"

	"gonum.org/v1/plot/vg"

	"tcpbench/internal/suggest"
)

// Look is how pictures are drawn. Its zero value is the default.
type Look struct {
	// Width is in CSS pixels, from [Narrowest] to [Widest]; 0 is 800.
	Width int
	// Height is in CSS pixels, up to Widest; 0 is what suits the width. A picture that
	// needs more for all that it says is higher.
	Height int
	// Theme is one of [Themes]; "" is the first.
	Theme string
}

// The sizes of a picture, in CSS pixels. A PNG has twice as many dots.
const (
	Narrowest = 320
	Widest    = 2560

	usualWidth = 800
)

// pixel is a CSS pixel in points.
const pixel vg.Length = 72.0 / 96

// Check reports a size or a theme that there is not.
func (l Look) Check() error {
	switch {
	case l.Width != 0 && (l.Width < Narrowest || l.Width > Widest):
		return fmt.Errorf("a width of %d is not from %d to %d pixels", l.Width, Narrowest, Widest)
	case l.Height < 0 || l.Height > Widest:
		return fmt.Errorf("a height of %d is not from 1 to %d pixels", l.Height, Widest)
	}
	_, err := l.theme()
	return err
}

func (l Look) theme() (theme, error) {
	for _, t := range themes() {
		if l.Theme == t.name || l.Theme == "" {
			return t, nil
		}
	}
	return theme{}, fmt.Errorf("unknown theme %q, want light or dark%s", l.Theme, suggest.DidYouMean(l.Theme, Themes()))
}

func (l Look) width() vg.Length {
	if l.Width == 0 {
		return usualWidth * pixel
	}
	return vg.Length(l.Width) * pixel
}

// height is that of a drawing.
func (l Look) height(d drawing) vg.Length {
	w := l.width()
	if l.Height == 0 {
		return d.height(w)
	}
	return max(vg.Length(l.Height)*pixel, d.least(w))
}
