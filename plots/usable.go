package plots

import "math"

// Usable reports whether v can be drawn: it is a number, and one that a
// measurement may yield.
func Usable(v float64) bool { return math.Abs(v) <= 1e15 }
