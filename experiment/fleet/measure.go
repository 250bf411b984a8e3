package fleet

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/fleet/clock"
	"tcpbench/experiment/fleet/message"
	"tcpbench/experiment/fleet/split"
	"tcpbench/internal/fault"
	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// measurement is one cell that the members measure together.
type measurement struct {
	*Fleet
	run    string
	whole  cell.Spec
	nat    int // [Options.SharedNAT] of the run, which may be collected with others
	shares map[string]cell.Spec
	clocks map[string]clock.Offset
	agents map[string]*results.Agent // what is known of each, without its result
	absent []string                  // who has no part in the run, and why
	begin  time.Duration             // in the coordinator's clock; 0 before
	// againAt is when those are told to begin again who have not.
	againAt time.Duration
	said    []string // what is to be told; guarded by the fleet's lock
	unread  bool     // a part cannot be read; guarded by it, too

	reading sync.Mutex
}

// Measure measures a cell with all members, as cell.Measure does with this host.
func (f *Fleet) Measure(ctx context.Context, s cell.Spec, observe func(metrics.Interval)) (*results.Run, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	m := &measurement{Fleet: f, run: runName(), whole: s, nat: f.options.SharedNAT,
		agents: map[string]*results.Agent{}}
	defer m.letOthers()
	if err := m.getGoing(ctx); err != nil {
		return nil, early(ctx, err)
	}
	m.follow(ctx, observe)
	m.drift(ctx)
	if ctx.Err() != nil { // the run was ended early, and what it measured is wanted all the same
		ctx = context.WithoutCancel(ctx)
	}
	if err := m.fetch(ctx); err != nil {
		return nil, err
	}
	return m.merge()
}

// getGoing is all that comes before the load, and has that begin.
func (m *measurement) getGoing(ctx context.Context) error {
	if err := m.renew(ctx); err != nil {
		return err
	}
	if err := m.drain(ctx); err != nil {
		return err
	}
	err := m.prepare(ctx)
	if err == nil {
		err = m.start(ctx)
	}
	if err != nil {
		m.abandon()
	}
	return err
}

// early is the error of what comes before a run begins: after a signal it is an interruption,
// whatever that was seen by.
func early(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fault.Interrupted(errors.New("interrupted before the load began; nothing was measured"))
	}
	return err
}

// runName names a run by the time and at random.
func runName() string {
	return time.Now().UTC().Format("20060102-150405") + "-" + strings.ToLower(rand.Text()[:6])
}

// share divides the cell among the members that are present.
func (m *measurement) share() error {
	m.mu.Lock()
	members := m.present()
	hosts := make([]split.Host, len(members))
	for i, p := range members {
		hosts[i] = split.Host{Name: p.name, CPUs: p.status.Host.CPUs}
		for _, text := range p.status.Host.Addrs {
			if a, err := netip.ParseAddr(text); err == nil {
				hosts[i].Addrs = append(hosts[i].Addrs, a)
			}
		}
	}
	m.mu.Unlock()
	if len(hosts) == 0 {
		return errors.New("no agent is left")
	}
	shares, err := split.Of(m.whole, hosts)
	if err != nil {
		return err
	}
	m.shares = map[string]cell.Spec{}
	for i, h := range hosts {
		m.shares[h.Name] = shares[i]
		o := message.Order{Coordinator: m.self, Prepare: &message.Prepare{Run: m.run, Spec: shares[i]}}
		if _, err := message.Encode(o); err != nil {
			return fault.Usagef("the share of agent %s: %w; a shorter body or exchange has room", h.Name, err)
		}
	}
	return nil
}

// readyWithin is what an agent may take to get ready, beside what resolving names takes.
const readyWithin = 30 * time.Second

// prepare has each agent get its share ready.
func (m *measurement) prepare(ctx context.Context) error {
	if err := m.share(); err != nil {
		return err
	}
	m.know()
	if err := m.saveState(); err != nil {
		return err
	}
	m.announce(func() { m.took = true })
	return m.getReady(ctx, false)
}

