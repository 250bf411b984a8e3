package merge

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"tcpbench/judge/metric"
	"tcpbench/law/capacity"
	"tcpbench/results"
	"tcpbench/scenario"
)

// Part is one agent with its result.
type Part struct {
	// Agent is what the coordinator knows of it. What is of its result is filled in.
	Agent results.Agent
	// Run is its result, or the journal of one that has none ([results.ReadEither]); nil
	// of an agent that was lost and left nothing.
	Run *results.Run
}

// Runs makes one result of all parts: see [Merger].
func Runs(whole scenario.Workload, targets []string, sharedNAT *capacity.NAT,
	parts []Part) (*results.Run, error) {
	m := New(whole, targets, sharedNAT, nil)
	for _, p := range parts {
		if err := m.Add(p); err != nil {
			return nil, err
		}
	}
	return m.Result()
}

// Merger adds results of agents up, one after the other. It is not safe for concurrent use.
type Merger struct {
	whole   scenario.Workload
	targets []string
	nat     *capacity.NAT
	missing []string // that had no part in it, each with the reason

	agents []results.Agent
	names  map[string]bool
	run    results.Run // what is added up
	axis   *axis
	counts counts
	time   clock
	common common
	// offered is the rate of those whose planned starts are counted.
	offered scenario.Rate
	errors  map[string]map[string]int64 // of each agent that had failures
	told    said
	err     error
}

// New begins a merge. Whole is what the fleet was asked for, towards targets; sharedNAT is
// a NAT that all agents are behind, nil where none was named: its destinations are those that the
// agents' laws have. Missing are agents that had no part in it, each with the reason.
func New(whole scenario.Workload, targets []string, sharedNAT *capacity.NAT, missing []string) *Merger {
	return &Merger{whole: whole, targets: targets, nat: sharedNAT, missing: missing, axis: newAxis(whole.Interval),
		counts: newCounts(), names: map[string]bool{}, errors: map[string]map[string]int64{}}
}

// Add takes in the next agent. The part's result is not used any more afterwards. The error
// names an agent that was there before, or whose result is damaged; the merge is then over.
func (m *Merger) Add(p Part) error {
	if m.err == nil {
		m.err = m.add(p)
	}
	return m.err
}

func (m *Merger) add(p Part) error {
	a := p.Agent
	if m.names[a.Name] {
		return fmt.Errorf("merge results: agent %s is there twice", a.Name)
	}
	if p.Run == nil && a.Lost == nil {
		return fmt.Errorf("merge results: agent %s has no result, and is not said to be lost", a.Name)
	}
	m.names[a.Name] = true
	if p.Run == nil {
		m.agents = append(m.agents, a)
		return nil
	}
	late, own := startedLate(a), p.Run
	if a.SharesPortsWith != "" {
		own = withoutHost(own)
	}
	ofIntervals, err := m.axis.add(a.Name, late, own.Intervals)
	if err != nil {
		return fmt.Errorf("merge results: agent %s: %w", a.Name, err)
	}
	a.Late = ofIntervals
	if err := m.counts.add(own); err != nil {
		return fmt.Errorf("merge results: agent %s: %w", a.Name, err)
	}
	fill(&a, p.Run)
	if a.SharesPortsWith == "" {
		m.common.cpus += a.CPUs
		m.common.memory += p.Run.Environment.MemoryBytes
	}
	m.agents = append(m.agents, a)
	m.time.add(late, p.Run)
	m.told.add(a.Name, p.Run)
	if p.Run.CutOff == nil {
		m.common.add(a.Name, p.Run)
	}
	if p.Run.Lateness != nil {
		m.offered.From += a.Share.Rate.From
		m.offered.To += a.Share.Rate.To
	}
	if len(p.Run.Totals.Errors) > 0 {
		m.errors[a.Name] = p.Run.Totals.Errors
	}
	m.run.Interrupted = m.run.Interrupted || a.Lost == nil && p.Run.Interrupted
	return nil
}

// startedLate is by how much an agent began late, in seconds; 0 where that is not known.
func startedLate(a results.Agent) float64 {
	if a.StartErrorUS == nil {
		return 0
	}
	return *a.StartErrorUS / 1e6
}

