package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"

	"tcpbench/internal/figure"
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
		fmt.Fprintf(&b, "%s\x1b[K\r\n", clip(l, s.columns)) // ECMA-48 EL
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
		fmt.Sprintf("%s  in use %d, TIME_WAIT %d; %d ports for each source and destination", v.At.Format(time.TimeOnly), v.InUse, v.TimeWait, v.Capacity),
		"",
	}
	if len(v.Pairs) == 0 {
		return append(out, "no local port is in use")
	}
	cols := pairColumns()
	lines := renderPairs(v, cols)
	for _, spare := range []string{"held", "free", "source"} {
		if text.LongestLineLen(strings.Join(lines, "\n")) < columns {
			break
		}
		cols = slices.DeleteFunc(cols, func(c pairColumn) bool { return c.name == spare })
		lines = renderPairs(v, cols)
	}
	return append(out, lines...)
}

// pairColumn is what a table tells of every pair, and of all others.
type pairColumn struct {
	name  string
	right bool // numbers
	cell  func(headroom.Status) any
	other func(headroom.Rest) any // nil where there is nothing to tell
}

func pairColumns() []pairColumn {
	return []pairColumn{
		{"source", false, func(s headroom.Status) any { return s.Source }, nil},
		{"destination", false, func(s headroom.Status) any { return s.Destination }, func(r headroom.Rest) any { return fmt.Sprintf("%d others", r.Pairs) }},
		{"in use", true, func(s headroom.Status) any { return s.InUse }, func(r headroom.Rest) any { return r.InUse }},
		{"TIME_WAIT", true, func(s headroom.Status) any { return s.TimeWait }, func(r headroom.Rest) any { return r.TimeWait }},
		{"free", true, func(s headroom.Status) any { return s.Free() }, nil},
		{"/s", true, func(s headroom.Status) any { return figure.Number(s.TimeWaitsPerSecond) }, nil},
		{"held", false, func(s headroom.Status) any { return gauge(s.HeldPercent()) }, nil},
		{"headroom", false, func(s headroom.Status) any { return s.Outlook() }, nil},
	}
}

func renderPairs(v headroom.View, cols []pairColumn) []string {
	tw := table.NewWriter()
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatDefault
	tw.SetStyle(style)
	var header, other table.Row
	var configs []table.ColumnConfig
	for i, c := range cols {
		header = append(header, c.name)
		if c.other != nil {
			other = append(other, c.other(v.Other))
		} else {
			other = append(other, "")
		}
		if c.right {
			configs = append(configs, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
		}
	}
	tw.AppendHeader(header)
	tw.SetColumnConfigs(configs)
	for _, s := range v.Pairs {
		var row table.Row
		for _, c := range cols {
			row = append(row, c.cell(s))
		}
		tw.AppendRow(row)
	}
	if v.Other.Pairs > 0 {
		tw.AppendRow(other)
	}
	var lines []string
	for l := range strings.SplitSeq(tw.Render(), "\n") {
		lines = append(lines, strings.TrimRight(l, " "))
	}
	return lines
}

// gauge is a bar with a mark at the half, where the knee is.
func gauge(percent int) string {
	const width = 10
	bar := []byte(strings.Repeat(".", width))
	bar[width/2] = '|'
	for i := range min(width*percent/100, width) {
		bar[i] = '#'
	}
	return fmt.Sprintf("%s %3d %%", bar, percent)
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