// getReady has each agent get its share ready, or with only say no more than what the law
// gives there.
func (m *measurement) getReady(ctx context.Context, only bool) error {
	done := m.repeat(ctx, readyWithin, func(p *peer) (message.Order, bool) {
		m.notice(p)
		j := p.job(m.run)
		return message.Order{Prepare: &message.Prepare{Run: m.run, Spec: m.shares[p.name], Only: only, Join: m.join()}},
			j != nil && j.State != message.Preparing
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.unready(done)
}

// join is how many intervals each agent tells as one. With the lock held.
func (m *measurement) join() int { return message.Joined(len(m.members), m.whole.Workload.Interval) }

// know notes what the members are.
func (m *measurement) know() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.absent = slices.Clone(m.missing)
	for _, p := range m.members {
		if _, has := m.shares[p.name]; !has && p.lost != nil {
			m.absent = append(m.absent, p.name+": "+p.lost.why)
		}
	}
	slices.Sort(m.absent)
	first := map[string]string{} // agent of a network namespace
	for _, name := range slices.Sorted(maps.Keys(m.shares)) {
		s, h := m.shares[name], m.peers[name].status.Host
		a := &results.Agent{Name: name, Kernel: h.Kernel, Arch: h.Arch, CPUs: h.CPUs, Tool: h.Tool,
			Share: results.AgentShare{Concurrency: s.Workload.Concurrency, Rate: s.Workload.Rate,
				Count: s.Workload.Count, Targets: redacted(s.Targets)}}
		for _, addr := range s.Workload.Source.Addrs {
			a.Share.Sources = append(a.Share.Sources, addr.String())
		}
		if a.SharesPortsWith = first[h.Network]; a.SharesPortsWith == "" {
			first[h.Network] = name
		}
		m.agents[name] = a
	}
}

// unready is why the run cannot go on to its beginning: not all members are ready, or, where others
// go on without those, none. With the lock held.
func (m *measurement) unready(all bool) error {
	var errs []error
	status := fault.StatusDone
	for _, p := range m.members {
		j := p.job(m.run)
		if j == nil || j.State == message.Preparing && !all {
			p.lose(fmt.Sprintf("it was not ready within %v", readyWithin))
		}
		switch {
		case p.lost != nil:
			if !m.options.Degrade {
				errs = append(errs, fmt.Errorf("agent %s: %s", p.name, p.lost.why))
			}
		case j.State == message.Refused:
			status = max(status, j.Status)
			errs = append(errs, fmt.Errorf("agent %s: %s", p.name, j.Why))
		default:
			if err := tooFewPorts(m.shares[p.name], j); err != nil {
				status = max(status, fault.StatusUsage)
				errs = append(errs, fmt.Errorf("agent %s: %w", p.name, err))
			}
		}
	}
	if len(errs) == 0 {
		errs = append(errs, m.noneLeft())
	}
	if err := errors.Join(errs...); err != nil {
		return &fault.Error{Status: max(status, fault.StatusFailed), Err: err}
	}
	return nil
}

// tooFewPorts is that an agent has not the ports to hold its share; nil where it has, or is
// to run out.
func tooFewPorts(s cell.Spec, j *message.Job) error {
	if !s.Holds() || s.Workload.Until == scenario.UntilExhausted || j.Prediction == nil || !j.Prediction.Exhausts() {
		return nil
	}
	if free := j.Prediction.ConnectionsUntilExhaustion - int64(j.HeldPorts); int64(s.Workload.Concurrency) > free {
		taken := ""
		if j.HeldPorts > 0 {
			taken = fmt.Sprintf(", as %d are held just now (those of closed connections for %v at most)", j.HeldPorts,
				capacity.TimeWait)
		}
		return fmt.Errorf("its share is %s that are held, and it has %s free towards the targets%s; have more agents, "+
			"or fewer connections", figure.Plural(s.Workload.Concurrency, "connection"),
			figure.Plural(max(free, 0), "port"), taken)
	}
	return nil
}

// leadOf is how long after the order to begin the load of so many agents begins: the orders have
// to be there before.
func leadOf(agents int) time.Duration {
	n := time.Duration(agents)
	return 300*time.Millisecond + min(n*10*time.Millisecond, time.Second+n*time.Millisecond)
}

// start has all begin at one instant. Once the order is given there is no error any more: there
// are results then, also where ctx is done.
func (m *measurement) start(ctx context.Context) error {
	var err error
	m.clocks, err = m.askClocks(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := m.withoutClock(err); err != nil {
		return err
	}
	if err := m.judgeClocks(); err != nil {
		return err
	}
	if err := m.writeState(); err != nil { // with the clocks, which whoever collects does not know
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	m.mu.Lock()
	lead := leadOf(len(m.members))
	m.begin = m.now() + lead
	m.still = span{m.begin - stillBefore, m.begin + stillAfter}
	m.againAt = m.begin + min(stillAfter+resendTo(len(m.members)), beginsWithin/2)
	m.mu.Unlock()
	m.repeat(ctx, 300*time.Millisecond, func(p *peer) (message.Order, bool) {
		j := p.job(m.run)
		return m.beginOrder(p), j != nil && j.State != message.Ready
	})
	return nil
}

// withoutClock takes those for lost whose clocks are not known, where the others are to go on
// without them. The error is why the run does not begin.
func (m *measurement) withoutClock(unknown error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.options.Degrade {
		return errors.Join(unknown, m.lostOnes())
	}
	for _, p := range m.present() {
		if _, ok := m.clocks[p.name]; !ok {
			p.lose(p.tooFewPings())
		}
	}
	return m.noneLeft()
}

// noneLeft is why there is no agent to go on with; nil where there is one. With the lock held.
func (m *measurement) noneLeft() error {
	if len(m.present()) > 0 {
		return nil
	}
	return fmt.Errorf("no agent is left: %w", m.lostOnes())
}

// beginOrder tells an agent when to begin, in its own clock.
func (m *measurement) beginOrder(p *peer) message.Order {
	return message.Order{Begin: &message.Begin{Run: m.run, At: m.clocks[p.name].There(m.begin)}}
}

// judgeClocks refuses clocks whose offset is not known well enough.
func (m *measurement) judgeClocks() error {
	var errs []error
	for name, o := range m.clocks {
		us := func(d time.Duration) float64 { return float64(d) / 1e3 }
		m.agents[name].Clock = &results.AgentClock{OffsetUS: us(o.Offset), BoundUS: us(o.Bound), Pings: o.Pings}
		if o.Bound > m.options.ClockBound {
			errs = append(errs, fmt.Errorf("agent %s: its clock is known to %v only, by the fastest of %d pings, and "+
				"--clock-bound is %v", name, o.Bound, o.Pings, m.options.ClockBound))
		}
	}
	return errors.Join(errs...)
}

// abandon ends a run that has not begun.
func (m *measurement) abandon() {
	m.end()
	m.forgetState()
}

// end orders all to end the run, and returns when to do so once more: orders can get lost.
func (m *measurement) end() (again time.Duration) {
	m.order("", message.Order{End: m.run}) // one that is lost may hear, though it is not heard
	return m.now() + resendTo(len(m.allMembers()))
}

// beginsWithin is how late an agent may begin.
const beginsWithin = 10 * time.Second

// forgotten is that an agent has another run, or none, than the one that it was to prepare.
const forgotten = "it does not know of the run any more"

// notice notes when an agent is lost. With the lock held.
func (m *measurement) notice(p *peer) {
	if p.lost != nil {
		return
	}
	j, why := p.job(m.run), ""
	switch {
	case p.silent():
		why = p.silence()
	case p.status == nil || !p.held(m.self):
		why = p.letGo()
	case j != nil && j.State == message.Ready && m.begin > 0 && m.now() > m.begin+beginsWithin:
		why = fmt.Sprintf("it did not begin within %v", beginsWithin)
	case j == nil && m.begin > 0:
		why = forgotten
	case j != nil && j.State == message.Done && j.Why != "" && p.kept(m.run) == nil:
		why = "it ended without a result: " + j.Why
	}
	if why != "" {
		p.lose(why)
	}
}

// drift measures the clocks again.
func (m *measurement) drift(ctx context.Context) {
	if ctx.Err() != nil {
		ctx = context.WithoutCancel(ctx)
	}
	again, err := m.askClocks(ctx)
	if err != nil {
		m.tell("the clocks at the end: %v", err)
	}
	for name, o := range again {
		us := float64(o.Offset-m.clocks[name].Offset) / 1e3
		if a := m.agents[name]; a != nil && a.Clock != nil {
			a.Clock.DriftUS = &us
		}
	}
}

// redacted are targets without their passwords, which go to the agents alone.
func redacted(targets []string) []string {
	out := make([]string, len(targets))
	for i, t := range targets {
		out[i] = scenario.Redacted(t)
	}
	return out
}
