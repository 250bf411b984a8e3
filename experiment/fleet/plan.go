package fleet

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/fleet/merge"
	"tcpbench/experiment/fleet/message"
	"tcpbench/internal/fault"
	"tcpbench/law/capacity"
)

// Planned is what an agent would do of a cell.
type Planned struct {
	Name  string
	Host  message.Host
	Share cell.Spec
	// Prediction is what the law says there, with what its host is set to, and HeldPorts how
	// many local ports were in use towards the targets.
	Prediction capacity.Prediction
	HeldPorts  int
}

// Plan says what each agent would do, and measures nothing.
func (f *Fleet) Plan(ctx context.Context, s cell.Spec) ([]Planned, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	m := &measurement{Fleet: f, run: runName(), whole: s}
	if err := m.renew(ctx); err != nil {
		return nil, early(ctx, err)
	}
	plan, err := m.plan(ctx)
	if err != nil {
		return nil, early(ctx, err)
	}
	return plan, nil
}

// plan asks each member that is present what it would do.
func (m *measurement) plan(ctx context.Context) ([]Planned, error) {
	if err := m.share(); err != nil {
		return nil, err
	}
	if err := m.getReady(ctx, true); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Planned
	for _, p := range m.present() {
		j := p.job(m.run)
		if j == nil {
			why := forgotten
			if !p.held(m.self) {
				why = p.letGo()
			}
			return nil, fmt.Errorf("agent %s: %s", p.name, why)
		}
		one := Planned{Name: p.name, Host: p.status.Host, Share: m.shares[p.name], HeldPorts: j.HeldPorts}
		if j.Prediction != nil {
			one.Prediction = *j.Prediction
		}
		out = append(out, one)
	}
	return out, nil
}

// Held counts the local ports of all agents that connects towards the spec's targets cannot
// have just now, and says what their laws give together, as cell.Held does of this host.
// Whoever asks waits for ports by itself: the next [Fleet.Measure] does not.
func (f *Fleet) Held(ctx context.Context, s cell.Spec) (int, capacity.Prediction, error) {
	plan, err := f.Plan(ctx, s)
	if err != nil {
		return 0, capacity.Prediction{}, err
	}
	f.mu.Lock()
	f.took = false
	f.mu.Unlock()
	held, law := allOf(plan)
	return held, law, nil
}

// held is [Fleet.Held] of the members that are present.
func (m *measurement) held(ctx context.Context) (int, capacity.Prediction, error) {
	asks := &measurement{Fleet: m.Fleet, run: runName(), whole: m.whole} // a plan is a run of its own
	plan, err := asks.plan(ctx)
	if err != nil {
		return 0, capacity.Prediction{}, err
	}
	held, law := allOf(plan)
	return held, law, nil
}

// allOf are the ports in use and the law of all of a plan, those of one host once.
func allOf(plan []Planned) (int, capacity.Prediction) {
	held, laws, counted := 0, []capacity.Prediction{}, map[string]bool{}
	for _, p := range plan {
		if counted[p.Host.Network] {
			continue // they have the same ports
		}
		counted[p.Host.Network] = true
		held += p.HeldPorts
		laws = append(laws, p.Prediction)
	}
	return held, merge.Predictions(laws)
}

// renew holds the members again: one that was lost may be back.
func (m *measurement) renew(ctx context.Context) error {
	var limit time.Duration
	m.announce(func() {
		limit = m.silence() + time.Second
		for _, p := range m.members {
			p.lost, p.intervals, p.chunk, p.again = nil, nil, nil, false
		}
	})
	held := func(p *peer) (message.Order, bool) { return message.Order{Hold: true}, p.held(m.self) && !p.silent() }
	m.repeat(ctx, limit, held)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.members {
		if _, ok := held(p); !ok {
			why := cmp.Or(p.unfit(), errNoAnswer)
			p.lose("it was not there at the beginning: " + why.Error())
		}
	}
	if lost := len(m.members) - len(m.present()); lost > 0 && (!m.options.Degrade || lost == len(m.members)) {
		return &fault.Error{Status: fault.StatusFailed, Err: m.lostOnes()}
	}
	return nil
}
