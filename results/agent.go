package results

import (
	"cmp"
	"fmt"
	"strings"

	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/scenario"
)

// Agent is one host of a fleet's run: what it is, what it was given, and what came of it.
type Agent struct {
	// Name is that of the fleet: letters, digits, - and _.
	Name   string `json:"name"`
	Kernel string `json:"kernel"`
	Arch   string `json:"arch"`
	CPUs   int    `json:"cpus"`
	Tool   Tool   `json:"tool"`

	// Share is its part of the load.
	Share AgentShare `json:"share"`
	// SharesPortsWith is the first agent of the same host that has a result, whose ports and counters
	// they share: in the whole those are counted once. Absent of an agent that has its own.
	SharesPortsWith string `json:"shares_ports_with,omitempty"`
	// Clock is how its clock stands to the coordinator's; absent where it was not measured.
	Clock *AgentClock `json:"clock,omitempty"`

	// StartErrorUS is when its load began less when it was to begin, in its own clock:
	// below 0 too early. Absent where it did not begin.
	StartErrorUS *float64 `json:"start_error_us,omitempty"`
	// Late tells that it began so late that the intervals of the run are not at one time.
	Late bool `json:"late,omitempty"`
	// Lost is what became of an agent that did not go on to the end; absent otherwise.
	Lost *AgentLost `json:"lost,omitempty"`
	// Interrupted tells that its load was ended early.
	Interrupted bool `json:"interrupted,omitempty"`

	// These are of its own result, as the fields of a run are; absent where there is none.
	// Of an agent that was lost they are what it had left behind, up to then.
	Totals     *Totals              `json:"totals,omitempty"`
	Rates      *Rates               `json:"rates,omitempty"`
	DurationS  *float64             `json:"duration_s,omitempty"`
	Exhaustion *exhaustion.Finding  `json:"exhaustion,omitempty"`
	Prediction *capacity.Prediction `json:"prediction,omitempty"`
	// PortsInUseMax is the most of its ports that were in use when an interval ended, and
	// PortsCapacity how many there are.
	PortsInUseMax *int              `json:"ports_in_use_max,omitempty"`
	PortsCapacity *int              `json:"ports_capacity,omitempty"`
	Limit         *exhaustion.Bound `json:"limit,omitempty"`
	Validity      *Validity         `json:"validity,omitempty"`
	CPU           *CPU              `json:"cpu,omitempty"`
	Warnings      []Warning         `json:"warnings,omitempty"`
}

// Host is the agent that stands for its host.
func (a *Agent) Host() string { return cmp.Or(a.SharesPortsWith, a.Name) }

// AgentShare is what an agent was given of the whole. What all had alike is in the
// options of the run.
type AgentShare struct {
	Concurrency int `json:"concurrency"`
	// Rate is absent in a closed loop, Count where nothing is counted down.
	Rate  scenario.Rate `json:"rate,omitzero"`
	Count int64         `json:"count,omitempty"`
	// Sources are its addresses, where they were named, and Targets what it drove, in
	// the order in which it did.
	Sources []string `json:"sources,omitempty"`
	Targets []string `json:"targets"`
}

// AgentClock is how an agent's monotonic clock stood to the coordinator's.
type AgentClock struct {
	// OffsetUS is the agent's less the coordinator's, BoundUS by how much that may be
	// wrong: half of the least round trip of Pings.
	OffsetUS float64 `json:"offset_us"`
	BoundUS  float64 `json:"bound_us"`
	Pings    int     `json:"pings"`
	// DriftUS is the offset at the end less that at the beginning; absent where it was
	// not measured again.
	DriftUS *float64 `json:"drift_us,omitempty"`
}

// AgentLost is an agent that did not go on to the end.
type AgentLost struct {
	// AtS is when, in seconds from when counting began, which is after the warm-up; absent where
	// that was before, which Why says then, or is not known.
	AtS *float64 `json:"at_s,omitempty"`
	// Why is what happened, in words.
	Why string `json:"why"`
}

// Agent is the one of a name; nil without it.
func (r *Run) Agent(name string) *Agent {
	for i := range r.Agents {
		if r.Agents[i].Name == name {
			return &r.Agents[i]
		}
	}
	return nil
}

// agentName leaves of a name what those of a fleet have.
func agentName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		default:
			return -1
		}
	}, name)
}

// Shortfall says which agents of a fleet did not go on to the end, so that what was measured
// is not the load that was asked for; "" where all did, and of a single host.
func (r *Run) Shortfall() string {
	if !r.Degraded {
		return ""
	}
	var lost []string
	why := ""
	for _, a := range r.Agents {
		if a.Lost == nil {
			continue
		}
		if lost = append(lost, a.Name); len(lost) == 1 {
			why = a.Lost.Why
		}
	}
	if len(lost) == 0 {
		return "some agents were missing"
	}
	return fmt.Sprintf("%s of %d agents did not go on to the end (%s)", exhaustion.Names(lost), len(r.Agents), why)
}

// RanOut are the names of the agents whose ports ran out; nil of a single host.
func (r *Run) RanOut() []string {
	var out []string
	for _, a := range r.Agents {
		if a.Exhaustion != nil && a.Exhaustion.Exhausted {
			out = append(out, a.Name)
		}
	}
	return out
}
