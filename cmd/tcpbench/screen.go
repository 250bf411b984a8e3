package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/term"

	"tcpbench/law/headroom"
	"tcpbench/report/live"
)

// screen redraws a table on a terminal, and leaves it there when it ends.
type screen struct{ painter }

// show draws the lines that fit so many columns and rows.
func (s *screen) show(lines func(columns, rows int) []string) error {
	return s.paint(func(columns, rows int) []live.Line {
		var out []live.Line
		for _, l := range lines(columns, rows) {
			out = append(out, live.Text(l, columns))
		}
		return out[:min(len(out), max(rows-1, 1))]
	})
}

func screenLines(v headroom.View, columns, _ int) []string {
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
