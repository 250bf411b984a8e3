package claim

import (
	"fmt"
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// mostStep is by how much the port of a connection is above that of the one
// before at most: connect(2) goes on 2 ports behind the last one, and up to 14
// more at random (__inet_hash_connect).
const mostStep = 16

// portOrder judges whether local ports are drawn at random.
//
// connect(2) searches from a start that is a secret hash of addresses and the
// destination's port, plus a random number that goes on with each connection
// (RFC 6056, 3.3.4; __inet_hash_connect in net/ipv4/inet_hashtables.c): first
// all ports of the parity of the range's first one, then the others. bind(2)
// without a port draws each start, among those of the other parity
// (inet_csk_find_open_port in net/ipv4/inet_connection_sock.c).
func portOrder() Rule {
	return Rule{Figures: []Figure{steps(), startsApart(), parities()}, Judge: judgePortOrder}
}

func judgePortOrder(e *Evidence) Verdict {
	const even, odd = "connect(2), 200 ports, the first even", "connect(2), 200 ports, the first odd"
	const many, bind = "connect(2), 32 destinations in turn", "bind(2) without a port"
	for _, name := range []string{even, odd, many, bind} {
		n := float64(len(results.ByConnection(e.Run(name).Packets)))
		e.Needs(n > 0 && n >= e.Of(name, Connections()), name+": every connection was captured", "%v of %v", n,
			e.Of(name, Connections()))
	}
	ordered := e.Check(e.Of(many, steps()) > 90, "%s: %s", many, e.stepping(many))
	apart := e.Of(many, startsApart())
	spread := e.Check(apart > 32*mostStep, "%s: their first ports lie up to %v apart", many, apart)
	drawn := e.Check(e.Of(bind, steps()) < 50, "%s: %s", bind, e.stepping(bind))
	halves, todo := "", ""
	if e.Check(e.oneParityFirst(even) && e.oneParityFirst(odd), "half of the range comes first, that of the parity "+
		"of its first port: %s; %s", e.parity(even), e.parity(odd)) {
		halves = fmt.Sprintf(" It takes all ports of one parity, that of the range's first, before the others: %s; %s.",
			e.parity(even), e.parity(odd))
		todo = " And count on half of the range: then connect(2) searches (port-range)."
	}
	byConnect := figure.Sprintf("to 32 destinations in turn, %s", e.stepping(many))
	if spread {
		byConnect += figure.Sprintf("; only where that begins is random, for each destination: up to %v ports apart",
			apart)
	}
	byBind := figure.Sprintf("bind(2) without a port: %s, and took %s", e.stepping(bind),
		parities().Words(e.Run(bind)))
	switch {
	case ordered && drawn:
		return verdict(scenario.Depends, "connect(2) does not draw it: %s.%s %s.", byConnect, halves, byBind).
			practice("do not take a local port for a secret: the next one towards the same destination is at most %v "+
				"higher.%s", mostStep, todo)
	case ordered:
		return verdict(scenario.Refuted, "%s.%s %s.", byConnect, halves, byBind).
			practice("do not take a local port for a secret: the next one is at most %v higher.", mostStep)
	case drawn:
		return verdict(scenario.Confirmed, "%s.%s %s.", byConnect, halves, byBind).
			practice("take the next local port for one that nobody knows: %s of connections had one of the next %v.",
				figure.Percent(e.Of(many, steps())), mostStep)
	}
	return verdict(scenario.Depends, "connect(2) draws it: %s.%s But %s.", byConnect, halves, byBind).
		practice("leave the choice of a local port to connect(2): bind(2) without a port takes one of the next %v.",
			mostStep)
}

// localPorts are those of a run's connections, in their order, by destination.
// One connection in flight takes the destinations in turn.
func localPorts(r *results.Run) [][]int {
	out := make([][]int, max(r.Options.Destinations, 1))
	for i, c := range results.ByConnection(r.Packets) {
		at := i % len(out)
		out[at] = append(out[at], int(c[0].Port))
	}
	return out
}

// stepped counts connections whose port is one of the next above that of the
// last one to the same destination, and all that had one before them.
func stepped(r *results.Run) (next, all int) {
	for _, ports := range localPorts(r) {
		for i := 1; i < len(ports); i++ {
			if d := ports[i] - ports[i-1]; d > 0 && d <= mostStep {
				next++
			}
			all++
		}
	}
	return next, all
}

// steps is the share of them.
func steps() Figure {
	return Figure{Name: "ports up to 16 above the last", Unit: "%", Of: func(r *results.Run) (float64, bool) {
		next, all := stepped(r)
		return 100 * float64(next) / float64(all), all > 0
	}}
}

func (e *Evidence) stepping(name string) string {
	next, all := stepped(e.Run(name))
	return figure.Sprintf("%d of %d connections had a port at most %d above the one before", next, all, mostStep)
}

// startsApart is how far apart the first ports of several destinations lie.
func startsApart() Figure {
	return Figure{Name: "first ports apart", Of: func(r *results.Run) (float64, bool) {
		var first []int
		for _, ports := range localPorts(r) {
			if len(ports) > 0 {
				first = append(first, ports[0])
			}
		}
		if len(first) < 2 {
			return 0, false
		}
		return float64(slices.Max(first) - slices.Min(first)), true
	}}
}

// parityRun is how many connections in a row had ports of one parity.
type parityRun struct{ odd, n int }

func parityRuns(r *results.Run) []parityRun {
	var out []parityRun
	for _, c := range results.ByConnection(r.Packets) {
		odd := int(c[0].Port) % 2
		if len(out) == 0 || out[len(out)-1].odd != odd {
			out = append(out, parityRun{odd: odd})
		}
		out[len(out)-1].n++
	}
	return out
}

// parities are those of a run's ports, in their order.
func parities() Figure {
	return Figure{Name: "parity", Words: func(r *results.Run) string {
		const odd = 1
		runs := parityRuns(r)
		var words []string
		count := map[int]int{}
		for _, one := range runs {
			count[one.odd] += one.n
			words = append(words, fmt.Sprintf("%d %s ports", one.n, [...]string{"even", "odd"}[one.odd]))
		}
		if len(runs) > 2 {
			return fmt.Sprintf("%d even and %d odd ports, mixed", count[1-odd], count[odd])
		}
		return strings.Join(words, ", then ")
	}}
}

func (e *Evidence) parity(name string) string { return parities().Words(e.Run(name)) }

// oneParityFirst reports whether a case took half of its ports, of the parity of
// the range's first, and then only others.
func (e *Evidence) oneParityFirst(name string) bool {
	first := 0
	if strings.HasSuffix(name, "odd") {
		first = 1
	}
	runs := parityRuns(e.Run(name))
	return len(runs) == 2 && runs[0].odd == first && float64(runs[0].n) == e.Of(name, ports())/2
}
