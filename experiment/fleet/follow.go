package fleet

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"tcpbench/experiment/fleet/merge"
	"tcpbench/experiment/fleet/message"
	"tcpbench/metrics"
)

// Standing is how an agent stands.
type Standing struct {
	Name string
	// State is how far its run is; "" is without one.
	State message.State
	// Connections is how many it has opened, and Rate how many a second in its last
	// interval; PortsInUse and PortsCapacity are of it, where they are measured.
	Connections               int64
	Rate                      float64
	PortsInUse, PortsCapacity *int
	// Lost is why it is lost; "" is not.
	Lost string
}

// grace is what agents get to end a run early and write their results.
const grace = 15 * time.Second

// follow returns when all members have measured to the end, or are lost. When ctx is done it
// ends the run.
func (m *measurement) follow(ctx context.Context, observe func(metrics.Interval)) {
	m.mu.Lock()
	live := newTogether(m.whole.Workload.Interval, m.join())
	m.mu.Unlock()
	standing := map[string]*Standing{}
	var end, again time.Duration // when it is given up, and ordered to end once more; 0 before it is
	over := func() bool { return m.look(live, standing) }
	for {
		done := m.await(ctx, message.Beat, over)
		m.mu.Lock()
		lost := m.anyLost()
		m.standing = m.standings(standing)
		said := m.said
		m.said = nil
		m.mu.Unlock()
		for _, line := range said { // without the lock: who is told may ask how agents stand
			m.tell("%s", line)
		}
		m.beginAgain()
		for _, iv := range live.ready(done, m.alive()) {
			if observe != nil {
				observe(iv)
			}
		}
		switch {
		case done:
			return
		case end == 0 && (ctx.Err() != nil || lost && !m.options.Degrade || m.now() > m.deadline()):
			again, end = m.end(), m.now()+grace
			ctx = context.WithoutCancel(ctx)
		case end > 0 && m.now() > end:
			m.giveUp()
			return
		case end > 0 && m.now() > again:
			again = m.end()
		}
	}
}

// beginAgain gives the order to begin once more to those that are ready still: it may have
// got lost. Not before all can have heard and said so: each order has an answer, and who is
// behind with those would be further behind.
func (m *measurement) beginAgain() {
	m.mu.Lock()
	var late []*peer
	for _, p := range m.present() {
		if j := p.job(m.run); j != nil && j.State == message.Ready && m.now() > m.againAt {
			late = append(late, p)
		}
	}
	if len(late) > 0 {
		m.againAt = m.now() + resendTo(len(late))
	}
	m.mu.Unlock()
	for _, p := range late {
		m.order(p.name, m.beginOrder(p))
	}
}

// deadline is when all must have ended by themselves; for ever where only a count, or ports
// that run out, end the run.
func (m *measurement) deadline() time.Duration {
	w := m.whole.Workload
	if w.TimeLimit() == 0 {
		return math.MaxInt64
	}
	return m.begin + w.Warmup + w.TimeLimit() + w.Timeout + w.CutLink + 2*grace
}

// look takes what agents have reported, and says whether all are done. With the lock held.
func (m *measurement) look(live *together, standing map[string]*Standing) bool {
	over := true
	for _, p := range m.members {
		before := p.lost
		m.notice(p)
		if p.lost != nil && before == nil {
			m.said = append(m.said, fmt.Sprintf("agent %s is lost: %s", p.name, p.lost.why))
		}
		s := standing[p.name]
		if s == nil {
			s = &Standing{Name: p.name}
			standing[p.name] = s
		}
		for _, iv := range p.intervals {
			if a := m.agents[p.name]; a != nil && a.SharesPortsWith != "" {
				live.add(p.name, merge.WithoutHost([]metrics.Interval{iv})[0])
			} else {
				live.add(p.name, iv)
			}
			s.Connections += iv.Obtained
			s.Rate, s.PortsInUse, s.PortsCapacity = iv.ConnectionsPerSecond, iv.PortsInUse, iv.PortsCapacity
		}
		p.intervals = nil
		j := p.job(m.run)
		if j != nil {
			s.State = j.State
			m.noteBegan(p.name, j)
		}
		if p.lost != nil {
			s.Lost = p.lost.why
		}
		over = over && (p.lost != nil || j != nil && j.State == message.Done)
	}
	return over
}

