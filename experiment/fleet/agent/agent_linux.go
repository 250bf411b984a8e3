package agent

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"tcpbench/experiment/fleet/message"
	"tcpbench/internal/fault"
	"tcpbench/internal/filelock"
	"tcpbench/internal/machine"
)

// Options are what an agent is told when it starts.
type Options struct {
	// Name is what the fleet calls it.
	Name string
	// Dir is where it keeps what it measured; it is made.
	Dir string
	// Policy is what it may do.
	Policy Policy
	// Say sends a report to the coordinator. A report that gets lost is made up for by the
	// next one.
	Say func([]byte) error
	// Log is told, in a line, what its owner wants to know; nil is not.
	Log func(string)
}

// Agent is one client host of a fleet. It is safe for concurrent use.
type Agent struct {
	options  Options
	instance string
	host     message.Host
	store    *store
	unlock   func() error
	telling  sync.Mutex // from how it stands until that is said: what is said last is so

	mu       sync.Mutex
	held     *message.Coordinator
	heard    time.Time     // when of it, the last time
	own      string        // the coordinator that held it last; "" before the first
	there    time.Time     // when one was heard of that it waits for, or it began to
	leaving  string        // why it ends; "" while it does not
	pace     time.Duration // of the fleet
	released chan struct{}
	job      *job
	working  sync.WaitGroup
}

// New makes an agent, which alone has its directory until it is closed.
func New(o Options) (*Agent, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the agent's directory: %w", err)
	}
	unlock, err := filelock.TakeDir(o.Dir)
	var held *filelock.HeldError
	if errors.As(err, &held) {
		return nil, fault.Usagef("%v keeps results in %s; give each agent a directory of its own, with --dir or --name",
			held.By, o.Dir)
	}
	if err != nil {
		return nil, err
	}
	a := &Agent{options: o, instance: rand.Text(), unlock: unlock, released: make(chan struct{}, 1),
		pace: message.Beat}
	if a.store, err = openStore(o.Dir); err == nil {
		a.host, err = thisHost(o.Policy)
	}
	if err != nil {
		return nil, errors.Join(err, unlock())
	}
	return a, nil
}

// Kept are the runs of which it keeps something.
func (a *Agent) Kept() []message.Kept { return a.store.kept() }

// Run tells how the agent stands until ctx is done; its load ends then. With once it returns
// when a coordinator has released it, or for the patience none was there that it waits for:
// any before the first has held it, and then that one alone, so that others do not keep an
// agent for ever whose own is lost. What is kept then is an error.
func (a *Agent) Run(ctx context.Context, once bool, patience time.Duration) error {
	pace := message.Beat
	beat := time.NewTicker(pace)
	defer beat.Stop()
	a.wait()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return a.leave(stopped(ctx))
		case <-a.released:
			if once {
				return a.leave(endsByItself)
			}
		case <-beat.C:
			if now := a.paceNow(); now != pace { // from here on, so that agents do not beat together
				pace = now
				beat.Reset(pace)
			}
		}
		if alone := a.look(); once && alone > patience {
			return a.leave(endsByItself)
		}
		if n%idleBeats == 0 || a.busy() {
			a.tell()
		}
	}
}

// endsByItself is why an agent leaves that nobody has stopped.
const endsByItself = "it ended by itself, as it was told when it was started"

// stopped is why an agent leaves whose ctx is done.
func stopped(ctx context.Context) string {
	if cause := context.Cause(ctx); cause != ctx.Err() { // a signal, which one
		return "it was stopped there: " + cause.Error()
	}
	return "it was stopped there"
}

// wait begins to wait for a coordinator.
func (a *Agent) wait() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.there = time.Now()
}

// paceNow is how often it says that it is there.
func (a *Agent) paceNow() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.pace
}

// idleBeats is how many beats a free agent lets go by between two that it sends.
const idleBeats = 4

// look lets go of a coordinator that was not heard of. It returns for how long none was there.
func (a *Agent) look() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if silence := message.Silence(a.pace); a.held != nil && time.Since(a.heard) > silence {
		a.log("nothing was heard of %s for %v; its load ends, and what was measured is kept in %s",
			a.held.Name, silence, a.options.Dir)
		a.drop()
	}
	return time.Since(a.there)
}

// drop lets go of the coordinator, and ends what it ordered.
func (a *Agent) drop() {
	a.held, a.pace = nil, message.Beat
	a.job.end()
}

func (a *Agent) busy() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.held != nil || a.job.underWay()
}

