package prose

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
)

// Printable is s with what has no place in a line, a picture or XML replaced:
// controls of a terminal (C0, DEL, and C1 as U+0080 to 9F or as bytes), what turns
// the direction of text, and ends of lines.
func Printable(s string) string { return strings.Map(printable, strings.ToValidUTF8(s, "?")) }

// PrintableLines is the same of a text of several lines.
func PrintableLines(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		return printable(r)
	}, strings.ToValidUTF8(s, "?"))
}

func printable(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case !unicode.IsPrint(r): // categories C, Zl and Zp, of which Cf turns text around
		return '?'
	}
	return r
}

// EscapeJSON writes as \u what encoding/json leaves in strings and a terminal
// would act upon. It is the same value.
func EscapeJSON(encoded []byte) []byte {
	unprintable := func(r rune) bool { return r >= 0x7f && !unicode.IsPrint(r) }
	if bytes.IndexFunc(encoded, unprintable) < 0 {
		return encoded
	}
	var b bytes.Buffer
	for _, r := range string(encoded) {
		switch {
		case !unprintable(r):
			b.WriteRune(r)
		case r > 0xffff:
			hi, lo := surrogates(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, hi, lo)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes()
}

// surrogates are r, which is beyond U+FFFF, in UTF-16 (RFC 8259, 7).
func surrogates(r rune) (hi, lo rune) {
	r -= 0x1_0000
	return 0xd800 + r>>10, 0xdc00 + r&0x3ff
}