// noteBegan notes when an agent began, as it said while it ran: where it leaves no result, nobody
// else knows. With the lock held.
func (m *measurement) noteBegan(name string, j *message.Job) {
	a, o := m.agents[name], m.clocks[name]
	if a == nil || j.Began == 0 || o.Pings == 0 {
		return
	}
	us := float64(j.Began-o.There(m.begin)) / 1e3
	a.StartErrorUS = &us
}

// anyLost reports whether one of the members is. With the lock held.
func (m *measurement) anyLost() bool { return len(m.present()) < len(m.members) }

// standings are those of all members. With the lock held.
func (m *measurement) standings(of map[string]*Standing) []Standing {
	var out []Standing
	for _, p := range m.members {
		if s := of[p.name]; s != nil {
			out = append(out, *s)
		}
	}
	return out
}

// alive are the names of the members that still measure.
func (m *measurement) alive() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	for _, p := range m.present() {
		if j := p.job(m.run); j != nil && j.State != message.Done {
			out = append(out, p.name)
		}
	}
	return out
}

// giveUp takes those for lost that do not end.
func (m *measurement) giveUp() {
	m.announce(func() {
		for _, p := range m.members {
			if j := p.job(m.run); j == nil || j.State != message.Done {
				p.lose("it did not end when it was told to")
			}
		}
	})
}

// together puts the intervals of agents together that are of one time. Each of theirs is so many
// of the run's; the last may be fewer.
type together struct {
	length time.Duration
	parts  int
	next   int // the first that was not passed on
	of     map[int]map[string]metrics.Interval
	since  map[int]time.Time // when the first of it came
}

func newTogether(length time.Duration, parts int) *together {
	return &together{length: length, parts: parts, of: map[int]map[string]metrics.Interval{},
		since: map[int]time.Time{}}
}

// mostIntervals is more than a run has.
const mostIntervals = 1e9

// add takes an interval of an agent; one that comes after its time was passed on is left out
// of what is shown.
func (t *together) add(agent string, iv metrics.Interval) {
	at := iv.TS/t.length.Seconds() + 0.5
	if !(at < mostIntervals) { // nor is it a number
		return
	}
	i := (int(at) - 1) / t.parts
	if i = max(i, 0); i < t.next {
		return
	}
	if t.of[i] == nil {
		t.of[i], t.since[i] = map[string]metrics.Interval{}, time.Now()
	}
	t.of[i][agent] = iv
}

// patience is for how long an interval waits for agents that are slow to report it.
const patience = 1500 * time.Millisecond

// ready are those that all who are alive have reported, or that have waited for long; in
// the end all that there are.
func (t *together) ready(end bool, alive []string) []metrics.Interval {
	var out []metrics.Interval
	for len(t.of) > 0 {
		of := t.of[t.next]
		if of == nil {
			if !end && !t.later() {
				break
			}
			t.next = slices.Min(slices.Collect(maps.Keys(t.of)))
			continue
		}
		whole := true
		for _, name := range alive {
			_, ok := of[name]
			whole = whole && ok
		}
		if !whole && !end && time.Since(t.since[t.next]) < patience {
			break
		}
		var all []metrics.Interval
		for _, iv := range of {
			all = append(all, iv)
		}
		out = append(out, merge.Interval(all))
		delete(t.of, t.next)
		delete(t.since, t.next)
		t.next++
	}
	return out
}

// later reports whether a later one has waited for long, so that the next one never comes.
func (t *together) later() bool {
	for _, since := range t.since {
		if time.Since(since) > patience {
			return true
		}
	}
	return false
}
