package claim

import (
	"tcpbench/internal/figure"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/scenario"
)

// natRace judges whether drawing ports at random keeps a NAT from giving one port to two
// connections that come at once, and how much it helps.
//
// A NAT keeps a connection's own port where that is in its range and free, unless it is to
// draw one (get_unique_tuple, net/netfilter/nf_nat_core.c). The port is taken when the SYN
// leaves (__nf_conntrack_confirm): who has chosen the same one meanwhile, on another
// processor, is dropped there. So it takes two connections with the same port, and two
// draws of one port are as rare as there are many.
func natRace() Rule {
	return Rule{
		Figures: []Figure{Connections(), natDrops(), natRaces(), racesOf100k(), failed()},
		Judge:   judgeNATRace,
	}
}

const (
	// enoughRaces are so many that a fifth of them is no chance.
	enoughRaces = 10
	// enoughConnections are so many that races show.
	enoughConnections = 10_000
	// curedShare is what is left of the races where they are cured, at most.
	curedShare = 0.2
)

func judgeNATRace(e *Evidence) Verdict {
	const one, same, drawn = "one host", "two hosts", "two hosts, fully-random"
	const few, fewDrawn = "two hosts, a NAT of 20 ports", "two hosts, a NAT of 20 ports, fully-random"
	const wide = "two hosts with 28232 ports"
	for _, name := range []string{same, few} {
		e.Needs(e.Of(name, natRaces()) >= enoughRaces, name+": the race occurs", "%s", e.racesTold(name))
	}
	e.Needs(e.Of(one, racesOf100k()) <= curedShare*e.Of(same, racesOf100k()), "one host races with nobody", "%s",
		e.racesTold(one))
	for _, name := range append([]string{one, same, drawn, few, fewDrawn}, e.measured(wide)...) {
		n, all, races := e.Of(name, Connections()), e.Of(name, natDrops()), e.Of(name, natRaces())
		e.Needs(n >= enoughConnections && all == races, name+": enough connections, and nothing else drops",
			"%v connections, %v dropped, %v in a race", n, all, races)
	}
	many, hardly := e.cures(same, drawn), e.cures(few, fewDrawn)
	told := figure.Sprintf("SYNs that the NAT dropped since two connections were given one port: %s; %s; %s; %s; %s",
		e.racesTold(same), e.racesTold(drawn), e.racesTold(few), e.racesTold(fewDrawn), e.racesTold(one))
	for _, name := range e.measured(wide) {
		told += "; " + e.racesTold(name)
	}
	switch {
	case many && hardly:
		return verdict(scenario.Confirmed, "%s.", told).
			practice("set fully-random in the NAT's rule (--random-fully): it left %s.", e.leftOf(same, drawn))
	case many:
		return verdict(scenario.Depends, "%s.", told).
			practice("set fully-random in the NAT's rule (--random-fully) and give it many ports: with 64512 ports it "+
				"left %s, with 20 ports %s.", e.leftOf(same, drawn), e.leftOf(few, fewDrawn))
	case hardly:
		return verdict(scenario.Depends, "%s.", told).
			practice("set fully-random where the NAT has few ports: with 64512 ports it left %s, with 20 ports %s.",
				e.leftOf(same, drawn), e.leftOf(few, fewDrawn))
	}
	return verdict(scenario.Refuted, "%s.", told).
		practice("leave the NAT's rule as it is: fully-random left %s.", e.leftOf(same, drawn))
}

// cures reports whether drawing ports leaves few of the races there were, of as many
// connections.
func (e *Evidence) cures(kept, drawn string) bool {
	was, is := e.Of(kept, racesOf100k()), e.Of(drawn, racesOf100k())
	return e.Check(is <= curedShare*was, "fully-random leaves a fifth or less of %s: %v of %v in 100,000", kept, is,
		was)
}

// leftOf is what drawing left of the races, in words.
func (e *Evidence) leftOf(kept, drawn string) string {
	return figure.Sprintf("%v dropped SYNs in 100,000 instead of %v", e.Of(drawn, racesOf100k()),
		e.Of(kept, racesOf100k()))
}

// racesTold is what came of a case, in words.
func (e *Evidence) racesTold(name string) string {
	return figure.Sprintf("%s, %v of %v", name, e.Of(name, natRaces()), e.Of(name, Connections()))
}

// ofNAT is a figure of the NAT.
func ofNAT(name string, of func(*results.NAT) float64) Figure {
	return Figure{Name: name, Of: func(r *results.Run) (float64, bool) {
		if r.NAT == nil {
			return 0, false
		}
		return of(r.NAT), true
	}}
}

// natRaces counts the SYNs that were dropped since two connections were given one port.
func natRaces() Figure {
	return ofNAT("dropped in a race", func(n *results.NAT) float64 { return float64(n.Causes[exhaustion.NATRace]) })
}

// natDrops counts all that it dropped.
func natDrops() Figure {
	return ofNAT("dropped", func(n *results.NAT) float64 { return float64(n.Drop) })
}

// racesOf100k are the races in 100,000 connections.
func racesOf100k() Figure {
	return Figure{Name: "in 100,000", Of: func(r *results.Run) (float64, bool) {
		if r.NAT == nil || r.Totals.Succeeded == 0 {
			return 0, false
		}
		return 1e5 * float64(r.NAT.Causes[exhaustion.NATRace]) / float64(r.Totals.Succeeded), true
	}}
}
