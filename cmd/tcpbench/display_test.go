package main

import (
	"strings"
	"testing"
	"time"

	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
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

func TestATerminalShowsBarTimeLeftAndCurrentCell(t *testing.T) {
	c := &clock{time.Unix(1000, 0)}
	cells := twoCells(t)
	var out strings.Builder
	d := &display{w: &out, now: c.now, redraws: true, columns: func() int { return 100 }}
	d.state = progress{total: 2, started: c.now(), left: cells}
	d.beginCell(0, cells[0])
	c.advance(5 * time.Second)
	timeWait, inUse, capacity, p99 := 70000, 14116, 28232, 1500.0
	d.interval(metrics.Interval{ConnectionsPerSecond: 14250, TimeWait: &timeWait, PortsInUse: &inUse,
		PortsCapacity: &capacity, ConnectP99US: &p99})
	want := "[#######.......................] 0 of 2 cells, about 15s left\n" +
		"linger=off  5s\n" +
		"     14250 conn/s  TIME_WAIT  70000  ports  14116 of 28232  connect p99 1.5 ms\n"
	if got := out.String(); !strings.HasSuffix(got, "\x1b[3A\x1b[J"+want) {
		t.Errorf("the terminal got\n%q\nwant it to end in\n%q", got, want)
	}
	out.Reset()
	d.endCell(0, &results.Run{Totals: results.Totals{Counts: metrics.Counts{Succeeded: 1}},
		Rates: results.Rates{ConnectionsPerSecond: 12}}, nil)
	want = "\x1b[3A\x1b[J[1/2] linger=off: 12 connections/s, 5s\n"
	if got := out.String(); !strings.HasPrefix(got, want) {
		t.Errorf("at the end of a cell the terminal got %q, want it to begin with %q", got, want)
	}
	out.Reset()
	d.end()
	if got, want := out.String(), "\x1b[3A\x1b[J"; got != want {
		t.Errorf("at the end the terminal got %q, want %q", got, want)
	}
}

func TestAPipeGetsALineForEachCellAndNoEscapes(t *testing.T) {
	c := &clock{time.Unix(1000, 0)}
	cells := twoCells(t)
	var out strings.Builder
	d := newDisplay(&out, c.now)
	d.state = progress{total: 2, started: c.now(), left: cells}
	for i := range cells {
		d.beginCell(i, cells[i])
		d.interval(metrics.Interval{})
		c.advance(time.Second)
		d.endCell(i, &results.Run{Verdict: judged("none of 5 connections succeeded")}, nil)
	}
	d.end()
	want := "[1/2] linger=off: failed: none of 5 connections succeeded, 1s\n[2/2] linger=0: failed: " +
		"none of 5 connections succeeded, 1s\n"
	if got := out.String(); got != want {
		t.Errorf("the pipe got\n%s\nwant\n%s", got, want)
	}
}

func TestEachModeShowsWhatItIsFor(t *testing.T) {
	connect, request, response := 94.0, 250.0, 1500.0
	tests := []struct {
		name string
		mode scenario.Mode
		last metrics.Interval
		want string
	}{
		{"connections", scenario.ModeShort,
			metrics.Interval{ConnectionsPerSecond: 14250, RequestsPerSecond: 14250, ConnectP99US: &connect,
				RequestP99US: &request}, "     14250 conn/s  connect p99 94 us"},
		{"connections that are planned", scenario.ModeShort,
			metrics.Interval{ConnectionsPerSecond: 2000, ConnectP99US: &connect, ResponseP99US: &response},
			"      2000 conn/s  response p99 1.5 ms"},
		{"requests", scenario.ModeKeepalive,
			metrics.Interval{RequestsPerSecond: 280000, InFlight: 50, ConnectP99US: &connect, RequestP99US: &request},
			"    280000 req/s on 50 connections  request p99 250 us"},
		{"connections held", scenario.ModeIdle, metrics.Interval{InFlight: 100000}, "    100000 held"},
		{"connections that were lost", scenario.ModeIdle, metrics.Interval{InFlight: 99997, Failed: 3},
			"     99997 held  3 lost or failed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := progress{total: 1, workload: scenario.Workload{Mode: tt.mode}, last: &tt.last}
			lines := p.lines(time.Unix(0, 0), 100)
			if got := lines[len(lines)-1]; got != tt.want {
				t.Errorf("the last line is %q, want %q", got, tt.want)
			}
		})
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

func TestLinesAreCutToTheTerminal(t *testing.T) {
	c := &clock{time.Unix(1000, 0)}
	p := progress{name: strings.Repeat("long", 50), total: 1, started: c.now(), cellStarted: c.now()}
	for _, l := range p.lines(c.now(), 40) {
		if len(l) > 39 {
			t.Errorf("a line has %d columns, want at most 39: %s", len(l), l)
		}
	}
}

func judged(headline string) exhaustion.Verdict { return exhaustion.Verdict{Headline: headline} }
