package scenario

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseNumber reads a decimal number that is not negative and may end in k
// (thousand) or m (million): 500, 0.5, 1.5k. It is the nearest float64 to
// what was written.
func ParseNumber(s string) (float64, error) {
	digits, exponent := s, ""
	switch {
	case strings.HasSuffix(s, "k"):
		digits, exponent = s[:len(s)-1], "e3"
	case strings.HasSuffix(s, "m"):
		digits, exponent = s[:len(s)-1], "e6"
	}
	if whole, part, point := strings.Cut(digits, "."); isDigits(whole) && (!point || isDigits(part)) {
		if v, err := strconv.ParseFloat(digits+exponent, 64); err == nil {
			return v, nil
		}
	}
	return 0, fmt.Errorf("%q is not a number such as 500, 1.5k or 2m", s)
}

// isDigits reports whether s is one decimal digit or more.
func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
