package main

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/report/live"
	"tcpbench/results"
	"tcpbench/scenario"
)

// clock is a time that a test moves.
type clock struct{ t time.Time }

func (c *clock) now() time.Time          { return c.t }
func (c *clock) advance(d time.Duration) { c.t = c.t.Add(d) }

func twoCells(t *testing.T) []scenario.Cell {
	t.Helper()
	s, err := scenario.Parse("test.yaml", []byte("name: test\nworkload: {duration: 10s}\nmatrix: {linger: [off, 0]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	cells, err := s.Cells()
	if err != nil {
		t.Fatal(err)
	}
	return cells
}

// displayOn is a display of two cells on a terminal.
func displayOn(t *testing.T, v *vt, c *clock) (*display, []scenario.Cell) {
	t.Helper()
	cells := twoCells(t)
	d := &display{w: v, now: c.now, glyphs: live.Blocks(), lawOf: streams{}.lawOf, cancel: func() {},
		stop: func() {}}
	d.view = &painter{w: v, size: func() (int, int) { return v.columns, v.rows }}
	d.state = progress{sweep: true, total: 2, started: c.now(), left: cells}
	return d, cells
}

func TestATerminalShowsTheCellAndTheSweep(t *testing.T) {
	c, v := &clock{time.Unix(1000, 0)}, newVT(80, 24, true)
	d, cells := displayOn(t, v, c)
	d.beginCell(0, cells[0])
	c.advance(5 * time.Second)
	timeWait, inUse, capacity, p50, p99 := 14116, 14116, 28232, 20.0, 1500.0
	d.interval(metrics.Interval{TS: 5, LengthS: 1, Succeeded: 14116, ConnectionsPerSecond: 14116, TimeWait: &timeWait,
		PortsInUse: &inUse, PortsCapacity: &capacity, ConnectP50US: &p50, ConnectP99US: &p99,
		Errors: map[string]int64{"connect: EADDRNOTAVAIL": 3, "recv: EOF": 4}})
	want := `[1/2] linger=off                                    5 s of 10 s, about 5 s left
  rate     14116 conn/s    █
  ports    ███████████████████████│░░░░░░░░░░░░░░░░░░│░░░  14116 of 28232, 50 %
           half 14116, safe 25966   uncertain, perhaps out in 1 s or sooner
  now      TIME_WAIT 14116   in flight 0   connect p50 20 us, p99 1.5 ms
  failed   recv: EOF 4, connect: EADDRNOTAVAIL 3
███████░░░░░░░░░░░░░░░░░░░░░░░ 0 of 2 cells, about 15 s left`
	if got := v.screen(); got != want {
		t.Errorf("the screen is\n%s\nwant\n%s", got, want)
	}
	d.endCell(0, &results.Run{Totals: results.Totals{Counts: metrics.Counts{Succeeded: 1}},
		Rates: results.Rates{ConnectionsPerSecond: 12}}, nil)
	d.beginCell(1, cells[1])
	if got := v.screen(); !strings.HasPrefix(got, "[1/2] linger=off: 12 connections/s, 5s\n[2/2] linger=0 ") ||
		!strings.Contains(got, "\n  starting\n") || !strings.Contains(got, "1 of 2 cells") {
		t.Errorf("after a cell the screen is\n%s\nwant its line, and the next cell", got)
	}
	d.end()
	if got, want := v.screen(), "[1/2] linger=off: 12 connections/s, 5s"; got != want {
		t.Errorf("after the end the screen is\n%s\nwant\n%s", got, want)
	}
}

// What comes faster than anybody can read is drawn later, and no later than a tick.
func TestFramesAreNotDrawnForEachInterval(t *testing.T) {
	c, v := &clock{time.Unix(1000, 0)}, newVT(80, 24, true)
	d, cells := displayOn(t, v, c)
	d.beginCell(0, cells[0])
	for i := range 5 {
		c.advance(10 * time.Millisecond)
		d.interval(metrics.Interval{TS: float64(i), LengthS: 1, ConnectionsPerSecond: float64(i)})
	}
	if got := v.screen(); !strings.Contains(got, "starting") {
		t.Errorf("50 ms after a frame the screen is\n%s\nwant the frame", got)
	}
	c.advance(lookEvery)
	d.due()
	if got := v.screen(); !strings.Contains(got, "4 conn/s") {
		t.Errorf("at the next tick the screen is\n%s\nwant the last interval", got)
	}
}

func TestKeysEndTheRunAndTheCell(t *testing.T) {
	c, v := &clock{time.Unix(1000, 0)}, newVT(80, 24, true)
	d, cells := displayOn(t, v, c)
	d.keys.pressed = make(chan byte)
	var done []string
	d.cancel = func() { done = append(done, "run") }
	d.beginCell(0, cells[0])
	if got := v.screen(); !strings.Contains(got, "q ends and saves, n next cell") {
		t.Errorf("the screen is\n%s\nwant it to name the keys", got)
	}
	measure := d.skippable(func(ctx context.Context, _ cell.Spec, _ func(metrics.Interval)) (*results.Run, error) {
		d.press('n')
		if ctx.Err() != nil {
			done = append(done, "cell")
		}
		return &results.Run{Interrupted: true}, nil
	})
	d.press('n') // no cell is measured yet
	d.press('x')
	if len(done) > 0 {
		t.Errorf("n without a cell, and x, ended %v, want nothing", done)
	}
	r, err := measure(t.Context(), cell.Spec{}, nil)
	if got := v.screen(); !strings.Contains(got, "ending, and saving what there is") {
		t.Errorf("after n the screen is\n%s\nwant it to say so", got)
	}
	d.endCell(0, r, err)
	d.beginCell(1, cells[1])
	if got := v.screen(); strings.Contains(got, "ending") {
		t.Errorf("at the next cell the screen is\n%s\nwant nothing of an end", got)
	}
	d.press('n')
	d.press('q')
	if got, want := strings.Join(done, " "), "cell run"; got != want {
		t.Errorf("the keys ended %q, want %q", got, want)
	}
}

// displayTo is a display that writes lines.
func displayTo(w io.Writer, now func() time.Time, mode string) *display {
	d := newDisplay(streams{strings.NewReader(""), w, w, nil}, mode)
	d.now = now
	return d
}

func TestAPipeGetsLinesAndNoEscapes(t *testing.T) {
	failed := map[string]int64{"connect: EADDRNOTAVAIL": 12}
	used, capacity := 500, 1000
	tests := []struct {
		name, mode string
		duration   time.Duration
		intervals  int
		want       []string // what the lines begin with
	}{
		{"a line for each interval", progressAuto, 10 * time.Second, 2, []string{
			"[1/2] 1 s  7 conn/s, ports 500 of 1000 (50 %, too soon to tell), failed: connect: EADDRNOTAVAIL 12",
			"[1/2] 2 s  7 conn/s", "[1/2] linger=off: failed: none of 5 connections succeeded, 2s",
			"[2/2] 1 s  7 conn/s", "[2/2] 2 s  7 conn/s", "[2/2] linger=0: failed"}},
		{"one for 10 s of what takes long, and for the rest", progressPlain, time.Minute, 13, []string{
			"[1/2] 10 s  7 conn/s, ports 500 of 1000 (50 %, too soon to tell), failed: connect: EADDRNOTAVAIL 120",
			"[1/2] 13 s  7 conn/s, ports 500 of 1000 (50 %, too soon to tell), failed: connect: EADDRNOTAVAIL 36",
			"[1/2] linger=off: failed", "[2/2] 10 s", "[2/2] 13 s", "[2/2] linger=0: failed"}},
		{"none where none is wanted", progressNone, 10 * time.Second, 2, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, cells := &clock{time.Unix(1000, 0)}, twoCells(t)
			var out strings.Builder
			d := displayTo(&out, c.now, tt.mode)
			for i := range cells {
				cells[i].Workload.Duration = tt.duration
			}
			d.state = progress{sweep: true, total: 2, started: c.now(), left: cells}
			for i := range cells {
				d.beginCell(i, cells[i])
				for n := range tt.intervals {
					d.interval(metrics.Interval{TS: float64(n + 1), LengthS: 1, Succeeded: 7, ConnectionsPerSecond: 7,
						InFlight: 500, PortsInUse: &used, PortsCapacity: &capacity, Failed: 12, Errors: failed})
					c.advance(time.Second)
				}
				d.endCell(i, &results.Run{Verdict: judged("none of 5 connections succeeded")}, nil)
			}
			d.end()
			got := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
			for i, l := range tt.want {
				if len(got) != len(tt.want) || !strings.HasPrefix(got[i], l) {
					t.Fatalf("the pipe got\n%s\nwant lines that begin with\n%s", out.String(),
						strings.Join(tt.want, "\n"))
				}
			}
			if tt.want == nil && out.Len() > 0 {
				t.Errorf("the pipe got %q, want nothing", out.String())
			}
		})
	}
}

// What a run does tells when its ports run out, better than a guess about the machine.
func TestTheTimeLeftIsThatOfTheForecast(t *testing.T) {
	c := &clock{time.Unix(1000, 0)}
	w := scenario.DefaultWorkload()
	w.Until, w.Duration = scenario.UntilExhausted, time.Minute
	p := progress{left: []scenario.Cell{{Title: "run", Workload: w}}, started: c.now()}
	p.begin(0, p.left[0], nil, c.now())
	for at := range 12 {
		c.advance(time.Second)
		p.interval(metrics.Interval{TS: float64(at + 1), LengthS: 1, Succeeded: 500, ConnectionsPerSecond: 500,
			PortsInUse: new(500 * (at + 1)), PortsCapacity: new(16000)})
	}
	if got := p.cellLeft(c.now()); got < 19*time.Second || got > 21*time.Second {
		t.Errorf("with 10000 ports free at 500/s cellLeft = %v, want 20 s", got)
	}
}

// A count that alone ends a run is reached as fast as until now.
func TestTheTimeLeftOfACount(t *testing.T) {
	c := &clock{time.Unix(1000, 0)}
	w := scenario.DefaultWorkload()
	w.Count = 1000
	p := progress{left: []scenario.Cell{{Title: "run", Workload: w}}, started: c.now()}
	p.begin(0, p.left[0], nil, c.now())
	if got := p.frame(c.now()); got.Left != 0 || got.Total != 0 {
		t.Errorf("before the first interval %v of %v are left, want that this is not known", got.Left, got.Total)
	}
	p.interval(metrics.Interval{TS: 2, LengthS: 2, Attempted: 250, Succeeded: 250})
	if got, want := p.cellLeft(c.now()), 6*time.Second; got != want {
		t.Errorf("after a quarter in 2 s cellLeft = %v, want %v", got, want)
	}
}

func TestTheEndOfACellSaysWhatItWasFor(t *testing.T) {
	tests := []struct {
		name string
		run  results.Run
		want string
	}{
		{"requests", results.Run{Options: scenario.Workload{Mode: scenario.ModeKeepalive},
			Rates: results.Rates{ConnectionsPerSecond: 25, RequestsPerSecond: 275133}}, "275133 requests/s"},
		{"connections held", results.Run{Options: scenario.Workload{Mode: scenario.ModeIdle}}, "500 connections held"},
		{"a generator that was late", results.Run{Rates: results.Rates{ConnectionsPerSecond: 9000},
			Lateness: &results.Lateness{}},
			"9000 connections/s, in part the generator's own: response times and rates"},
	}
	for _, tt := range tests {
		tt.run.Totals.Succeeded = 500
		if got := shortOutcome(&tt.run); got != tt.want {
			t.Errorf("%s: shortOutcome = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func judged(headline string) exhaustion.Verdict { return exhaustion.Verdict{Headline: headline} }
