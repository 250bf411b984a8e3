package claim

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/scenario"
)

// natExhaustion judges whether TIME_WAITs use up a NAT's ports, and what gives it more.
//
// A search for a port takes over one of a connection in TIME_WAIT since Linux 6.5
// (nf_nat_used_tuple_harder, net/netfilter/nf_nat_core.c), and never one of an open or a
// half closed connection. Of a range of addresses a hash picks one, whatever is in use
// (find_best_ips_proto).
func natExhaustion() Rule {
	return Rule{
		Figures: []Figure{untilNATRefused(), natPorts(), Connections(), failed(), natTimeWaits(), natStates()},
		Judge:   judgeNATExhaustion,
	}
}

// natClosing are what came of connections that had closed.
type natClosing struct {
	// pinned tells that TIME_WAITs used up the ports, and freed that a lower timeout
	// for them keeps that from happening.
	pinned, freed bool
	// halfClosed tells that half closed ones use them up, with the lower timeout too.
	halfClosed bool
	told       string
}

func judgeNATExhaustion(e *Evidence) Verdict {
	const open, hash, turn = "held open", "held open, two addresses by a hash", "held open, two addresses in turn"
	ports, one := e.Of(open, natPorts()), e.natControl(open)
	c := e.natClosing()
	byHash, inTurn := e.natControl(hash), e.natControl(turn)
	hashMore := e.Check(byHash >= 1.9*ports, "two addresses by a hash hold twice as many: %v of %v", byHash, 2*ports)
	turnMore := e.Check(inTurn >= 1.9*ports, "two addresses in turn hold twice as many: %v of %v", inTurn, 2*ports)
	addresses := figure.Sprintf("Held open, %v fit through one address, %v through two by a hash and %v through two "+
		"in turn.", one, byHash, inTurn)
	told := fmt.Sprintf("%s %s %s", c.told, e.natKept(), addresses)
	advice := natAdvice(c, hashMore, turnMore)
	switch {
	case c.pinned && c.freed && hashMore && turnMore:
		return verdict(scenario.Confirmed, "%s", told).practice("%s", advice)
	case !c.pinned && !hashMore && !turnMore:
		return verdict(scenario.Refuted, "%s", told).practice("%s", advice)
	}
	return verdict(scenario.Depends, "%s", told).practice("%s", advice)
}

// natAdvice is what to do.
func natAdvice(c natClosing, hashMore, turnMore bool) string {
	var out []string
	switch {
	case c.pinned && c.freed:
		out = append(out, "lower nf_conntrack_tcp_timeout_time_wait: here it freed the ports.")
	case c.pinned:
		out = append(out, "open fewer connections: TIME_WAITs held the ports here, and the lower timeout freed none.")
	default:
		counted := "open"
		if c.halfClosed {
			counted = "open and half closed"
		}
		out = append(out, "leave nf_conntrack_tcp_timeout_time_wait as it is on this kernel, and count "+counted+
			" connections; of a gateway that keeps ports, lower the time for which it does.")
	}
	switch {
	case hashMore && turnMore:
		out = append(out, "Give the NAT more addresses, by a hash or in turn.")
	case turnMore:
		out = append(out, "Give the NAT addresses in turn (nft's numgen inc), since a range of them gives one client "+
			"no more.")
	case hashMore:
		out = append(out, "Give the NAT a range of addresses, since in turn they gave no more.")
	default:
		out = append(out, "More addresses gave one client no more ports.")
	}
	return strings.Join(out, " ")
}

// natClosing looks at the cases whose connections close.
func (e *Evidence) natClosing() natClosing {
	const closed, low = "closed", "closed, nf_conntrack_tcp_timeout_time_wait=1"
	const half, halfLow = "half closed", "half closed, nf_conntrack_tcp_timeout_time_wait=1"
	var c natClosing
	ports, waits := e.Of(closed, natPorts()), e.Of(closed, natTimeWaits())
	e.Needs(waits == ports, "with the default timeout all ports are in TIME_WAIT", "%v of %v", waits, ports)
	lowWaits := e.Of(low, natTimeWaits())
	e.Needs(lowWaits > 0 && lowWaits < e.Of(low, natPorts()), "the lower timeout ends TIME_WAITs",
		"%v of %v ports are in TIME_WAIT", lowWaits, e.Of(low, natPorts()))
	c.pinned, c.freed = !e.natCarries(closed), e.natCarries(low)
	c.halfClosed = e.natAfter(half) > 0 && e.natAfter(halfLow) > 0
	c.told = figure.Sprintf("closed, %s, of which %v are in TIME_WAIT at the end; with a timeout of 1 s, %s, of which "+
		"%v are. Half closed, %s; with that timeout, %s.", e.natTold(closed), waits, e.natTold(low), lowWaits,
		e.natTold(half), e.natTold(halfLow))
	return c
}