// leave ends what is under way, says why, and waits for it.
func (a *Agent) leave(why string) error {
	a.mu.Lock()
	a.leaving = why
	a.drop()
	a.mu.Unlock()
	a.tell()
	a.working.Wait()
	a.tell()
	if kept := a.store.kept(); len(kept) > 0 {
		return fmt.Errorf("the results of %d runs are in %s, and no coordinator has them; `tcpbench fleet collect` "+
			"gets them when an agent runs again with that directory", len(kept), a.options.Dir)
	}
	return nil
}

// Close lets go of the directory.
func (a *Agent) Close() error { return a.unlock() }

func (a *Agent) log(format string, args ...any) {
	if a.options.Log != nil {
		a.options.Log(fmt.Sprintf(format, args...))
	}
}

// tell says how the agent stands.
func (a *Agent) tell() {
	a.telling.Lock()
	defer a.telling.Unlock()
	a.mu.Lock()
	s := message.Status{Host: a.host, Held: a.held, Job: a.job.state(), Kept: a.store.kept(), Leaving: a.leaving}
	a.mu.Unlock()
	s.Host.TimeOfDay = time.Now()
	a.say(message.Report{Status: &s})
}

func (a *Agent) say(r message.Report) {
	r.Version, r.Instance = message.Version, a.instance
	b, err := message.Encode(r)
	if err != nil {
		a.log("report to the coordinator: %v", err)
		return
	}
	_ = a.options.Say(b) // the line is cut, which others tell; the next one makes up for it
}

// Hear takes an order, as it came.
func (a *Agent) Hear(b []byte) {
	o, err := message.DecodeOrder(b)
	if err != nil {
		a.log("%v", err)
		return
	}
	if o.Instance != "" && o.Instance != a.instance {
		return
	}
	if o.Ping != 0 {
		if now, err := machine.Monotonic(); err == nil {
			a.say(message.Report{Pong: &message.Pong{Ping: o.Ping, At: now}})
		}
	}
	if a.obey(o) {
		a.tell()
	}
}

// obey does what its coordinator orders; it reports whether that wants to know how the agent
// stands. Of another one it heeds nothing as long as it is held.
func (a *Agent) obey(o message.Order) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.own == "" || a.own == o.Coordinator.ID {
		a.there = time.Now()
	}
	if a.held == nil && (!o.Hold || a.leaving != "") {
		return o.Ping == 0 // it asks who is there
	}
	if a.held != nil && a.held.ID != o.Coordinator.ID {
		return o.Hold
	}
	if a.held == nil {
		a.held = new(message.Coordinator)
		*a.held = o.Coordinator
		a.own, a.there = a.held.ID, time.Now()
		a.renew()
		a.log("takes orders of %s", o.Coordinator.Name)
	}
	a.heard, a.pace = time.Now(), cmp.Or(o.Every, message.Beat)
	a.job.beat()
	return a.follow(o)
}

// renew reads again what may have changed of the host since the agent was started: addresses
// that were added are there for the coordinator that asked for them.
func (a *Agent) renew() {
	h := a.host
	if err := readNetwork(&h); err != nil {
		a.log("what was read of this host before stands: %v", err)
		return
	}
	a.host = h
}

// follow does what an order of the coordinator's says.
func (a *Agent) follow(o message.Order) bool {
	switch {
	case o.Release:
		a.log("released by %s", o.Coordinator.Name)
		a.drop()
		select {
		case a.released <- struct{}{}:
		default:
		}
	case o.Prepare != nil:
		a.prepare(*o.Prepare)
	case o.Begin != nil:
		a.job.begin(*o.Begin)
	case o.End != "":
		if a.job.is(o.End) {
			a.job.end()
		}
	case o.Give != nil:
		if c, ok := a.store.give(*o.Give); ok {
			go a.say(message.Report{Chunk: &c}) // ends with the message
		}
		return false
	case o.Taken != "":
		if err := a.store.forget(o.Taken); err != nil {
			a.log("%v", err)
		}
	default:
		return o.Hold
	}
	return true
}

// prepare begins to get ready for a run, unless it has it already.
func (a *Agent) prepare(p message.Prepare) {
	if a.job.is(p.Run) {
		return
	}
	if a.job.underWay() {
		a.job.end() // whoever holds the agent does not want it any more
		a.log("run %s is to be prepared while %s goes on, which ends", p.Run, a.job.run)
	}
	before := a.job
	ctx, cancel := context.WithCancel(context.Background())
	j := &job{agent: a, run: p.Run, only: p.Only, spec: p.Spec, join: p.Join, lease: message.Silence(a.pace),
		cancel: cancel, over: make(chan struct{}), now: message.Preparing}
	a.job = j
	a.working.Go(func() {
		before.wait()
		j.work(ctx)
		cancel()
	})
}
