package view

import (
	"cmp"
	"fmt"
	"slices"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
)

// agentsShown is how many agents a table has; those that a reader looks for come first.
const agentsShown = 50

// agents are the hosts of a fleet: what each was given, and what came of it.
func agents(r *results.Run) prose.Table {
	t := prose.Table{
		Caption: "Agents",
		Head: slices.Concat(prose.Words("agent"),
			prose.Numbers("in flight", "rate", "connections", "failed", "a second", "ports, most", "of",
				"late by", "clock within"),
			prose.Words("ended")),
	}
	if len(r.Agents) == 0 {
		return t
	}
	shown := slices.Clone(r.Agents)
	if len(shown) > agentsShown {
		slices.SortStableFunc(shown, func(a, b results.Agent) int { return cmp.Compare(rank(a), rank(b)) })
		shown = shown[:agentsShown]
		t.Note = fmt.Sprintf("%d more are in agents[] of the result; these are those that were lost, ran out of "+
			"ports, or "+
			"were themselves the limit, and then others.", len(r.Agents)-agentsShown)
	}
	for _, a := range shown {
		addAgent(&t, a)
	}
	return t
}

// rank is where an agent stands where not all are shown.
func rank(a results.Agent) int {
	switch {
	case a.Lost != nil:
		return 0
	case a.Exhaustion != nil && a.Exhaustion.Exhausted:
		return 1
	case isLimit(a), a.Late:
		return 2
	default:
		return 3
	}
}

// isLimit reports whether an agent was itself what limited the rate.
func isLimit(a results.Agent) bool { return a.Limit != nil && a.Limit.What == exhaustion.ByClient }

func addAgent(t *prose.Table, a results.Agent) {
	var succeeded, failed, rate string
	if a.Totals != nil {
		succeeded, failed = fmt.Sprint(a.Totals.Succeeded), fmt.Sprint(a.Totals.Failed)
	}
	if a.Rates != nil {
		rate = figure.Number(a.Rates.ConnectionsPerSecond)
	}
	share := ""
	if !a.Share.Rate.IsZero() {
		share = a.Share.Rate.String() + "/s"
	}
	t.Add(a.Name, a.Share.Concurrency, share, succeeded, failed, rate, known(a.PortsInUseMax), known(a.PortsCapacity),
		signed(a.StartErrorUS), clockBound(a.Clock), howEnded(a))
}

// signed is a time that may be below 0; "" where it was not measured.
func signed(us *float64) string {
	switch {
	case us == nil:
		return ""
	case *us < 0:
		return "-" + figure.Micros(-*us)
	default:
		return figure.Micros(*us)
	}
}

func clockBound(c *results.AgentClock) string {
	if c == nil {
		return ""
	}
	return figure.Micros(c.BoundUS)
}

// howEnded is how an agent's part ended, in a few words.
func howEnded(a results.Agent) string {
	f := a.Exhaustion
	switch {
	case a.Lost != nil && a.Lost.AtS != nil:
		return fmt.Sprintf("lost at %s: %s", figure.Seconds(*a.Lost.AtS), a.Lost.Why)
	case a.Lost != nil:
		return "lost " + a.Lost.Why
	case a.Interrupted:
		return "interrupted"
	case f != nil && f.Exhausted && f.AfterConnections != nil && f.AfterSeconds != nil:
		return fmt.Sprintf("out of ports after %d, at %s", *f.AfterConnections, figure.Seconds(*f.AfterSeconds))
	case isLimit(a):
		return "at the limit of its own processor"
	case f != nil && f.Outcome == exhaustion.Sustained:
		return string(f.Outcome)
	default:
		return done
	}
}

// kneeOfAgents says on which agents connecting became dearer; "none" on none.
func kneeOfAgents(all []results.Agent) string {
	var names []string
	for _, a := range all {
		if a.Exhaustion != nil && a.Exhaustion.Knee.Searches() {
			names = append(names, a.Name)
		}
	}
	if names == nil {
		return "none"
	}
	return "on " + exhaustion.Names(names)
}
