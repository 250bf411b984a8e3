package plots

import "image/color"

// ink is a colour by what it is for; a [theme] says what it looks like.
type ink struct {
	role role
	n    int // which of the role's

	// clear is how much of what is below shows through, from 0, nothing, to 1.
	clear float64
}

type role int

const (
	textRole   role = iota
	paperRole       // what all is drawn on
	quietRole       // text that stands back
	ruleRole        // faint lines
	seriesRole      // what was measured, one of a few
	eventRole       // a kind of mark
	heatRole        // one of the levels of a heat map
)

// heatLevels is how many colours a heat map has.
const heatLevels = 24

// RGBA is what i looks like in the theme light, as [color.Color].
func (i ink) RGBA() (r, g, b, a uint32) { return light().look(i).RGBA() }

func paper() ink            { return ink{role: paperRole} }
func textInk() ink          { return ink{role: textRole} }
func quiet() ink            { return ink{role: quietRole} }
func rule() ink             { return ink{role: ruleRole} }
func series(n int) ink      { return ink{role: seriesRole, n: n} }
func heatInk(level int) ink { return ink{role: heatRole, n: level} }

// through is c with so much of what is below.
func through(c color.Color, clear float64) color.Color {
	if i, ok := c.(ink); ok {
		i.clear = clear
		return i
	}
	return c
}
