package figure

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Unmeasured stands for a number that is none, or infinite: 0 would be a claim.
const Unmeasured = "not measured"

// digits is how many significant ones are kept.
const digits = 3

// Number writes v rounded to the nearest: 16.7, 471.
func Number(v float64) string { return text(v, nearest) }

// Limit writes v, which must not be exceeded, rounded down: 16.6, 470.
func Limit(v float64) string { return text(v, down) }

// Exact writes v in full, as it was asked for: 1250.5.
func Exact(v float64) string { return text(v, full) }

// Round returns v rounded to the nearest number of so many significant digits.
func Round(v float64, digits int) float64 { return parsed(strconv.FormatFloat(v, 'g', digits, 64)) }

// Sprintf is [fmt.Sprintf] in which %v of a float64 is its [Number].
func Sprintf(format string, args ...any) string {
	if false {
		_ = fmt.Sprintf(format, args...) // vet checks calls of what forwards to it
	}
	texts := make([]any, len(args))
	for i, a := range args {
		texts[i] = a
		if v, ok := a.(float64); ok {
			texts[i] = Number(v)
		}
	}
	return fmt.Sprintf(format, texts...)
}

// text is what write makes of v, without zeros at its end.
func text(v float64, write func(float64) string) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return Unmeasured
	case v == 0: // which may be -0
		return "0"
	}
	s := write(v)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

func full(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func nearest(v float64) string { return strconv.FormatFloat(v, 'f', places(v), 64) }

func down(v float64) string {
	s := nearest(v)
	if rounded := parsed(s); rounded > v {
		s = strconv.FormatFloat(rounded-math.Pow10(-places(v)), 'f', places(v), 64)
	}
	return s
}

// places is how many decimal places of v there are to keep; v is not 0.
func places(v float64) int {
	_, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', -1, 64), "e")
	n, _ := strconv.Atoi(exponent) // FormatFloat's own
	return max(digits-1-n, 0)
}

// parsed is the number that a text of FormatFloat's stands for.
func parsed(s string) float64 {
	v, _ := strconv.ParseFloat(s, 64)
	return v
}
