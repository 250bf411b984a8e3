package fleet

import (
	"cmp"
	"fmt"
	"slices"

	"tcpbench/experiment/fleet/merge"
	"tcpbench/results"
)

// lateUS is from how many microseconds after its instant on an agent has begun late.
const lateUS = 10_000

// merge makes the whole of what the agents measured.
func (m *measurement) merge() (*results.Run, error) {
	m.mu.Lock()
	for _, p := range m.members {
		if a := m.agents[p.name]; p.lost != nil && a != nil {
			a.Lost = m.lostAt(*p.lost)
		}
		if p.lost != nil {
			m.gone = append(m.gone, p.name+": "+p.lost.why)
		}
	}
	missing := m.missing
	m.mu.Unlock()
	r, err := m.put()
	if err != nil {
		return nil, err
	}
	for _, why := range missing {
		r.Degraded = true
		r.Warnings = append(r.Warnings, results.Warning{Code: "agent-missing", Text: "an agent was missing from the " +
			"beginning: " + why})
	}
	m.announce(func() { m.made = append(m.made, m.run) })
<<<<<<< HEAD
	r.Cell, r.Repeat = m.whole.Labels, m.whole.Repeat
=======
>>>>>>> f7dfeec (fleet sweep, list, collect: what a fleet does beside a run, and after its coordinator)
	return r, nil
}

// lostAt is when and why an agent was lost.
func (m *measurement) lostAt(l loss) *results.AgentLost {
	out := &results.AgentLost{Why: l.why}
	if l.at > m.begin {
		s := (l.at - m.begin).Seconds()
		out.AtS = &s
	}
	return out
}

// put puts the results of the agents together that are on disk.
func (m *measurement) put() (*results.Run, error) {
	var parts []merge.Part
	for _, a := range m.agents {
		r, err := m.readPart(m.run, a.Name)
		if err != nil {
			return nil, fmt.Errorf("read the result of agent %s: %w", a.Name, err)
		}
		one := *a
		if r != nil {
			if self := r.Agent(a.Name); self != nil {
				one.StartErrorUS = self.StartErrorUS
				one.Late = one.StartErrorUS != nil && *one.StartErrorUS > lateUS
			}
			r.Agents = nil
		}
		parts = append(parts, merge.Part{Agent: one, Run: r})
	}
	slices.SortFunc(parts, func(a, b merge.Part) int { return cmp.Compare(a.Agent.Name, b.Agent.Name) })
	r, err := merge.Runs(m.whole.Workload, m.whole.Targets, nil, parts)
	if err != nil {
		return nil, err
	}
	r.Cell, r.Repeat = m.whole.Labels, m.whole.Repeat
	return r, nil
}
