package main

import (
	"fmt"
	"io"
	"strings"

	"tcpbench/report/live"
)

// painter keeps lines at the bottom of what a terminal shows and overdraws them, all in
// one write and each to its end: nothing flickers.
//
// Note: bubbletea v2 draws the same.
type painter struct {
	w       io.Writer
	size    func() (columns, rows int)
	colours bool

	above         []string // the last lines that stay above, which a resize draws again
	drawn         []int    // the width of each line that is there, in columns
	columns, rows int      // the size that they were drawn for
	scrolled      bool     // wrapped ones may have been scrolled off, and come back
}

// aboveMost is how many lines are kept to be drawn again: more than a terminal has rows.
const aboveMost = 200

// paint draws lines for the size that the terminal has now.
func (p *painter) paint(lines func(columns, rows int) []live.Line) error {
	var b strings.Builder
	columns, rows := p.size()
	now := lines(columns, rows)
	b.WriteString(p.back(columns, rows, len(now)))
	p.drawn = p.drawn[:0]
	for _, l := range now {
		b.WriteString(l.Paint(p.colours) + "\x1b[K\r\n") // ECMA-48 EL
		p.drawn = append(p.drawn, l.Width())
	}
	b.WriteString("\x1b[J") // ED
	p.columns, p.rows = columns, rows
	return control(p.w, b.String())
}

// stay writes a line above those that are overdrawn.
func (p *painter) stay(line string) error {
	err := p.clear()
	p.above = append(p.above, line)
	p.above = p.above[max(len(p.above)-aboveMost, 0):]
	if _, writeErr := fmt.Fprintln(p.w, line); err == nil {
		err = writeErr
	}
	return err
}

// clear takes the lines off the terminal.
func (p *painter) clear() error {
	if len(p.drawn) == 0 {
		return nil
	}
	columns, rows := p.size()
	back := p.back(columns, rows, 0)
	p.drawn = p.drawn[:0]
	return control(p.w, back+"\x1b[J")
}

// forget leaves the lines that are there where they are: others have written since.
func (p *painter) forget() { p.drawn = p.drawn[:0] }

// back moves the cursor to where the first line was. Lines that a smaller terminal has
// wrapped or moved off its screen are not to be found again: all of the screen is cleared
// then, and what had stayed above is drawn again as far as it fits above so many lines.
func (p *painter) back(columns, rows, lines int) string {
	switch {
	case len(p.drawn) == 0:
		return ""
	case p.moved(columns, rows):
		p.scrolled = true
		return "\x1b[H\x1b[2J" + p.again(columns, rows-lines-1) // CUP, ED
	default:
		return fmt.Sprintf("\x1b[%dA\r", len(p.drawn)) // CUU
	}
}

func (p *painter) moved(columns, rows int) bool {
	if p.scrolled && (columns != p.columns || rows != p.rows) {
		return true
	}
	for _, width := range p.drawn {
		if width > columns {
			return true
		}
	}
	return len(p.drawn) >= rows && rows != p.rows
}

// again are the last lines above that fit into so many rows.
func (p *painter) again(columns, rows int) string {
	out := ""
	for i := len(p.above) - 1; i >= 0; i-- {
		line := live.Line{{Text: p.above[i]}}
		if rows -= max(1, (line.Width()+columns-1)/max(columns, 1)); rows < 0 {
			break
		}
		out = line.String() + "\r\n" + out
	}
	return out
}
