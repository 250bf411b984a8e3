package engine

import (
	"testing"
	"time"

	"tcpbench/scenario"
	"tcpbench/workload/pace"
)

func control(start time.Time) *Control { return NewControl(&Plan{Mode: scenario.ModeShort}, start) }

func TestARunThatIsOnBeginsAtOnce(t *testing.T) {
	c := control(time.Now().Add(-time.Hour))
	c.Await(0)
	if late := c.Began(); late < time.Hour || late > time.Hour+time.Minute {
		t.Errorf("Began() = %v, want the hour that it was late", late)
	}
}

func TestAStartIsWaitedFor(t *testing.T) {
	const wait, first = 50 * time.Millisecond, 30 * time.Millisecond
	c := control(time.Now().Add(wait))
	if c.Began() != 0 {
		t.Errorf("Began() = %v before, want 0", c.Began())
	}
	c.Await(first)
	since := time.Since(c.Start)
	if late := c.Began(); since < first || late <= 0 || late > since-first {
		t.Errorf("it began %v after the start with Began() = %v, want %v and what it was later", since, late, first)
	}
	before := c.Began()
	if c.Await(0); c.Began() != before {
		t.Error("a second thread says when the run began, want the first one to")
	}
}

func TestARunThatEndsBeforeItsFirstStartIsNotWaitedFor(t *testing.T) {
	for name, end := range map[string]func(*Control){
		"by a stop":     (*Control).Stop,
		"by its number": func(c *Control) { c.next(0, true) },
	} {
		c := control(time.Now())
		c.Limit = 1
		time.AfterFunc(time.Millisecond, func() { end(c) })
		c.Await(time.Hour)
		if d := time.Since(c.Start); d > time.Minute {
			t.Errorf("%s: it returned after %v, want soon after the end", name, d)
		}
	}
}

// What counts time would count it backwards.
func TestARunThatEndsBeforeItsStartIsWaitedFor(t *testing.T) {
	c := control(time.Now().Add(30 * time.Millisecond))
	c.Stop()
	if c.Await(time.Hour); time.Now().Before(c.Start) || c.Began() == 0 {
		t.Errorf("it returned %v before the start, want not before", time.Until(c.Start))
	}
}

func TestAThreadSleepsUntilItsFirstStart(t *testing.T) {
	at := func(perSecond float64, worker int) *pace.Pacer {
		return pace.Plan{From: perSecond, To: perSecond, Duration: time.Hour}.Worker(worker, 100)
	}
	const minute, tenth, fifth, ms = time.Minute, 100 * time.Millisecond, 200 * time.Millisecond, time.Millisecond
	for name, tt := range map[string]struct {
		pacer         *pace.Pacer
		mode          scenario.Mode
		interval, end time.Duration
		want          time.Duration
	}{
		"a closed loop begins at once":        {nil, scenario.ModeShort, minute, Forever, 0},
		"kept connections are opened at once": {at(200, 96), scenario.ModeKeepalive, minute, Forever, 0},
		"the 97th of 200/s":                   {at(200, 96), scenario.ModeShort, minute, Forever, 480 * ms},
		"one of 1/s is looked for in turns":   {at(1, 96), scenario.ModeShort, minute, Forever, time.Second},
		"an interval ends before":             {at(200, 96), scenario.ModeShort, tenth, Forever, tenth},
		"the run ends before":                 {at(200, 96), scenario.ModeShort, minute, fifth, fifth},
	} {
		t.Run(name, func(t *testing.T) {
			c := control(time.Now())
			c.End, c.InTurn = tt.end, true
			w, err := newWorker(Task{Plan: &Plan{Mode: tt.mode}, Control: c, Pacer: tt.pacer, Concurrency: 1,
				Interval: tt.interval})
			if err != nil {
				t.Fatal(err)
			}
			if got := w.first(); got != tt.want {
				t.Errorf("first() = %v, want %v", got, tt.want)
			}
			if c.InTurn = false; w.first() != 0 {
				t.Errorf("first() = %v of a host alone, want 0", w.first())
			}
		})
	}
}