// fill puts what is of an agent's result into what is kept of the agent.
func fill(a *results.Agent, r *results.Run) {
	a.Totals, a.Rates, a.DurationS = &r.Totals, &r.Rates, &r.DurationS
	a.PortsInUseMax, a.PortsCapacity = ports(r)
	a.Warnings = r.Warnings
	if r.CutOff != nil {
		return
	}
	a.Kernel = cmp.Or(a.Kernel, r.Environment.Kernel)
	a.Arch = cmp.Or(a.Arch, r.Environment.Arch)
	a.CPUs = cmp.Or(a.CPUs, r.Environment.CPUs)
	a.Tool = cmp.Or(a.Tool, r.Tool)
	a.Interrupted = r.Interrupted
	a.Exhaustion, a.Limit, a.Validity, a.CPU = r.Exhaustion, r.Limit, r.Validity, r.CPU
	if !r.Portless() {
		law := r.Prediction
		a.Prediction = &law
	}
}

// ports are the most in use when an interval ended, and how many there are; nil where that
// was not measured.
func ports(r *results.Run) (inUse, capacity *int) {
	for i := range r.Intervals {
		iv := &r.Intervals[i]
		inUse = outer(inUse, iv.Highest().PortsInUse, 1)
		capacity = outer(capacity, iv.PortsCapacity, 1)
	}
	return inUse, capacity
}

// Result is what all agents did together. It is an error where none has a result.
func (m *Merger) Result() (*results.Run, error) {
	switch {
	case m.err != nil:
		return nil, m.err
	case !slices.ContainsFunc(m.agents, func(a results.Agent) bool { return a.Totals != nil }):
		return nil, errors.New("merge results: no agent has one: " + m.whyNone())
	}
	r := m.run
	r.Schema, r.Targets, r.Agents = results.Schema, m.targets, slices.Clone(m.agents)
	slices.SortFunc(r.Agents, func(a, b results.Agent) int { return strings.Compare(a.Name, b.Name) })
	r.Degraded = slices.ContainsFunc(r.Agents, func(a results.Agent) bool { return a.Lost != nil })
	m.common.result(&r, m.whole)
	m.counts.result(&r)
	m.time.result(&r)
	r.Intervals = m.axis.intervals()
	r.Validity = metric.Validity(&r)
	if r.Lateness != nil {
		r.Lateness.Valid = !slices.ContainsFunc(r.Validity.Reasons,
			func(reason results.Reason) bool { return reason.What == results.GeneratorLate })
	}
	m.judge(&r)
	r.Warnings = m.warnings(&r)
	return &r, nil
}

// whyNone says what became of agents none of which has a result.
func (m *Merger) whyNone() string {
	if len(m.agents) == 0 {
		return "there is none"
	}
	a := m.agents[0]
	return fmt.Sprintf("%s was lost: %s", a.Name, a.Lost.Why)
}

// clock is when agents worked, in seconds on the axis of the fleet.
type clock struct {
	begin, end, served, drained, first float64
	started                            time.Time
	any                                bool
}

func (c *clock) add(late float64, r *results.Run) {
	end := late + r.DurationS
	served, drained := late+r.ServedS(), end+r.DrainS
	if !c.any {
		*c = clock{late, end, served, drained, end, r.StartedAt.UTC(), true}
		return
	}
	c.begin, c.first = min(c.begin, late), min(c.first, end)
	c.end, c.served, c.drained = max(c.end, end), max(c.served, served), max(c.drained, drained)
	if at := r.StartedAt.UTC(); at.Before(c.started) {
		c.started = at
	}
}

// result are the times of the fleet, and its rates over them.
func (c *clock) result(r *results.Run) {
	r.StartedAt = c.started
	r.DurationS = max(c.end-c.begin, 0)
	r.DrainS = max(c.drained-c.end, 0)
	over := c.served - c.begin
	if over <= 0 {
		return
	}
	r.Rates = results.Rates{ConnectionsPerSecond: float64(r.Totals.Succeeded) / over,
		RequestsPerSecond: float64(r.Totals.Requests) / over, OverS: over}
}

// apart is by how much the first agent ended before the last; 0 for less than matters.
func (c *clock) apart() float64 {
	const atLeast, share = 0.1, 0.01 // of a second, of the run
	if d := c.end - c.first; d > max(atLeast, share*(c.end-c.begin)) && !math.IsNaN(d) {
		return d
	}
	return 0
}
