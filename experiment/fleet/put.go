package fleet

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"slices"

	"tcpbench/experiment/fleet/merge"
	"tcpbench/law/capacity"
	"tcpbench/results"
)

// merge makes the whole of what the agents measured.
func (m *measurement) merge() (*results.Run, error) {
	m.mu.Lock()
	for _, p := range m.members {
		if p.lost == nil {
			continue
		}
		why := p.name + ": " + p.lost.why
		if !slices.Contains(m.gone, why) {
			m.gone = append(m.gone, why)
		}
		if a := m.agents[p.name]; a != nil {
			a.Lost = m.lostAt(*p.lost)
		}
	}
	trouble := m.trouble()
	m.mu.Unlock()
	r, err := m.put()
	if err != nil {
		return nil, m.collectable(err)
	}
	r.Warnings = append(r.Warnings, trouble...)
	if len(m.absentParts()) > 0 {
		if err := m.writeState(); err != nil { // who was lost, for who collects the rest
			return nil, err
		}
		m.tell("%s", m.collected())
		return r, nil
	}
	m.haveMade()
	return r, nil
}

// collected says how what is still to come of the run is got.
func (m *measurement) collected() string {
	return "what agents of the run may still have is got, once they are there, by " + m.options.Collect
}

// collectable is the error of a run without a whole, which agents may have results of all the same.
func (m *measurement) collectable(err error) error {
	if len(m.absentParts()) == 0 {
		return err
	}
	if stateErr := m.writeState(); stateErr != nil { // who was lost, for who collects the rest
		return errors.Join(err, stateErr)
	}
	return fmt.Errorf("%w; %s", err, m.collected())
}

// haveMade notes that all there is of the run is in its result: what could not be read is not.
func (m *measurement) haveMade() {
	if m.unread {
		m.tell("what cannot be read stays in %s, until you remove it", filepath.Join(m.options.Dir, m.run))
		return
	}
	m.announce(func() { m.made = append(m.made, m.run) })
}

// trouble warns of what went wrong at agents that have a result all the same. With the lock
// held.
func (m *measurement) trouble() []results.Warning {
	var out []results.Warning
	for _, p := range m.members {
		if j := p.job(m.run); p.lost == nil && j != nil && j.Why != "" {
			out = append(out, results.Warning{Code: "agent-trouble", Text: "agent " + p.name + ": " + j.Why})
		}
	}
	return out
}

// lostAt is when and why an agent was lost.
func (m *measurement) lostAt(l loss) *results.AgentLost {
	if m.begin == 0 || l.at <= m.begin {
		return &results.AgentLost{Why: "before the start: " + l.why}
	}
	at := l.at - m.begin - m.whole.Workload.Warmup
	if at < 0 {
		return &results.AgentLost{Why: "before the end of the warm-up: " + l.why}
	}
	s := at.Seconds()
	return &results.AgentLost{AtS: &s, Why: l.why}
}

// put puts the results of the agents together that are on disk, one after the other.
func (m *measurement) put() (*results.Run, error) {
	m.standForHosts()
	all := merge.New(m.whole.Workload, redacted(m.whole.Targets), m.sharedNAT(), m.absent)
	parts := m.parts()
	defer func() { // after an error
		for range parts {
		}
	}()
	for part := range parts {
		if err := all.Add(<-part); err != nil {
			return nil, err
		}
	}
	r, err := all.Result()
	if err != nil {
		return nil, err
	}
	r.Cell, r.Repeat = m.whole.Labels, m.whole.Repeat
	for _, why := range m.absent {
		r.Degraded = true
		r.Warnings = append(r.Warnings, results.Warning{Code: "agent-missing", Text: "an agent was missing from the " +
			"beginning: " + why})
	}
	return r, nil
}

// standForHosts has an agent stand for each host, with what all agents there share: the first by
// name that has a whole result, else the first that has a journal.
func (m *measurement) standForHosts() {
	names := slices.Sorted(maps.Keys(m.agents))
	stands := map[string]string{} // by who stood for the host until now
	for _, journal := range []bool{false, true} {
		for _, name := range names {
			host := m.agents[name].Host()
			if stands[host] == "" && there(m.partPath(m.run, name, journal)) {
				stands[host] = name
			}
		}
	}
	for _, name := range names {
		a := m.agents[name]
		switch by := stands[a.Host()]; by {
		case "": // nothing is left of any there
		case name:
			a.SharesPortsWith = ""
		default:
			a.SharesPortsWith = by
		}
	}
}

// parts are what the agents have, by name: a few are read at once, which takes longer than to
// put them together. Who takes them has to take all.
func (m *measurement) parts() <-chan chan merge.Part {
	out := make(chan chan merge.Part, 2*runtime.GOMAXPROCS(0))
	go func() {
		defer close(out)
		for _, name := range slices.Sorted(maps.Keys(m.agents)) {
			part := make(chan merge.Part, 1)
			out <- part
			go func() { part <- m.partOf(*m.agents[name]) }()
		}
	}()
	return out
}

// partOf is an agent with its result, and what that says of its beginning. One whose result
// cannot be read is lost.
func (m *measurement) partOf(a results.Agent) merge.Part {
	r, err := m.readPart(m.run, a.Name)
	if err != nil {
		m.mu.Lock()
		m.unread = true
		m.mu.Unlock()
	}
	if r == nil && a.Lost == nil {
		why := "it has no result"
		if err != nil {
			why = "its result cannot be read: " + err.Error()
		}
		a.Lost = &results.AgentLost{Why: why}
	}
	if r == nil {
		return merge.Part{Agent: a}
	}
	if self := r.Agent(a.Name); self != nil && self.StartErrorUS != nil { // a journal does not have it
		a.StartErrorUS = self.StartErrorUS
	}
	r.Agents = nil
	return merge.Part{Agent: a, Run: r}
}

// sharedNAT is the NAT that all agents are behind, less its destinations; nil without one.
func (m *measurement) sharedNAT() *capacity.NAT {
	if m.nat == 0 {
		return nil
	}
	return &capacity.NAT{Ports: m.nat, Addresses: 1, Clients: len(m.agents)}
}
