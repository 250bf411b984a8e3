package exhaustion

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/law/capacity"
)

// Fleet is what the verdict of a load on many hosts is drawn from.
type Fleet struct {
	// Agents are all that were given a part of the load.
	Agents []FleetAgent
	// Missing names those that were to have one and had none, each with the reason.
	Missing []string
	// Whole are the sums of all, and what was asked for. Its settings are of no host.
	Whole Facts
	// GoesOn tells that an agent goes on when its ports have run out, to the end or until one
	// is free again.
	GoesOn bool
	// InFlight is how many connections were open at a time, at most. InFlightSeen is the most when
	// an interval ended, of an open loop; nil of a closed one, which has all of them in flight.
	InFlight     int
	InFlightSeen *int
	// Hosts is the law of all hosts together, and NAT that of a NAT which they share, nil
	// where none was named, or its destinations are not known.
	Hosts capacity.Prediction
	NAT   *capacity.Prediction
}

// FleetAgent is one of them.
type FleetAgent struct {
	Name string
	// Finding is its own; nil of one that has no result. Times count from the start of
	// its own load, which began so many seconds after that of the fleet.
	Finding     *Finding
	StartedLate float64
	// SharesPorts tells that its ports are those of another agent's host, which is counted there.
	SharesPorts bool
	// Prediction is the law of its ports, and Limit what limited its rate; nil where that
	// is not known.
	Prediction *capacity.Prediction
	Limit      *Bound
	// Own names figures that are in part its generator's; "" for none.
	Own string
	// Errors counts its failures by "call: ERRNO".
	Errors map[string]int64
	// Late tells that it began so late that intervals are not at one time.
	Late bool
	// Lost is why it did not go on to the end; "" where it did. LostAt is when, in seconds
	// from when counting began; nil where that was before.
	Lost   string
	LostAt *float64
}

// ranOut is when its ports ran out, on the clock of the fleet; false where they did not.
func (a FleetAgent) ranOut() (at float64, ok bool) {
	if a.Finding == nil || !a.Finding.Exhausted || a.Finding.AfterSeconds == nil || a.Finding.AfterConnections == nil {
		return 0, false
	}
	return a.StartedLate + *a.Finding.AfterSeconds, true
}

// kinds are the agents by how they ended.
func (f Fleet) kinds() (out, ran, lost []FleetAgent) {
	for _, a := range f.Agents {
		if _, ok := a.ranOut(); ok {
			out = append(out, a)
		}
		if a.Finding != nil {
			ran = append(ran, a)
		}
		if a.Lost != "" {
			lost = append(lost, a)
		}
	}
	slices.SortStableFunc(out, func(a, b FleetAgent) int {
		at, _ := a.ranOut()
		other, _ := b.ranOut()
		switch {
		case at < other:
			return -1
		case at > other:
			return 1
		default:
			return 0
		}
	})
	return out, ran, lost
}

// Finding is that of all agents together: ports ran out where they did on each, after the sum of
// what each had until then, when the last one had none; and the load was sustained where
// it was on each. nil where no agent has one.
func (f Fleet) Finding() *Finding {
	out, ran, lost := f.kinds()
	if len(ran) == 0 {
		return nil
	}
	all := &Finding{Outcome: Undecided}
	sustained := len(lost) == 0
	for _, a := range ran {
		sustained = sustained && a.Finding.Outcome == Sustained
		if all.Refused == nil && len(out) == 0 {
			all.Refused = a.Finding.Refused
		}
	}
	switch {
	case len(out) == len(ran) && len(lost) == 0:
		f.exhausted(all, out)
	case sustained:
		all.Outcome = Sustained
	}
	return all
}

// exhausted fills in that ports ran out on all of these, the first of which was the first. When
// one had a port again is not known of all where an agent had before the last ran out.
func (f Fleet) exhausted(all *Finding, out []FleetAgent) {
	first := out[0].Finding
	last, _ := out[len(out)-1].ranOut()
	var sum int64
	recovered := math.Inf(1)
	for _, a := range out {
		sum += *a.Finding.AfterConnections
		if r := a.Finding.RecoveredAfterSeconds; r != nil {
			at, _ := a.ranOut()
			recovered = min(recovered, at+*r-last)
		}
	}
	if recovered >= 0 && !math.IsInf(recovered, 1) {
		all.RecoveredAfterSeconds = &recovered
	}
	all.Outcome, all.Exhausted, all.Host = Exhausted, true, ClientHost
	all.Call, all.Errno = first.Call, first.Errno
	all.AfterConnections, all.AfterSeconds = &sum, &last
}

// apart reports whether some of these, the first of which was the first, may have had ports
// again when the last had none: they went on, or that was later than ports are held.
func (f Fleet) apart(out []FleetAgent) bool {
	first, _ := out[0].ranOut()
	last, _ := out[len(out)-1].ranOut()
	return f.GoesOn || last-first > f.Hosts.HoldSeconds
}

// Prediction is the law of the fleet: that of the hosts, or of a NAT that they share, where
// that is what binds.
func (f Fleet) Prediction() capacity.Prediction {
	if f.natBinds() {
		nat := *f.NAT
		nat.Reason = "of the NAT that the agents share: " + nat.Reason
		return nat
	}
	return f.Hosts
}

// sharing is how many agents have no host of their own.
func (f Fleet) sharing() int {
	n := 0
	for _, a := range f.Agents {
		if a.SharesPorts {
			n++
		}
	}
	return n
}

// Limit is what limited the rate of all: what did on each, where that is one thing; nil
// where it is not known of any.
func (f Fleet) Limit() *Bound {
	by := map[What][]FleetAgent{}
	for _, a := range f.Agents {
		if a.Limit != nil {
			by[a.Limit.What] = append(by[a.Limit.What], a)
		}
	}
	switch len(by) {
	case 0:
		return nil
	case 1:
		for what, agents := range by {
			on := every(len(agents))
			if len(agents) < len(f.Agents) {
				on = names(agents) // of the others it is not known
			}
			return limitedBy(what, "on %s; %s: %s", on, agents[0].Name, agents[0].Limit.Evidence)
		}
	}
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(by)) {
		parts = append(parts, fmt.Sprintf("%s on %s", what.Text(), names(by[what])))
	}
	return uncertain("because it is not the same on all agents: %s", strings.Join(parts, "; "))
}

// every is "all 3 agents", of one "the only agent".
func every(n int) string {
	if n == 1 {
		return "the only agent"
	}
	return fmt.Sprintf("all %d agents", n)
}

// namesAtMost is how many agents a sentence names.
const namesAtMost = 4

// names are those of agents, for a sentence: "agent-1, agent-2 and 8 more".
func names(agents []FleetAgent) string {
	var all []string
	for _, a := range agents {
		all = append(all, a.Name)
	}
	return Names(all)
}

// Names are some of the names, for a sentence: "a and b", "a, b, c, d and 8 more".
func Names(all []string) string {
	if more := len(all) - namesAtMost; more > 1 {
		return fmt.Sprintf("%s and %d more", strings.Join(all[:namesAtMost], ", "), more)
	}
	return prose.List(all)
}

// outOf says when an agent's ports ran out.
func outOf(a FleetAgent) string {
	at, _ := a.ranOut()
	when := "at " + figure.Seconds(at)
	if at < 0 {
		when = figure.Seconds(-at) + " before the end of the warm-up"
	}
	return fmt.Sprintf("after %d of its connections, %s", *a.Finding.AfterConnections, when)
}
