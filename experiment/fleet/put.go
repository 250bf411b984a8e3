package fleet

import (
	"cmp"
	"fmt"

	"tcpbench/experiment/fleet/merge"
	"tcpbench/results"
)

// late is from how long after its instant an agent has begun late.
const lateUS = 10_000

// merge makes the whole of what the agents measured.
func (m *measurement) merge() (*results.Run, error) {
	m.mu.Lock()
	for _, p := range m.members {
		if p.lost == nil {
			continue
		}
		m.gone = append(m.gone, p.name+": "+p.lost.why)
		l := &results.AgentLost{Why: p.lost.why}
		if p.lost.at > m.begin {
			s := (p.lost.at - m.begin).Seconds()
			l.AtS = &s
		}
		m.agents[p.name].Lost = l
	}
	for _, why := range m.missing {
		m.tell("missing: %s", why)
	}
	missing := m.missing
	var agents []results.Agent
	for _, p := range m.members {
		agents = append(agents, *m.agents[p.name])
	}
	m.mu.Unlock()
	r, err := m.put(m.run, m.whole.Targets, agents)
	if err != nil {
		return nil, err
	}
	for _, why := range missing {
		r.Degraded = true
		r.Warnings = append(r.Warnings, results.Warning{Code: "agent-missing", Text: "an agent was missing from the " +
			"beginning: " + why})
	}
	m.announce(func() { m.made = append(m.made, m.run) })
	r.Cell, r.Repeat = m.whole.Labels, m.whole.Repeat
	return r, nil
}

// put puts the results of a run together that are on disk.
func (m *measurement) put(run string, targets []string, agents []results.Agent) (*results.Run, error) {
	var parts []merge.Part
	for _, a := range agents {
		r, err := m.readPart(run, a.Name)
		if err != nil {
			return nil, fmt.Errorf("read the result of agent %s: %w", a.Name, err)
		}
		if r != nil {
			if self := r.Agent(a.Name); self != nil {
				a.StartErrorUS = self.StartErrorUS
				a.Late = a.StartErrorUS != nil && *a.StartErrorUS > lateUS
			}
			r.Agents = nil
		}
		parts = append(parts, merge.Part{Agent: a, Run: r})
	}
	return merge.Runs(m.whole.Workload, targets, nil, parts)
}

func byAgentName(a, b results.Agent) int { return cmp.Compare(a.Name, b.Name) }
