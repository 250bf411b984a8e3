package live

import "strings"

// Glyphs are what pictures of a line are made of.
type Glyphs struct {
	bars        []string // of a sparkline, the lowest first
	full, part  string   // of a bar: what is held, and what can be taken over
	free, mark  string
	markCovered string // a mark in what is full
}

// Blocks need a terminal that shows Unicode.
func Blocks() Glyphs {
	return Glyphs{strings.Split("▁▂▃▄▅▆▇█", ""), "█", "▒", "░", "│", "┃"}
}

// ASCII is for all others.
func ASCII() Glyphs {
	return Glyphs{strings.Split("_.-=+*%#", ""), "#", "~", ".", "|", "|"}
}

// GlyphsOf are those that a locale's name permits, as LC_ALL, LC_CTYPE and LANG have it.
// One that is not set permits all: terminals of today show Unicode.
func GlyphsOf(locale string) Glyphs {
	l := strings.ReplaceAll(strings.ToLower(locale), "-", "")
	if locale == "" || strings.Contains(l, "utf8") {
		return Blocks()
	}
	return ASCII()
}
