package plots

import "math"

// usable reports whether v can be drawn: it is a number, and one that a
// measurement may yield.
func usable(v float64) bool { return math.Abs(v) <= 1e15 }
