package plots

import (
	"bytes"
	"image/color"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"

	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// everyPicture is each kind of picture of the runs that tests have, and of many cells.
func everyPicture(t *testing.T) []Picture {
	t.Helper()
	pics := forSweep(t, sweep())
	var real []*results.Run
	for _, name := range resultstest.Names() {
		r := resultstest.Real(t, name)
		pics = append(pics, forRun(t, r)...)
		r.Cell = map[string]string{"kind": name}
		real = append(real, r)
	}
	return append(append(pics, forSweep(t, real)...), forRun(t, sweep()[0])...)
}

// panels are the charts of which a picture is made, each as it is drawn.
func panels(d drawing) []chart {
	switch d := d.(type) {
	case chart:
		if !d.crowded() {
			return []chart{d}
		}
		var out []chart
		for _, l := range d.named() {
			out = append(out, chart{lines: []line{l}})
		}
		return out
	case stack:
		var out []chart
		for _, ch := range d {
			out = append(out, panels(ch)...)
		}
		return out
	default:
		return nil
	}
}

func TestNoPictureHasMoreLinesThanCanBeToldApart(t *testing.T) {
	crowded := 0
	for _, p := range everyPicture(t) {
		if ch, ok := p.drawing.(chart); ok && ch.crowded() {
			crowded++
		}
		for _, ch := range panels(p.drawing) {
			if n := len(ch.named()); n > maxLines {
				t.Errorf("%s has %d lines in one chart, want at most %d", p.Name, n, maxLines)
			}
			for i, l := range ch.legend().entries {
				if i >= maxLines+1 {
					t.Errorf("%s: the legend goes on with %q", p.Name, l.name)
				}
			}
		}
	}
	if crowded < 3 {
		t.Errorf("%d pictures have more lines, want those of a sweep of 8 cells and of an open loop", crowded)
	}
	for _, th := range themes() {
		if len(th.series) != maxLines || len(dashes()) != maxLines || len(glyphs()) != maxLines {
			t.Errorf("%s has %d colours, and there are %d dashes and %d glyphs, want %d each", th.name, len(th.series),
				len(dashes()), len(glyphs()), maxLines)
		}
	}
}

// Of a sweep with more cells than lines each has a panel with its name.
func TestMoreLinesAreAPanelEach(t *testing.T) {
	p := find(t, forSweep(t, sweep()), "sweep-connect-latency")
	ch := p.drawing.(chart)
	svg := svgOf(t, p)
	if !ch.crowded() || !strings.Contains(svg, "Each panel has one line in colour") {
		t.Fatal("8 cells are not drawn as panels")
	}
	if got := strings.Count(svg, "#0072B2"); got != len(ch.named()) {
		t.Errorf("%d lines are in colour, want one a panel: %d", got, len(ch.named()))
	}
	for _, n := range []int{6, 7, 8, 12, 13} {
		m := multiples{chart{lines: make([]line, n)}}
		for i := range m.lines {
			m.lines[i].name = "x"
		}
		if c := m.columns(600); gaps(n, c) > 2 {
			t.Errorf("%d panels stand in %d columns, with %d places empty", n, c, gaps(n, c))
		}
		if c := m.columns(220); c != 1 {
			t.Errorf("%d panels stand in %d columns where there is room for one", n, c)
		}
	}
}

func TestLooks(t *testing.T) {
	p := forRun(t, sweep()[0])[0]
	for _, tt := range []struct {
		look          Look
		width, height int // of the PNG
	}{
		{Look{Width: 1280, Height: 720}, 2560, 1440},
		{Look{Width: 400}, 800, 0},
		{Look{Width: 320, Height: 1}, 640, 0},
	} {
		if err := tt.look.Check(); err != nil {
			t.Errorf("Check(%+v) = %v, want no error", tt.look, err)
		}
		var b bytes.Buffer
		if err := p.In(tt.look).Write(&b, "png"); err != nil {
			t.Fatal(err)
		}
		got, err := png.DecodeConfig(&b)
		if err != nil || got.Width != tt.width || tt.height != 0 && got.Height != tt.height || got.Height < 400 {
			t.Errorf("PNG of %+v is %d x %d, %v; want %d x %d", tt.look, got.Width, got.Height, err, tt.width,
				tt.height)
		}
	}
	for _, tt := range []struct {
		look Look
		want string
	}{
		{Look{Width: 319}, "a width of 319 is not from 320 to 2560 pixels"},
		{Look{Width: 2561}, "a width of 2561 is not from 320 to 2560 pixels"},
		{Look{Height: -1}, "a height of -1 is not from 1 to 2560 pixels"},
		{Look{Theme: "dork"}, `unknown theme "dork", want light or dark; did you mean "dark"?`},
	} {
		if err := tt.look.Check(); err == nil || err.Error() != tt.want {
			t.Errorf("Check(%+v) = %v, want %s", tt.look, err, tt.want)
		}
	}
}

// luminance is that of WCAG 2.2.
func luminance(c color.NRGBA) float64 {
	part := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
}

func contrast(a, b color.NRGBA) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// WCAG 2.2 AA: text has 4.5:1, and what is drawn 3:1.
func TestThemesCanBeRead(t *testing.T) {
	for _, th := range themes() {
		for _, c := range append([]color.NRGBA{th.text, th.quiet}, th.events...) {
			if got := contrast(c, th.paper); got < 4.5 {
				t.Errorf("%s: text %v has a contrast of %.2f, want 4.5", th.name, c, got)
			}
		}
		for i, c := range th.series {
			if got := contrast(c, th.paper); got < 2.2 {
				t.Errorf("%s: line %d has a contrast of %.2f, want 2.2: the lightest of Okabe and Ito", th.name, i, got)
			}
		}
		if contrast(th.heat[0], th.paper) > contrast(th.heat[len(th.heat)-1], th.paper) {
			t.Errorf("%s: the hottest colour stands out least", th.name)
		}
	}
}

// The theme reaches everything: no colour of the light one is left in the dark one.
func TestNothingOfOneThemeIsLeftInTheOther(t *testing.T) {
	own := []string{"#FFFFFF", "#333333", "#595959", "#E2E2E2", "#0072B2", "#D55E00"}
	for _, p := range everyPicture(t) {
		svg := svgOf(t, p.In(Look{Theme: "dark"}))
		if i := slices.IndexFunc(own, func(c string) bool { return strings.Contains(svg, c) }); i >= 0 {
			t.Errorf("%s in the theme dark has %s, a colour of light", p.Name, own[i])
		}
		if strings.Contains(svg, "#000000") {
			t.Errorf("%s has a colour that no theme knows", p.Name)
		}
	}
}
