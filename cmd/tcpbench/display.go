package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"tcpbench/experiment/sweep"
	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/metrics"
	"tcpbench/report/view"
	"tcpbench/results"
	"tcpbench/scenario"
)

// display shows how a run or a sweep goes. A terminal gets a few lines that
// redraw themselves; anything else gets a line when a cell of a sweep ends.
type display struct {
	w        io.Writer
	now      func() time.Time
	redraws  bool
	columns  func() int // the terminal's width, which may change
	drawn    int        // lines on the terminal that are to be overdrawn
	state    progress
	runsOnly bool // a single run: nothing is counted
}

func newDisplay(w io.Writer, now func() time.Time) *display {
	_, tty := terminal(w)
	return &display{w: w, now: now, redraws: tty, columns: func() int { return columns(w) }}
}

func (d *display) beginRun(w scenario.Workload) {
	d.runsOnly = true
	d.state = progress{total: 1, started: d.now(), cellStarted: d.now(), workload: w, name: "run"}
	d.draw()
}

func (d *display) beginSweep(s *sweep.Sweep) {
	d.state = progress{total: len(s.Cells()), done: len(s.Cells()) - s.Left(), started: d.now()}
	for i, c := range s.Cells() {
		if s.Index.Cells[i].Status != results.Done {
			d.state.left = append(d.state.left, c)
		}
	}
	d.draw()
}

func (d *display) beginCell(i int, c scenario.Cell) {
	d.state.begin(i, c, d.now())
	d.draw()
}

func (d *display) interval(iv metrics.Interval) {
	d.state.last = &iv
	d.draw()
}

func (d *display) endCell(i int, r *results.Run, err error) {
	d.clear()
	fmt.Fprintln(d.w, prose.Printable(d.state.end(i, r, err, d.now())))
	d.draw()
}

// end removes what redraws itself.
func (d *display) end() { d.clear() }

func (d *display) draw() {
	if !d.redraws {
		return
	}
	d.clear()
	lines := d.state.lines(d.now(), d.columns())
	if d.runsOnly {
		lines = lines[1:]
	}
	for _, l := range lines {
		fmt.Fprintln(d.w, prose.Printable(l))
	}
	d.drawn = len(lines)
}

// clear takes the lines that were drawn off the terminal: cursor up, erase to
// the end of the screen (ECMA-48 CUU, ED).
func (d *display) clear() {
	if d.drawn > 0 {
		control(d.w, fmt.Sprintf("\x1b[%dA\x1b[J", d.drawn))
		d.drawn = 0
	}
}

// progress is the state that a display shows.
type progress struct {
	total, done          int
	index                int
	name                 string
	workload             scenario.Workload
	left                 []scenario.Cell // with the current one
	last                 *metrics.Interval
	started, cellStarted time.Time
}

func (p *progress) begin(i int, c scenario.Cell, now time.Time) {
	p.index, p.name, p.workload = i, c.Title, c.Workload
	p.last = nil
	p.cellStarted = now
}

// end is the line that tells how a cell ended.
func (p *progress) end(i int, r *results.Run, err error, now time.Time) string {
	p.done++
	if len(p.left) > 0 {
		p.left = p.left[1:]
	}
	took := now.Sub(p.cellStarted).Round(100 * time.Millisecond)
	head := fmt.Sprintf("[%*d/%d] %s", len(fmt.Sprint(p.total)), i+1, p.total, p.name)
	if err != nil {
		return fmt.Sprintf("%s: failed after %s: %v", head, took, err)
	}
	return fmt.Sprintf("%s: %s, %s", head, shortOutcome(r), took)
}

// shortOutcome is a result in a few words.
func shortOutcome(r *results.Run) string {
	f := r.Exhaustion
	switch {
	case r.Interrupted:
		return "interrupted"
	case !r.Succeeded():
		return "failed: " + r.Verdict.Headline
	case f == nil:
		return speed(r)
	case f.Exhausted && f.AfterConnections != nil:
		return fmt.Sprintf("out of ports%s after %d connections%s", f.OnHost(), *f.AfterConnections,
			inBrackets(f.Errno))
	default:
		return fmt.Sprintf("%s at %s", view.Outcome(r), speed(r))
	}
}