// natKept looks at a gateway that keeps ports of closed connections: a model whose hold
// matters, or nothing is known of it.
func (e *Evidence) natKept() string {
	const long, brief = "closed, a gateway that keeps ports for 20 s", "closed, a gateway that keeps ports for 1 s"
	e.Needs(e.natAfter(long) >= e.Of(long, natPorts()), "a gateway that keeps ports for 20 s runs out of them", "%s",
		e.natTold(long))
	e.Needs(e.natCarries(brief), "one that keeps them for 1 s carries the same rate", "%s", e.natTold(brief))
	return fmt.Sprintf("Of a gateway that keeps ports for 20 s, %s; for 1 s, %s.", e.natTold(long), e.natTold(brief))
}

// natControl is after how many connections a case of open ones was refused, of which each
// port that it could have had is one.
func (e *Evidence) natControl(name string) float64 {
	after, states := e.natAfter(name), e.natStates(name)
	e.Needs(after >= e.Of(name, natPorts()) && states == figure.Sprintf("%v ESTABLISHED", e.Of(name, natPorts())),
		name+": open connections use up the ports", "%s", e.natTold(name))
	return after
}

// natTold is what came of a case, in words.
func (e *Evidence) natTold(name string) string {
	n, bad, after, ports := e.Of(name, Connections()), e.Of(name, failed()), e.natAfter(name), e.Of(name, natPorts())
	switch {
	case after > 0:
		return figure.Sprintf("%v got one of %v ports and the next was refused (%s)", after, ports, e.natStates(name))
	case bad > 0:
		return figure.Sprintf("%v got one of %v ports and %v failed", n, ports, bad)
	default:
		return figure.Sprintf("all %v got one of %v ports", n, ports)
	}
}

// natCarries reports whether a case had more connections than ports, and all succeeded.
// Where it neither did nor ran out, the claim cannot be judged.
func (e *Evidence) natCarries(name string) bool {
	if e.natAfter(name) > 0 {
		return false
	}
	n, ports := e.Of(name, Connections()), e.Of(name, natPorts())
	e.Needs(n > 1.5*ports && e.Of(name, failed()) == 0, name+": all succeed, and are more than ports",
		"%v did on %v ports, and %v failed", n, ports, e.Of(name, failed()))
	return true
}

// natAfter is after how many connections the NAT refused one; 0 where it did not.
func (e *Evidence) natAfter(name string) float64 {
	e.sound(name)
	after, ok := e.median(name, untilNATRefused())
	if !ok {
		return 0
	}
	return after
}

// natStates are those of the ports of a case when the first connection was refused.
func (e *Evidence) natStates(name string) string { return natStates().Words(e.Run(name)) }

func natStates() Figure {
	return Figure{Name: "states then", Words: func(r *results.Run) string {
		if natAfter(r) == nil || r.Exhaustion.Evidence == nil {
			return ""
		}
		states := r.Exhaustion.Evidence.States
		var out []string
		for _, state := range slices.Sorted(maps.Keys(states)) {
			out = append(out, fmt.Sprintf("%d %s", states[state], state))
		}
		return strings.Join(out, ", ")
	}}
}

// natAfter is after how many connections a NAT had no port; nil where it had.
func natAfter(r *results.Run) *int64 {
	if r.Exhaustion.RanOut() != exhaustion.NATHost {
		return nil
	}
	return r.Exhaustion.AfterConnections
}

func untilNATRefused() Figure {
	return Figure{Name: "until refused", Of: func(r *results.Run) (float64, bool) {
		n := natAfter(r)
		if n == nil {
			return 0, false
		}
		return float64(*n), true
	}}
}

// natPorts are those of each of its addresses.
func natPorts() Figure {
	return Figure{Name: "ports an address", Of: func(r *results.Run) (float64, bool) {
		if r.NAT == nil {
			return 0, false
		}
		return float64(r.NAT.Ports), true
	}}
}

// natTimeWaits are the ports in TIME_WAIT at the end.
func natTimeWaits() Figure {
	return Figure{Name: "in TIME_WAIT at the end", Of: func(r *results.Run) (float64, bool) {
		if r.NAT == nil {
			return 0, false
		}
		n := 0
		for _, use := range r.NAT.Towards {
			n += use.States["TIME_WAIT"]
		}
		return float64(n), true
	}}
}
