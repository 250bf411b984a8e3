package plots

import (
	"image/color"

	"gonum.org/v1/plot/vg"
)

// theme is what inks look like.
type theme struct {
	name string

	paper, text, quiet, rule color.NRGBA

	series []color.NRGBA
	events []color.NRGBA
	heat   []color.NRGBA // from the least to the most
}

// Themes are the names of all, the default first.
func Themes() []string {
	var out []string
	for _, t := range themes() {
		out = append(out, t.name)
	}
	return out
}

func themes() []theme { return []theme{light(), dark()} }

// light has the colours of Okabe and Ito, which colour-blind people can tell
// apart; their yellow is left out, which nobody can see on white.
func light() theme {
	return theme{
		name:  "light",
		paper: rgb(0xffffff), text: rgb(0x333333), quiet: rgb(0x595959), rule: rgb(0xe2e2e2),
		series: []color.NRGBA{
			rgb(0x0072b2), // blue
			rgb(0xd55e00), // vermillion
			rgb(0x009e73), // bluish green
			rgb(0xcc79a7), // reddish purple
			rgb(0xe69f00), // orange
		},
		events: []color.NRGBA{rgb(0x8a4a78), rgb(0xb33c00), rgb(0x006b4e)},
		heat:   []color.NRGBA{rgb(0xe9f1f8), rgb(0xa9cce6), rgb(0x5b9fce), rgb(0x1f6cab), rgb(0x08306b)},
	}
}

// dark has the same hues, light enough for text of 4.5:1 on its paper.
func dark() theme {
	return theme{
		name:  "dark",
		paper: rgb(0x14181d), text: rgb(0xe3e6ea), quiet: rgb(0xaab2bc), rule: rgb(0x343b44),
		series: []color.NRGBA{
			rgb(0x56b4e9),
			rgb(0xf08a4b),
			rgb(0x34c79a),
			rgb(0xe39ac4),
			rgb(0xf0c04a),
		},
		events: []color.NRGBA{rgb(0xd9a3cb), rgb(0xff9a6b), rgb(0x54d3a8)},
		heat:   []color.NRGBA{rgb(0x1d2b3a), rgb(0x24507a), rgb(0x3a86bd), rgb(0x7fb8e0), rgb(0xcbe6fb)},
	}
}

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff}
}

// look is what i looks like.
func (t theme) look(i ink) color.NRGBA {
	c := t.of(i)
	c.A = uint8(float64(c.A)*(1-i.clear) + 0.5)
	return c
}

func (t theme) of(i ink) color.NRGBA {
	switch i.role {
	case paperRole:
		return t.paper
	case quietRole:
		return t.quiet
	case ruleRole:
		return t.rule
	case seriesRole:
		return t.series[i.n%len(t.series)]
	case eventRole:
		return t.events[i.n%len(t.events)]
	case heatRole:
		return between(t.heat, i.n)
	default:
		return t.text
	}
}

// between is the colour at one of the [heatLevels] along stops.
func between(stops []color.NRGBA, level int) color.NRGBA {
	at := float64(level) / (heatLevels - 1) * float64(len(stops)-1)
	n := min(int(at), len(stops)-2)
	mix := func(a, b uint8) uint8 { return uint8(float64(a) + (float64(b)-float64(a))*(at-float64(n)) + 0.5) }
	from, to := stops[n], stops[n+1]
	return color.NRGBA{R: mix(from.R, to.R), G: mix(from.G, to.G), B: mix(from.B, to.B), A: 0xff}
}

// themed is a canvas on which an ink is what it looks like in a theme.
type themed struct {
	vg.CanvasWriterTo
	theme theme
}

// SetColor sets the colour of what is drawn next.
func (c themed) SetColor(x color.Color) {
	if i, ok := x.(ink); ok {
		x = c.theme.look(i)
	}
	c.CanvasWriterTo.SetColor(x)
}
