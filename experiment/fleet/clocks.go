package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tcpbench/experiment/fleet/clock"
	"tcpbench/experiment/fleet/message"
)

// How often an agent's clock is asked, and how far apart.
const (
	pings     = 16
	fewest    = 8
	pingEvery = 10 * time.Millisecond
	pingWait  = 2 * time.Second
	// mostPings is how many may be without an answer: each waits for those before it, which
	// would be in its round trip.
	mostPings = 32
)

// clocksWithin is what all pings of so many agents may take: those that have not answered enough
// by then have no offset.
func clocksWithin(agents int) time.Duration {
	return 10*time.Second + time.Duration(agents)*10*time.Millisecond
}

// askClocks measures the offset to the clock of each member that is not lost, nor gets lost. Those
// that have not answered often enough have none, and the error names them.
func (m *measurement) askClocks(ctx context.Context) (map[string]clock.Offset, error) {
	m.mu.Lock()
	for _, p := range m.members {
		clear(p.asked)
		p.pings = nil
	}
	m.unanswered = 0
	members := m.present()
	m.mu.Unlock()
	if err := m.pingAll(ctx, members); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]clock.Offset{}
	var errs []error
	for _, p := range members {
		if m.notice(p); p.lost != nil {
			continue
		}
		o, ok := clock.Of(p.pings)
		if !ok || o.Pings < fewest {
			errs = append(errs, fmt.Errorf("agent %s: %s", p.name, p.tooFewPings()))
			continue
		}
		out[p.name] = o
	}
	return out, errors.Join(errs...)
}

// tooFewPings is why the offset to its clock is not known.
func (p *peer) tooFewPings() string {
	return fmt.Sprintf("it answered %d of %d pings", len(p.pings), pings)
}

// pingAll asks each as often as is wanted, for as long as that may take, and waits for the
// answers. The error is ctx's.
func (m *measurement) pingAll(ctx context.Context, members []*peer) error {
	within, done := context.WithTimeout(ctx, clocksWithin(len(members)))
	defer done()
	for range pings {
		for _, p := range members {
			for !m.await(within, message.Beat, func() bool { return m.unanswered < mostPings }) && within.Err() == nil {
				m.giveUpPings(members)
			}
			m.ping(p)
		}
		select {
		case <-within.Done():
			return ctx.Err()
		case <-time.After(pingEvery):
		}
	}
	m.await(within, pingWait, func() bool { return m.answered(members) })
	return ctx.Err()
}

// giveUpPings takes those for lost that are, and waits no more for pings that are older than an
// answer is of use.
func (m *measurement) giveUpPings(members []*peer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range members {
		m.notice(p)
		for n, sent := range p.asked {
			if p.lost != nil || m.now()-sent >= pingWait {
				delete(p.asked, n)
				m.unanswered--
			}
		}
	}
}

// ping asks an agent for its time, unless it is lost.
func (m *measurement) ping(p *peer) {
	m.mu.Lock()
	if m.notice(p); p.lost != nil {
		m.mu.Unlock()
		return
	}
	m.pings++
	n := m.pings
	m.unanswered++
	p.asked[n] = m.now()
	m.mu.Unlock()
	m.order(p.name, message.Order{Ping: n})
}

// answered reports whether each has answered all pings, or is lost. With the lock held.
func (m *measurement) answered(members []*peer) bool {
	for _, p := range members {
		if m.notice(p); len(p.pings) < pings && p.lost == nil {
			return false
		}
	}
	return true
}

// present are the members that are not lost. With the lock held.
func (f *Fleet) present() []*peer {
	var out []*peer
	for _, p := range f.members {
		if p.lost == nil {
			out = append(out, p)
		}
	}
	return out
}
