package plots

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"
)

// A PNG has a palette, in which every colour of the theme is exact, rare ones too.
func TestAPNGHasTheColoursOfItsTheme(t *testing.T) {
	p := find(t, forSweep(t, sweep()), "sweep-connections-per-second")
	for _, th := range themes() {
		var b bytes.Buffer
		if err := p.In(Look{Theme: th.name}).Write(&b, "png"); err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		pal, ok := img.(*image.Paletted)
		if !ok || len(pal.Palette) > mostColors {
			t.Fatalf("%s: the PNG is a %T, want one with a palette", th.name, img)
		}
		for _, want := range []color.NRGBA{th.paper, th.text, th.series[0], th.series[1]} {
			if got := color.NRGBAModel.Convert(pal.Palette.Convert(want)); got != want {
				t.Errorf("%s: %v is %v in the PNG, want it exact", th.name, want, got)
			}
		}
	}
}

func TestTooManyColoursHaveNoPalette(t *testing.T) {
	src := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		src.SetRGBA(i%64, i/64, color.RGBA{R: uint8(4 * (i % 64)), G: uint8(4 * (i / 64)), B: uint8(i), A: 0xff})
	}
	if got := paletted(src); got != image.Image(src) {
		t.Errorf("4096 colours far apart are a %T, want what they were", got)
	}
	few := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		few.SetRGBA(i%64, i/64, color.RGBA{R: uint8(i % 5), G: 0x80, B: uint8(100 + i%50), A: 0xff})
	}
	got := paletted(few)
	for i := range 64 * 64 {
		if a, b := color.RGBAModel.Convert(got.At(i%64, i/64)), few.RGBAAt(i%64, i/64); a != color.Color(b) {
			t.Fatalf("250 colours do not stay: %v became %v", b, a)
		}
	}
}
