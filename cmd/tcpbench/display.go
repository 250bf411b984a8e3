package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/fleet"
	"tcpbench/experiment/sweep"
	"tcpbench/internal/prose"
	"tcpbench/law/capacity"
	"tcpbench/metrics"
	"tcpbench/report/live"
	"tcpbench/results"
	"tcpbench/scenario"
)

// display shows how a run or a sweep goes. A terminal gets a few lines that redraw
// themselves, and keys; anything else gets a line for each interval or 10 s, and when a
// cell ends. It is safe for concurrent use.
type display struct {
	w      io.Writer
	now    func() time.Time
	silent bool // nothing is shown

	mu     sync.Mutex
	state  progress
	view   *painter // nil where nothing redraws itself
	glyphs live.Glyphs
	plain  *plain // nil where intervals get no lines
	dirty  bool   // something is to be drawn
	drawn  time.Time

	fleet *fleet.Fleet // nil where this host measures
	keys  keyboard
	lawOf func(cell.Spec) *capacity.Settings

	cancel context.CancelFunc // ends the run
	skip   context.CancelFunc // ends the cell; nil where there is no next one
	stop   func()             // ends what [display.open] began
}

// The least time between two frames, and how often it is looked at whether one is due.
const (
	frameEvery = 200 * time.Millisecond
	lookEvery  = 200 * time.Millisecond
)

// newDisplay shows what --progress says on stderr.
func newDisplay(s streams, mode string) *display {
	d := &display{w: s.err, now: time.Now, silent: mode == progressNone, cancel: func() {}, stop: func() {},
		lawOf: s.lawOf}
	if s.kernel != nil {
		d.fleet = s.kernel.fleet
	}
	if mode == progressPlain || mode == progressAuto {
		d.plain = &plain{}
	}
	if mode == progressAuto && s.redraws(os.Getenv) {
		d.glyphs = live.GlyphsOf(cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_CTYPE"), os.Getenv("LANG")))
		d.view = &painter{w: s.err, size: func() (int, int) { return terminalSize(s.err) },
			colours: os.Getenv("NO_COLOR") == ""}
		d.keys, d.plain = s.keyboard(), nil
	}
	return d
}

// redraws reports whether stderr is a terminal on which lines can be overdrawn: one that
// knows how to, says how wide it is, and shows nobody else's lines now.
func (s streams) redraws(getenv func(string) string) bool {
	f, tty := terminal(s.err)
	if name := getenv("TERM"); !tty || name == "" || name == "dumb" {
		return false
	}
	columns, rows, err := term.GetSize(int(f.Fd()))
	return err == nil && columns > 0 && rows > 1 && (s.kernel == nil || s.kernel.foreground(f))
}

// open begins to take keys, and to redraw while nothing happens, until d.end. The context
// that it returns is done when ctx is, or when somebody has pressed q.
func (d *display) open(ctx context.Context) context.Context {
	ctx, d.cancel = context.WithCancel(ctx)
	over := make(chan struct{})
	quiet := outlivesReader()
	var all sync.WaitGroup
	if d.view != nil {
		all.Go(func() { d.look(over) }) // ended by stop
	}
	back := func() {}
	if d.fleet != nil {
		back = d.fleet.Redirect(func(line string) { d.tell("fleet: " + line) })
	}
	d.stop = sync.OnceFunc(func() {
		back()
		close(over)
		d.keys.close()
		all.Wait()
		quiet()
		d.cancel()
	})
	return ctx
}

// look draws when it is time to, and takes keys, until over is closed.
func (d *display) look(over <-chan struct{}) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-over:
			return
		case key := <-d.keys.pressed:
			d.press(key)
		case <-d.keys.resumed: // others have written on the terminal
			d.mu.Lock()
			d.view.forget()
			d.draw()
			d.mu.Unlock()
		case <-tick.C:
			d.mu.Lock()
			d.due()
			d.mu.Unlock()
		}
	}
}

// press does what a key is for.
func (d *display) press(key byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case key == 'q':
		d.state.ending = true
		d.cancel()
	case key == 'n' && d.skip != nil:
		d.state.ending = true
		d.skip()
	default:
		return
	}
	d.draw()
}

// due draws what has changed, and the time once a second.
func (d *display) due() {
	columns, rows := d.view.size()
	resized := columns != d.view.columns || rows != d.view.rows
	since := d.now().Sub(d.drawn)
	if resized || d.dirty && since >= frameEvery || since >= time.Second {
		d.draw()
	}
}

