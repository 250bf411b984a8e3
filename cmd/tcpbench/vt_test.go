package main

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"tcpbench/report/live"
)

// vt is what a terminal shows of what was written to it, with as much of ECMA-48 as this
// program uses. A sequence that it does not know is an error.
type vt struct {
	columns, rows int
	reflows       bool // lines are wrapped anew when it is resized, as most do; xterm cuts them

	lines   []vtLine // what was scrolled off, and the screen
	top     int      // the first line of the screen
	line    int      // the cursor's
	column  int
	pending bool // the next character begins a line
	bytes   []byte
	unknown []string
}

type vtLine struct {
	text  []rune
	wraps bool // it goes on in the next one
}

func newVT(columns, rows int, reflows bool) *vt {
	return &vt{columns: columns, rows: rows, reflows: reflows, lines: make([]vtLine, 1)}
}

func (v *vt) Write(p []byte) (int, error) {
	v.bytes = append(v.bytes, p...)
	for len(v.bytes) > 0 {
		n := v.step()
		if n == 0 {
			break
		}
		v.bytes = v.bytes[n:]
	}
	return len(p), nil
}

// step takes in a character or a sequence; 0 where it has not arrived whole.
func (v *vt) step() int {
	switch b := v.bytes[0]; b {
	case '\r':
		v.column, v.pending = 0, false
		return 1
	case '\n':
		v.column, v.pending = 0, false // as a tty has it (termios(3), ONLCR)
		v.down()
		return 1
	case 0x1b:
		return v.sequence()
	}
	if !utf8.FullRune(v.bytes) {
		return 0
	}
	r, n := utf8.DecodeRune(v.bytes)
	v.put(r)
	return n
}

// sequence is ESC [ parameters and a letter.
func (v *vt) sequence() int {
	for i := 2; i < len(v.bytes); i++ {
		if b := v.bytes[i]; b >= '@' && b <= '~' {
			v.control(b, string(v.bytes[2:i]))
			return i + 1
		}
	}
	return 0
}

func (v *vt) control(final byte, parameters string) {
	n, _ := strconv.Atoi(parameters)
	at := &v.lines[v.line]
	switch {
	case final == 'A':
		v.line, v.pending = max(v.line-max(n, 1), v.top), false
	case final == 'H' && parameters == "":
		v.line, v.column, v.pending = v.top, 0, false
	case final == 'J' && n == 0:
		at.text, at.wraps = at.text[:min(len(at.text), v.column)], false
		for i := v.line + 1; i < len(v.lines); i++ {
			v.lines[i] = vtLine{}
		}
	case final == 'J' && n == 2:
		for i := v.top; i < len(v.lines); i++ {
			v.lines[i] = vtLine{}
		}
	case final == 'K' && n == 0:
		if !v.pending {
			at.text, at.wraps = at.text[:min(len(at.text), v.column)], false
		}
	case final == 'm':
	default:
		v.unknown = append(v.unknown, fmt.Sprintf("ESC [ %s %c", parameters, final))
	}
}

func (v *vt) put(r rune) {
	if v.pending {
		v.lines[v.line].wraps = true
		v.column, v.pending = 0, false
		v.down()
	}
	at := &v.lines[v.line]
	for len(at.text) <= v.column {
		at.text = append(at.text, ' ')
	}
	at.text[v.column] = r
	if v.column++; v.column >= v.columns {
		v.column, v.pending = v.columns-1, true
	}
}

func (v *vt) down() {
	if v.line++; v.line == len(v.lines) {
		v.lines = append(v.lines, vtLine{})
	}
	v.top = max(v.top, v.line-v.rows+1)
}

// resize is what a user does to the window.
func (v *vt) resize(columns, rows int) {
	for n := len(v.lines) - 1; n > v.line && len(v.lines[n].text) == 0; n-- {
		v.lines = v.lines[:n] // blank lines below the cursor go first
	}
	switch {
	case columns != v.columns && v.reflows:
		v.reflow(columns)
	case columns != v.columns:
		for i, l := range v.lines {
			v.lines[i] = vtLine{text: l.text[:min(len(l.text), columns)]}
		}
		v.column = min(v.column, columns-1)
	}
	if v.columns, v.rows, v.pending = columns, rows, false; v.reflows {
		v.top = max(len(v.lines)-rows, 0) // what had been scrolled off comes back
	}
	v.top = max(v.top, v.line-rows+1)
}

// reflow wraps all lines anew. The cursor is at the beginning of a line, as this program
// leaves it.
func (v *vt) reflow(columns int) {
	var out []vtLine
	line := 0
	for i := 0; i < len(v.lines); i++ {
		whole := v.lines[i].text
		if i == v.line {
			line = len(out)
		}
		for v.lines[i].wraps {
			i++
			whole = append(whole[:len(whole):len(whole)], v.lines[i].text...)
		}
		for ; len(whole) > columns; whole = whole[columns:] {
			out = append(out, vtLine{whole[:columns], true})
		}
		out = append(out, vtLine{text: whole})
	}
	v.lines, v.line = out, line
}

