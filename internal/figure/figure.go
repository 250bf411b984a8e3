// Package figure writes numbers as verdicts and plans tell them.
package figure

import "fmt"

// Seconds prints a time of s seconds with three significant digits, in ms
// below a second; from 100 s on whole.
func Seconds(s float64) string {
	switch {
	case s < 0.9995: // what three digits do not round up to a second
		return fmt.Sprintf("%.3g ms", s*1e3)
	case s < 100:
		return fmt.Sprintf("%.3g s", s)
	default:
		return fmt.Sprintf("%.0f s", s)
	}
}

// Plural prints n of what noun names, whose plural ends in s.
func Plural[N int | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