// beginRun shows a run alone.
func (d *display) beginRun(s cell.Spec) { d.beginNamed("run", s.Workload, d.lawOf(s)) }

// beginNamed shows a run that is not a cell of a sweep. A nil law is not known.
func (d *display) beginNamed(name string, w scenario.Workload, law *capacity.Settings) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := scenario.Cell{Title: name, Workload: w}
	d.state = progress{total: 1, started: d.now(), left: []scenario.Cell{c}}
	d.state.begin(0, c, law, d.now())
	d.plain.begin(w, longest(w), "")
	d.draw()
}

func (d *display) beginSweep(s *sweep.Sweep) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state = progress{sweep: true, total: len(s.Cells()), done: len(s.Cells()) - s.Left(), started: d.now()}
	for i, c := range s.Cells() {
		if s.Index.Cells[i].Status != results.Done {
			d.state.left = append(d.state.left, c)
		}
	}
}

func (d *display) beginCell(i int, c scenario.Cell) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state.begin(i, c, d.lawOf(cell.Of(c.Workload, c.Programs)), d.now())
	d.state.ending = false
	d.plain.begin(c.Workload, d.state.timeLeft(d.now())+d.now().Sub(d.state.started), d.state.number(i)+" ")
	d.draw()
}

func (d *display) interval(iv metrics.Interval) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state.interval(iv)
	if line := d.plain.line(d.state.track, iv); line != "" {
		d.say(line)
	}
	if d.dirty = true; d.view != nil {
		d.due()
	}
}

func (d *display) endCell(i int, r *results.Run, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rest()
	d.skip = nil
	d.say(d.state.end(i, r, err, d.now()))
	d.draw()
}

// endRun says what of a run has not been said.
func (d *display) endRun() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rest()
}

// kept has a fleet forget what its agents measured of a run that is on disk now; err is of keeping it.
func (d *display) kept(err error) {
	if d.fleet == nil || cell.Lost(err) {
		return
	}
	if err := d.fleet.Forget(); err != nil {
		d.tell("fleet: " + err.Error())
	}
}

// rest writes the line of what came last.
func (d *display) rest() {
	if line := d.plain.rest(d.state.track); line != "" {
		d.say(line)
	}
}

// tell writes a line that stays.
func (d *display) tell(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.say(line)
}

// say is tell for who has the lock. That stderr takes no more ends no run.
func (d *display) say(line string) {
	switch line = prose.Printable(line); {
	case d.silent:
	case d.view != nil:
		_ = d.view.stay(line)
	default:
		_, _ = fmt.Fprintln(d.w, line)
	}
}

// end removes what redraws itself, and gives the terminal back.
func (d *display) end() {
	d.stop()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.view != nil {
		_ = d.view.clear()
	}
}

func (d *display) draw() {
	if d.view == nil {
		return
	}
	f := d.state.frame(d.now())
	f.Keys, f.Agents = d.help(), agentsOf(d.fleet)
	d.dirty, d.drawn = false, d.now()
	_ = d.view.paint(func(columns, rows int) []live.Line { return f.Lines(columns, rows, d.glyphs) })
}

// help says what can be pressed.
func (d *display) help() []string {
	switch {
	case d.state.ending:
		return []string{"ending, and saving what there is"}
	case d.keys.pressed == nil:
		return nil
	case d.state.sweep:
		return []string{"q ends and saves", "n next cell"}
	default:
		return []string{"q ends and saves"}
	}
}

// skippable is a measurer whose cells end early when somebody presses n, and are saved.
func (d *display) skippable(measure cell.Measurer) cell.Measurer {
	return func(ctx context.Context, s cell.Spec, observe func(metrics.Interval)) (*results.Run, error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		d.mu.Lock()
		d.skip = cancel
		d.mu.Unlock()
		return measure(ctx, s, observe)
	}
}

// agentsOf are the agents of a fleet as a view shows them; none without one.
func agentsOf(f *fleet.Fleet) []live.Agent {
	if f == nil {
		return nil
	}
	var out []live.Agent
	for _, s := range f.Standings() {
		out = append(out, live.Agent{Name: s.Name, State: string(s.State), Connections: s.Connections, Rate: s.Rate,
			PortsInUse: s.PortsInUse, PortsCapacity: s.PortsCapacity, Lost: s.Lost})
	}
	return out
}
