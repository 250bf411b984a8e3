package main

import (
	"io"
	"os"

	"golang.org/x/term"

	"tcpbench/internal/prose"
)

// plainColumns is where lines end when the output is not a terminal.
const plainColumns = 100

// terminal returns the file behind w when it is a terminal.
func terminal(w io.Writer) (*os.File, bool) {
	f, ok := unguarded(w).(*os.File)
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

// unguarded is the writer behind a guard, for what is this program's own: the
// control of a terminal, and lines that were made printable.
func unguarded(w io.Writer) io.Writer {
	if g, ok := w.(*prose.Guard); ok {
		return g.Unwrap()
	}
	return w
}

// control writes to a terminal what it is to act upon, of this program's own, with texts
// that were made printable.
func control(w io.Writer, sequence string) error {
	if g, ok := w.(*prose.Guard); ok {
		return g.Control(sequence)
	}
	_, err := io.WriteString(w, sequence)
	return err
}
