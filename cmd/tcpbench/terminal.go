package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// plainColumns is where lines end when the output is not a terminal.
const plainColumns = 100

// terminal returns the file behind w when it is a terminal.
func terminal(w io.Writer) (*os.File, bool) {
	f, ok := w.(*os.File)
	return f, ok && term.IsTerminal(int(f.Fd()))
}

// columns is the width to fit lines into.
func columns(w io.Writer) int {
	if f, ok := terminal(w); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return min(width, 120)
		}
	}
	return plainColumns
}