func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// speed is what a result comes to in a second.
func speed(r *results.Run) string {
	s := figure.Number(r.Rates.ConnectionsPerSecond) + " connections/s"
	switch r.Options.Mode {
	case scenario.ModeKeepalive:
		s = figure.Number(r.Rates.RequestsPerSecond) + " requests/s"
	case scenario.ModeIdle:
		if d := r.Latency.Dead; d != nil {
			return fmt.Sprintf("%d connections found dead within %s", d.Count, figure.Micros(d.MaxUS))
		}
		s = fmt.Sprintf("%d connections held", r.Totals.Succeeded)
	}
	if doubt := r.Doubt(); doubt != "" {
		s += ", in part the generator's own: " + doubt
	}
	return s
}

// lines are the bar with the time left, and the current cell.
func (p *progress) lines(now time.Time, columns int) []string {
	out := []string{p.bar(now, columns),
		clip(fmt.Sprintf("%s  %s", p.name, now.Sub(p.cellStarted).Round(time.Second)), columns)}
	iv := p.last
	if iv == nil {
		return append(out, clip("  starting", columns))
	}
	s := "  " + p.pace(iv)
	if iv.TimeWait != nil {
		s += fmt.Sprintf("  TIME_WAIT %6d", *iv.TimeWait)
	}
	if iv.PortsInUse != nil && iv.PortsCapacity != nil {
		s += fmt.Sprintf("  ports %6d of %d", *iv.PortsInUse, *iv.PortsCapacity)
	}
	if name, p99 := p.slowest(iv); p99 != nil {
		s += "  " + name + " p99 " + figure.Micros(*p99)
	}
	return append(out, clip(s, columns))
}

// pace is what a run is for: connections, requests, or connections held.
func (p *progress) pace(iv *metrics.Interval) string {
	switch p.workload.Mode {
	case scenario.ModeKeepalive:
		return fmt.Sprintf("%8s req/s on %d connections", figure.Number(iv.RequestsPerSecond), iv.InFlight)
	case scenario.ModeIdle:
		s := fmt.Sprintf("%8d held", iv.InFlight)
		if iv.Failed > 0 {
			s += fmt.Sprintf("  %d lost or failed", iv.Failed)
		}
		return s
	default:
		return fmt.Sprintf("%8s conn/s", figure.Number(iv.ConnectionsPerSecond))
	}
}

// slowest is the latency that tells most of a run: from the planned start in
// an open loop, else of what it is for.
func (p *progress) slowest(iv *metrics.Interval) (string, *float64) {
	switch {
	case iv.ResponseP99US != nil:
		return "response", iv.ResponseP99US
	case p.workload.Mode == scenario.ModeKeepalive:
		return "request", iv.RequestP99US
	default:
		return "connect", iv.ConnectP99US
	}
}

// bar is filled by time: what has passed of what has passed and is left.
func (p *progress) bar(now time.Time, columns int) string {
	const width = 30
	elapsed, left := now.Sub(p.started), p.timeLeft(now)
	full := 0
	if total := elapsed + left; total > 0 {
		full = int(width * elapsed / total)
	}
	s := fmt.Sprintf("[%s%s] %d of %d cells", strings.Repeat("#", full), strings.Repeat(".", width-full),
		p.done, p.total)
	if left > 0 {
		s += fmt.Sprintf(", about %s left", left.Round(time.Second))
	}
	return clip(s, columns)
}

// clip cuts a line to the terminal's width: a wrapped line could not be
// overdrawn.
func clip(s string, columns int) string {
	r := []rune(s)
	return string(r[:min(len(r), max(columns-1, 1))])
}
