package prose

import (
	"strings"
	"unicode"
)

// Printable is s with what has no place in a line, a picture or XML replaced.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
