package agent

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/fleet/message"
	"tcpbench/internal/fault"
	"tcpbench/internal/machine"
	"tcpbench/law/capacity"
	"tcpbench/metrics"
	"tcpbench/results"
)

// job is a run of an agent. What says so is guarded by the agent's lock; a nil one is that
// of an agent that has had none.
type job struct {
	agent  *Agent
	run    string
	only   bool // nothing is to be measured
	spec   cell.Spec
	join   int           // how many intervals are told as one
	lease  time.Duration // how long its load goes on without the coordinator
	cancel context.CancelFunc
	over   chan struct{} // closed when its work is
	drove  bool          // its load was waited for; of the goroutine that works
	untold []metrics.Interval

	// guarded by the agent's lock
	now        message.State
	why        error
	load       *cell.Load // from ready on
	at         time.Duration
	began      time.Duration
	prediction *capacity.Prediction
	heldPorts  int
	trouble    string
}

func (j *job) is(run string) bool { return j != nil && j.run == run }

func (j *job) underWay() bool {
	return j != nil && j.now != message.Done && j.now != message.Refused
}

// wait returns when its work is over.
func (j *job) wait() {
	if j != nil {
		<-j.over
	}
}

// end ends it early. What it has measured until then is its result.
func (j *job) end() {
	if j != nil {
		j.cancel()
	}
}

// beat renews the lease of its load.
func (j *job) beat() {
	if j.underWay() && j.load != nil {
		_ = j.load.Beat() // a load that is gone says so itself
	}
}

// begin has it begin, once.
func (j *job) begin(b message.Begin) {
	if !j.is(b.Run) || j.now != message.Ready || j.at != 0 {
		return
	}
	j.at = b.At
	j.endInTime(b.At)
	_ = j.load.Begin(b.At)
}

// endInTime ends the load when the owner's time is over, counted from when it is to begin.
func (j *job) endInTime(at time.Duration) {
	most := j.agent.options.Policy.lasts(j.spec.Workload)
	if most == 0 {
		return
	}
	now, err := machine.Monotonic()
	if err != nil {
		now = at
	}
	time.AfterFunc(min(max(at-now, 0), j.lease)+most, j.cancel) // harmless after the end
}

// state is what a coordinator is told of it.
func (j *job) state() *message.Job {
	if j == nil {
		return nil
	}
	m := &message.Job{Run: j.run, State: j.now, Prediction: j.prediction, HeldPorts: j.heldPorts, Began: j.began,
		Trouble: j.trouble}
	if j.why != nil {
		m.Why, m.Status = j.why.Error(), fault.Status(j.why)
	}
	return m
}

// set changes what it says, and tells the coordinator.
func (j *job) set(change func()) {
	j.agent.mu.Lock()
	change()
	j.agent.mu.Unlock()
	j.agent.tell()
}

// work is all that becomes of it.
func (j *job) work(ctx context.Context) {
	defer close(j.over)
	if err := j.getReady(ctx); err != nil {
		j.agent.log("run %s: %v", j.run, err)
		j.set(func() { j.now, j.why = message.Refused, err })
		return
	}
	if j.only {
		j.set(func() { j.now = message.Done })
		return
	}
	j.set(func() { j.now = message.Ready })
	err := j.measure(ctx)
	if err != nil {
		j.agent.log("run %s: %v", j.run, err)
	}
	j.set(func() { j.now, j.why = message.Done, err })
}

// getReady has all ready for the run.
func (j *job) getReady(ctx context.Context) error {
	p := j.agent.options.Policy
	if err := p.Permits(j.spec); err != nil {
		return err
	}
	j.spec.Within = p.Within
	held, law, err := lawHere(ctx, j.spec)
	if err != nil {
		return err
	}
	j.set(func() { j.heldPorts, j.prediction = held, &law })
	if j.only {
		return j.spec.Validate()
	}
	load, err := cell.Prepare(ctx, j.spec, j.lease)
	if err != nil {
		return err
	}
	j.agent.mu.Lock()
	j.load = load
	j.agent.mu.Unlock()
	return nil
}

// lawHere is what the law says of a spec on this host, and how many ports are in use.
func lawHere(ctx context.Context, s cell.Spec) (int, capacity.Prediction, error) {
	if s.Lab() {
		law, err := cell.Predict(s)
		return 0, law, err
	}
	return cell.Held(ctx, s)
}

// measure has the load go on to its end, and keeps its result.
func (j *job) measure(ctx context.Context) error {
	a := j.agent
	path := filepath.Join(a.options.Dir, j.run+resultSuffix)
	r, err := cell.Keep(ctx, j.spec, path, j.driven, j.interval)
	if !j.drove { // there was no room for its journal
		err = errors.Join(err, j.load.Drop())
	}
	if r != nil && err != nil { // it is not on disk, where it belongs
		err = errors.Join(err, a.store.remember(j.run, r))
	}
	return errors.Join(err, a.store.look())
}

// driven is the measurement of a load that is ready.
func (j *job) driven(ctx context.Context, _ cell.Spec, observe func(metrics.Interval)) (*results.Run, error) {
	j.drove = true
	r, err := j.load.Wait(ctx, j.hasBegun, observe)
	j.tellIntervals()
	if err != nil {
		return nil, fmt.Errorf("the load: %w", err)
	}
	j.agent.mu.Lock()
	defer j.agent.mu.Unlock()
	self := results.Agent{Name: j.agent.options.Name}
	if j.began > 0 && j.at > 0 {
		us := float64(j.began-j.at) / 1e3
		self.StartErrorUS = &us
	}
	r.Agents = []results.Agent{self}
	return r, nil
}

func (j *job) hasBegun(at time.Duration) {
	j.set(func() { j.now, j.began = message.Running, at })
}

// interval tells of one, or of so many together as the coordinator wants.
func (j *job) interval(iv metrics.Interval) {
	if j.untold = append(j.untold, iv); len(j.untold) >= j.join {
		j.tellIntervals()
	}
}

func (j *job) tellIntervals() {
	if len(j.untold) == 0 {
		return
	}
	all := j.untold[0]
	for _, next := range j.untold[1:] {
		all = all.Join(next)
	}
	j.untold = nil
	j.agent.say(message.Report{Interval: &message.Interval{Run: j.run, Interval: all}})
}
