package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/term"

	"tcpbench/internal/prose"
	"tcpbench/law/headroom"
)

// screen redraws a table on a terminal.
//
// Note: bubbletea v2 would be a dozen modules for a table without keys; this
// overdraws its lines, and leaves the last ones there when it ends.
type screen struct {
	w             io.Writer
	size          func() (columns, rows int)
	columns, rows int // the size that was drawn for
	drawn         int // lines to be overdrawn
}

// view draws in one write, each line to its end: nothing flickers.
func (s *screen) view(v headroom.View) error {
	var b bytes.Buffer
	b.WriteString(s.back())
	lines := screenLines(v, s.columns)
	lines = lines[:min(len(lines), max(s.rows-1, 1))]
	for _, l := range lines {
		fmt.Fprintf(&b, "%s\x1b[K\r\n", clip(prose.Printable(l), s.columns)) // ECMA-48 EL
	}
	b.WriteString("\x1b[J") // ED
	s.drawn = len(lines)
	_, err := s.w.Write(b.Bytes())
	return err
}

// back moves the cursor to where the first line was. When the terminal has
// another size, its lines have moved: all of it is drawn anew.
func (s *screen) back() string {
	columns, rows := s.size()
	resized := s.drawn > 0 && (columns != s.columns || rows != s.rows)
	s.columns, s.rows = columns, rows
	switch {
	case resized:
		return "\x1b[H\x1b[2J" // CUP, ED
	case s.drawn > 0:
		return fmt.Sprintf("\x1b[%dA", s.drawn) // CUU
	default:
		return ""
	}
}

func screenLines(v headroom.View, columns int) []string {
	out := []string{
		fmt.Sprintf("%s  in use %d, TIME_WAIT %d; %s ports for each source and destination", v.At.Format(time.TimeOnly),
			v.InUse, v.TimeWait, v.Ports()),
		"",
	}
	if len(v.Pairs) == 0 {
		return append(out, "no local port is in use")
	}
	t := v.Table().Fit(columns-1, headroom.Held, "free", "source")
	return append(out, strings.Split(t.String(), "\n")...)
}

// terminalSize is that of the terminal behind w, which may change.
func terminalSize(w io.Writer) (columns, rows int) {
	if f, ok := terminal(w); ok {
		if columns, rows, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 && rows > 0 {
			return columns, rows
		}
	}
	return plainColumns, 24
}
