package engine

import (
	"errors"
	"fmt"
	"time"

	"tcpbench/metrics"
)

const (
	// execLook is how often a program is looked at: it costs some 0.1 ms.
	execLook = 20 * time.Millisecond
	// execLooks is from how many looks that found new connections on their cost is known.
	execLooks = 16
)

// execRun is a run of a user's program.
type execRun struct {
	Task
	seen  Seen
	at    time.Duration // of the last look
	looks int           // that found new connections
	next  time.Duration // when the interval ends
}

// Exec is the engine of a user's program: it starts it, ends it with the run, and counts
// its connections as the kernel does. The cost of a connection is the program's CPU time
// between two looks; no latency is recorded.
func Exec(t Task) error {
	if t.Plan.Program == nil {
		return errors.New("start exec engine: there is no program")
	}
	t.Control.Await(0)
	if err := t.Plan.Program.Start(); err != nil {
		return fmt.Errorf("start exec engine: %w", err)
	}
	x := &execRun{Task: t, next: t.Interval}
	err := x.follow()
	t.Plan.Program.Stop()
	<-t.Plan.Program.Ended()
	if err != nil {
		return fmt.Errorf("follow the client's program: %w", err)
	}
	return x.finish()
}

// follow looks at the program until it has ended, or is to end.
func (x *execRun) follow() error {
	tick := time.NewTicker(execLook)
	defer tick.Stop()
	for {
		select {
		case <-x.Plan.Program.Ended():
			return nil
		case <-tick.C:
		}
		if err := x.look(); err != nil {
			return err
		}
		if now := x.now(); now >= x.next {
			x.Plan.Program.Interval()
			x.Cut(x.Recorder.Cut(x.seen.Open, nil), x.next, false)
			x.next += x.Interval * (1 + (now-x.next)/x.Interval)
		}
		if x.Control.ended(x.now()) {
			return nil
		}
	}
}

func (x *execRun) now() time.Duration { return time.Since(x.Control.Start) }

// look takes in what is new.
func (x *execRun) look() error {
	seen, err := x.Plan.Program.Look()
	if err != nil {
		return err
	}
	now, rec := x.now(), x.Recorder
	if x.Plan.File != "" { // what goes to a Unix socket is not counted, and what does not is beside it
		x.seen = seen
		return nil
	}
	x.cost(seen, now)
	for range seen.Refused - x.seen.Refused {
		rec.Fail(metrics.CallConnect, metrics.ErrOther)
	}
	rec.Attempted, rec.Obtained = seen.Opened, seen.Opened
	rec.Succeeded = max(rec.Succeeded, min(seen.Accepted, rec.Attempted-rec.Failed))
	x.seen, x.at = seen, now
	return nil
}

// cost records what new connections cost, each as much as the others. With the first ones
// comes what the program's start took, so that these are left out.
func (x *execRun) cost(seen Seen, now time.Duration) {
	n := seen.Opened - x.seen.Opened
	if n <= 0 || x.seen.Opened == 0 {
		return
	}
	each := max(seen.CPU-x.seen.CPU, 0) / time.Duration(n)
	for i := range n {
		at := x.at + (now-x.at)*time.Duration(i+1)/time.Duration(n)
		x.Recorder.Series.Add(x.seen.Opened+i, at, each, 0)
	}
	x.looks++
}

// finish looks a last time.
func (x *execRun) finish() error {
	err := x.look()
	if x.looks < execLooks {
		x.Recorder.Series = metrics.Series{}
	}
	x.Cut(x.Recorder.Cut(0, nil), x.now(), true)
	return err
}