// screen is what is to be seen, without blanks at the ends.
func (v *vt) screen() string {
	var out []string
	for _, l := range v.lines[min(v.top, len(v.lines)):min(v.top+v.rows, len(v.lines))] {
		out = append(out, strings.TrimRight(string(l.text), " "))
	}
	return strings.TrimRight(strings.Join(out, "\n"), "\n")
}

func TestTheModelOfATerminal(t *testing.T) {
	tests := []struct {
		name, written string
		reflows       bool
		columns, rows int // 0 as it was
		want          string
	}{
		{"lines", "a\r\nb\r\n", true, 0, 0, "a\nb"},
		{"a line that is full does not begin another one", "12345678\r\nb", true, 0, 0, "12345678\nb"},
		{"a longer one does", "123456789", true, 0, 0, "12345678\n9"},
		{"up and over", "a\r\nb\r\n\x1b[2Ac\x1b[K\r\n", true, 0, 0, "c\nb"},
		{"erased to the end", "a\r\nb\r\nc\r\n\x1b[2A\x1b[J", true, 0, 0, "a"},
		{"what scrolls off", "1\r\n2\r\n3\r\n4\r\n5", true, 0, 0, "2\n3\n4\n5"},
		{"narrower, wrapped", "123456\r\nb\r\n", true, 4, 4, "1234\n56\nb"},
		{"narrower, cut", "123456\r\nb\r\n", false, 4, 4, "1234\nb"},
		{"wider, wrapped lines are joined", "1234567890\r\n", true, 20, 4, "1234567890"},
		{"lower", "1\r\n2\r\n3", true, 8, 2, "2\n3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := newVT(8, 4, tt.reflows)
			fmt.Fprint(v, tt.written)
			if tt.columns > 0 {
				v.resize(tt.columns, tt.rows)
			}
			if got := v.screen(); got != tt.want || len(v.unknown) > 0 {
				t.Errorf("the screen is\n%s\nwant\n%s\n(unknown: %q)", got, tt.want, v.unknown)
			}
		})
	}
}

// onTerminal are lines that know the width that they were made for.
func onTerminal(n int) func(columns, rows int) []live.Line {
	return func(columns, rows int) []live.Line {
		var out []live.Line
		for i := range min(n, rows-1) {
			out = append(out, live.Text(fmt.Sprintf("view %d%s", i+1, strings.Repeat(".", columns)), columns))
		}
		return out
	}
}

// Whatever happens to the window, the screen has the last lines that stay, and the view
// once.
func TestAResizeLeavesNothingBehind(t *testing.T) {
	sizes := [][2]int{{40, 12}, {41, 12}, {39, 12}, {20, 12}, {80, 12}, {80, 6}, {80, 24}, {21, 5}, {40, 12}, {7, 3},
		{40, 12}, {200, 50}, {20, 4}, {20, 12}}
	for _, reflows := range []bool{true, false} {
		t.Run(fmt.Sprintf("reflows=%v", reflows), func(t *testing.T) {
			v := newVT(sizes[0][0], sizes[0][1], reflows)
			p := &painter{w: v, size: func() (int, int) { return v.columns, v.rows }}
			fmt.Fprint(v, "$ tcpbench sweep\r\n")
			for i, size := range sizes {
				v.resize(size[0], size[1])
				wantView(t, v, p, 4, fmt.Sprintf("at %dx%d", size[0], size[1]))
				if err := p.stay(fmt.Sprintf("cell %d", i+1)); err != nil {
					t.Fatal(err)
				}
				wantView(t, v, p, 3, fmt.Sprintf("at %dx%d, after a cell", size[0], size[1]))
			}
			if err := p.clear(); err != nil {
				t.Fatal(err)
			}
			if got := v.screen(); strings.Contains(got, "view") {
				t.Errorf("after the end the screen is\n%s\nwant nothing of the view", got)
			}
			if len(v.unknown) > 0 {
				t.Errorf("the terminal does not know %q", v.unknown)
			}
		})
	}
}

// wantView paints so many lines, and looks at the screen.
func wantView(t *testing.T, v *vt, p *painter, n int, when string) {
	t.Helper()
	if err := p.paint(onTerminal(n)); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(v.screen(), "\n")
	var want []string
	for _, l := range onTerminal(n)(v.columns, v.rows) {
		want = append(want, l.String())
	}
	at := len(lines) - len(want)
	if at < 0 || strings.Join(lines[at:], "\n") != strings.Join(want, "\n") {
		t.Fatalf("%s the screen is\n%s\nwant it to end in\n%s", when, v.screen(), strings.Join(want, "\n"))
	}
	last := 0
	for _, l := range lines[:at] {
		if cell := 0; strings.Contains(l, ".") {
			t.Fatalf("%s the screen is\n%s\nwhich has more of the view than once", when, v.screen())
		} else if _, err := fmt.Sscanf(l, "cell %d", &cell); err == nil {
			if last > 0 && cell != last+1 {
				t.Fatalf("%s the screen is\n%s\nwhose cells are not one after the other", when, v.screen())
			}
			last = cell
		}
	}
	if room := at > 1 && len(p.above) > 0; room && last != len(p.above) {
		t.Fatalf("%s the screen is\n%s\nwant cell %d above the view", when, v.screen(), len(p.above))
	}
}
