package live

import (
	"fmt"
	"strings"
	"time"

	"tcpbench/internal/figure"
)

// Frame is what a view shows at one moment.
type Frame struct {
	// Title is the name of the run, or of the cell.
	Title string
	// Elapsed is since it began, Total how long it takes at most, and Left how long it
	// will yet take, as far as anybody can tell; 0 where that is not known.
	Elapsed, Total, Left time.Duration
	// Track is what is known of it.
	Track *Track
	// Sweep is what it is a part of; nil for a run alone.
	Sweep *Sweep
	// Agents are the hosts of a fleet; none measures on one.
	Agents []Agent
	// Keys say what can be pressed, each one.
	Keys []string
}

// Sweep is how far a sweep has come.
type Sweep struct {
	Done, Total   int // cells
	Elapsed, Left time.Duration
}

// roomy is from how many columns on figures stand side by side, with their names before
// them; below it, each has a line.
const roomy = 60

// labelled is the width of such a name.
const labelled = 11

// Lines are the frame in so many columns and rows at most, of which none is filled to its
// last column: a terminal would begin another line.
func (f Frame) Lines(columns, rows int, g Glyphs) []Line {
	width := max(columns-1, 1)
	lines := f.narrow(width, g)
	if width >= roomy {
		lines = f.wide(width, g)
	}
	for i := range lines {
		lines[i] = lines[i].clip(width)
	}
	return lines[:min(len(lines), max(rows-1, 1))]
}

// times are how long it has taken, of how long, and what is left.
func (f Frame) times() string {
	s := figure.Span(f.Elapsed.Round(time.Second).Seconds())
	if f.Total > 0 {
		s += " of " + figure.Span(f.Total.Round(time.Second).Seconds())
	}
	return s + left(f.Left, ", about ")
}

// left is what is left; "" where nothing is.
func left(d time.Duration, before string) string {
	if d = d.Round(time.Second); d <= 0 {
		return ""
	}
	return before + figure.Span(d.Seconds()) + " left"
}

// wide is the frame of a terminal with room.
func (f Frame) wide(width int, g Glyphs) []Line {
	times := f.times()
	title := clip(f.Title, width-len(times)-2)
	out := []Line{{{title, Strong}, {spaces(width - Width(title) - len(times)), Plain}, {times, Plain}}}
	t := f.Track
	if t == nil || t.last == nil {
		return append(append(out, Line{{"  starting", Faint}}), f.foot(width, g)...)
	}
	iv := *t.last
	pace := t.pace(iv)
	head := label("rate") + pace + spaces(max(16-len(pace), 2))
	out = append(out, Line{{head, Plain}, {t.spark.draw(min(width-len(head), 100), g), Good}})
	out = append(out, t.wideports(width, g)...)
	if name, p, ok := t.between(); ok {
		out = append(out, p.line(name, width, g))
	}
	var kernel []string
	kernel = append(kernel, waiting(iv)...)
	kernel = append(kernel, fmt.Sprintf("in flight %d", iv.InFlight))
	if l := t.latencies(iv); l != "" {
		kernel = append(kernel, l)
	}
	out = append(out, Line{{label("now") + fitting(width-labelled, "   ", kernel), Plain}})
	if failed := kinds(t.errors); len(failed) > 0 {
		out = append(out, Line{{label("failed"), Plain}, {fitting(width-labelled, ", ", failed), Bad}})
	}
	return append(out, f.foot(width, g)...)
}

// wideports are a bar, and what its marks are and where it is going.
func (t *Track) wideports(width int, g Glyphs) []Line {
	p, ok := t.ports()
	if !ok {
		return nil
	}
	out := []Line{p.line("ports", width, g)}
	marks := []string{fmt.Sprintf("half %d", p.half())}
	if p.safe > 0 {
		marks = append(marks, fmt.Sprintf("safe %d", p.safe))
	}
	if over := p.takeable(); over != "" {
		marks = append(marks, over)
	}
	below := Line{{label("") + strings.Join(marks, ", "), Faint}}
	if f, ok := t.Forecast(); ok {
		below = append(below, Span{"   " + f.Outlook(), outlookStyle(f)})
	}
	return append(out, below)
}

// line is a bar of the ports with its name and their numbers.
func (p ports) line(name string, width int, g Glyphs) Line {
	used := fmt.Sprintf("  %d of %d, %s", p.inUse, p.capacity, p.share())
	bar := append(Line{{label(name), Plain}}, p.bar(min(width-labelled-len(used), 60), g)...)
	return append(bar, Span{used, Plain})
}

// narrow is the frame of a terminal in which each figure has a line.
func (f Frame) narrow(width int, g Glyphs) []Line {
	out := []Line{{{f.Title, Strong}}, {{first(width, f.times(), left(f.Left, "")), Plain}}}
	t := f.Track
	if t == nil || t.last == nil {
		return append(append(out, Line{{"starting", Faint}}), f.foot(width, g)...)
	}
	iv := *t.last
	out = append(out, Line{{t.pace(iv), Plain}}, Line{{t.spark.draw(width, g), Good}})
	if p, ok := t.ports(); ok {
		share := " " + p.share()
		out = append(out, append(p.bar(width-len(share), g), Span{share, Plain}))
		if f, ok := t.Forecast(); ok {
			out = append(out, Line{{f.Outlook(), outlookStyle(f)}})
		}
	}
	if name, p, ok := t.between(); ok {
		share := " " + name + " " + p.share()
		out = append(out, append(p.bar(width-len(share), g), Span{share, Plain}))
	}
	for _, s := range waiting(iv) {
		out = append(out, Line{{s, Plain}})
	}
	if of, p50, p99 := t.latency(iv); p99 != nil {
		out = append(out, Line{{first(width, percentiles(of, p50, p99), percentiles(of, nil, p99),
			percentiles("", nil, p99)), Plain}})
	}
	for _, failed := range kinds(t.errors) {
		_, errno, _ := strings.Cut(failed, ": ")
		out = append(out, Line{{first(width, failed, errno), Bad}})
	}
	return append(out, f.foot(width, g)...)
}

// foot are the agents, how far the sweep is, and what can be pressed.
func (f Frame) foot(width int, g Glyphs) []Line {
	out := f.agents(width)
	if s := f.Sweep; s != nil {
		cells := fmt.Sprintf("%d of %d cells", s.Done, s.Total)
		text := first(width, cells+left(s.Left, ", about "), cells)
		full, room := 0, max(min(width-len(text)-1, 30), 0)
		if total := s.Elapsed + s.Left; total > 0 {
			full = int(time.Duration(room) * s.Elapsed / total)
		}
		bar := strings.Repeat(g.full, full) + strings.Repeat(g.free, room-full)
		if bar != "" {
			bar += " "
		}
		out = append(out, Line{{bar, Faint}, {text, Plain}})
	}
	if len(f.Keys) > 0 {
		out = append(out, Line{{fitting(width, ", ", f.Keys), Faint}})
	}
	return out
}

// label is the name of a figure, before it.
func label(s string) string { return "  " + s + spaces(labelled-2-len(s)) }

// first is the first of the texts that fits into so many columns, else the last.
func first(columns int, texts ...string) string {
	for _, s := range texts {
		if Width(s) <= columns {
			return s
		}
	}
	return texts[len(texts)-1]
}

// fitting are as many of the texts, joined, as fit into so many columns.
func fitting(columns int, between string, texts []string) string {
	out := ""
	for i, s := range texts {
		if i > 0 {
			s = between + s
		}
		if Width(out)+Width(s) > columns {
			break
		}
		out += s
	}
	return out
}
