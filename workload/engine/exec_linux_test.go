package engine

import (
	"errors"
	"testing"
	"time"

	"tcpbench/metrics"
	"tcpbench/scenario"
)

// madeProgram opens connections as a test says, one look after the other.
type madeProgram struct {
	looks   []Seen
	n       int
	startup error
	broken  error // of the look after the last
	stopped bool
	ended   chan struct{}
	atEnd   Seen
	byRun   bool // it goes on until it is stopped
}

func (p *madeProgram) Start() error { return p.startup }
func (p *madeProgram) Interval()    {}

func (p *madeProgram) Look() (Seen, error) {
	select {
	case <-p.ended:
		return p.atEnd, nil
	default:
	}
	p.n++
	switch {
	case p.n <= len(p.looks):
		return p.looks[p.n-1], nil
	case p.broken != nil:
		return Seen{}, p.broken
	case !p.byRun:
		p.end()
	}
	return p.looks[len(p.looks)-1], nil
}

func (p *madeProgram) Stop() { p.stopped = true; p.end() }

func (p *madeProgram) end() {
	select {
	case <-p.ended:
	default:
		close(p.ended)
	}
}

func (p *madeProgram) Ended() <-chan struct{} { return p.ended }

// steps are looks at a program that opens 10 connections between two of them, for a
// millisecond of CPU, and from the tenth look on for ten; the target accepts eight.
func steps(n int) []Seen {
	var out []Seen
	s := Seen{CPU: 50 * time.Millisecond} // what its start took
	for i := range n {
		s.Opened, s.Accepted, s.Refused = s.Opened+10, s.Accepted+8, s.Refused+1
		if s.CPU += time.Millisecond; i >= 9 {
			s.CPU += 9 * time.Millisecond
		}
		out = append(out, s)
	}
	return out
}

func execTask(p *madeProgram, last time.Duration) (Task, *int) {
	plan := &Plan{Program: p, Mode: scenario.ModeShort}
	c := NewControl(plan, time.Now())
	c.End = last
	cuts := 0
	return Task{Plan: plan, Control: c, Recorder: metrics.NewRecorder(), Interval: 50 * time.Millisecond,
		Cut: func(metrics.Part, time.Duration, bool) *metrics.Window { cuts++; return nil }}, &cuts
}

func TestExecCountsWhatIsSeen(t *testing.T) {
	end := steps(24)[23]
	for _, tt := range []struct {
		name  string
		made  madeProgram
		limit time.Duration
	}{
		{"a program that ends by itself", madeProgram{looks: steps(20), atEnd: end}, Forever},
		{"a program that the run ends", madeProgram{looks: steps(20), atEnd: end, byRun: true}, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := tt.made
			p.ended = make(chan struct{})
			task, cuts := execTask(&p, tt.limit)
			if err := Exec(task); err != nil {
				t.Fatal(err)
			}
			rec := task.Recorder
			if rec.Attempted != 240 || rec.Obtained != 240 || rec.Succeeded != 192 || rec.Failed != 24 || *cuts < 4 {
				t.Errorf("counts %+v in %d intervals, want 240, of which 192 were accepted and 24 refused", rec.Counts,
					*cuts)
			}
			if n := rec.Outcomes.Errors()["connect: OTHER"]; n != 24 {
				t.Errorf("connect: OTHER %d times, want 24", n)
			}
			if rec.Connect.Count()+rec.Request.Count()+rec.Close.Count() > 0 || rec.Requests != 0 {
				t.Error("there are latencies or requests, which nobody measured")
			}
			points, _ := rec.ConnectCost()
			first, last := points[0].CallUS, points[len(points)-1].CallUS
			if first != 100 || last != 1000 {
				t.Errorf("the cost goes from %v us to %v us, want 100 to 1000", first, last)
			}
		})
	}
}

// The cost of a few looks is that of the program's start.
func TestExecKnowsNoCostOfAFewLooks(t *testing.T) {
	p := &madeProgram{looks: steps(5), atEnd: steps(5)[4], ended: make(chan struct{})}
	task, _ := execTask(p, Forever)
	if err := Exec(task); err != nil {
		t.Fatal(err)
	}
	if points, _ := task.Recorder.ConnectCost(); points != nil {
		t.Errorf("cost = %v of 5 looks, want none", points)
	}
}

// What cannot be seen ends the run, and the program with it.
func TestExecEndsWhatItCannotFollow(t *testing.T) {
	broken := errors.New("no counters")
	p := &madeProgram{looks: steps(2), broken: broken, ended: make(chan struct{})}
	task, _ := execTask(p, Forever)
	if err := Exec(task); !errors.Is(err, broken) || !p.stopped {
		t.Errorf("Exec = %v, and the program was stopped: %v; want the error, and an end", err, p.stopped)
	}
	p = &madeProgram{startup: broken, ended: make(chan struct{})}
	task, _ = execTask(p, Forever)
	if err := Exec(task); !errors.Is(err, broken) {
		t.Errorf("Exec of what does not start = %v, want why", err)
	}
	task.Plan.Program = nil
	if err := Exec(task); err == nil {
		t.Error("Exec without a program = nil, want an error")
	}
}
