package claim

import (
	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// sourceAddresses judges whether n source addresses give n times the ports.
//
// bind(2) with port 0 takes a port for every destination, and fails with
// EADDRINUSE; with IP_BIND_ADDRESS_NO_PORT (ip(7), Linux 4.2) connect(2) takes
// it, for one destination.
func sourceAddresses() Rule {
	return Rule{Figures: []Figure{UntilExhausted(), portFailure()}, Judge: judgeSourceAddresses}
}

// portFailure is the call that found no port, and its error.
func portFailure() Figure {
	return Figure{Name: "failure", Words: func(r *results.Run) string {
		if !exhausted(r) || r.Exhaustion.Call == "" || r.Exhaustion.Errno == "" {
			return ""
		}
		return r.Exhaustion.Call + ": " + r.Exhaustion.Errno
	}}
}

func judgeSourceAddresses(e *Evidence) Verdict {
	const bound, both = ", bound with a port", "4 sources, 2 destinations, bound with a port"
	n := func(name string) float64 { return e.Of(name, UntilExhausted()) }
	one, two, four := n("1 source, 1 destination"), n("2 sources, 1 destination"), n("4 sources, 1 destination")
	ports := e.Of("1 source, 1 destination", ports())
	e.Needs(one == ports, "one source has each port once", "%v connections on %v ports", one, ports)
	each := e.Check(two == 2*one && four == 4*one,
		"IP_BIND_ADDRESS_NO_PORT: %v, %v and %v connections with 1, 2 and 4 sources", one, two, four)
	oneOfTwo, fourOfTwo := n("1 source, 2 destinations"), n("4 sources, 2 destinations")
	more := e.Check(oneOfTwo == 2*one && fourOfTwo == 2*four,
		"and that for each destination: %v with 1 source and 2 destinations, %v with 4 and 2", oneOfTwo, fourOfTwo)
	boundOne, boundFour := n("1 source, 1 destination"+bound), n("4 sources, 1 destination"+bound)
	boundOfTwo, boundBoth := n("1 source, 2 destinations"+bound), n(both)
	alsoBound := e.Check(boundFour == 4*boundOne, "a plain bind: %v and %v connections with 1 and 4 sources",
		boundOne, boundFour)
	takesAll := e.Check(boundOfTwo == boundOne && boundBoth == boundFour,
		"but it takes the port for all destinations: a second one gives %v and %v, no more", boundOfTwo, boundBoth)
	free := figure.Sprintf("with IP_BIND_ADDRESS_NO_PORT, %v, %v and %v connections with 1, 2 and 4 sources, and %v "+
		"and %v with 1 and 4 to two destinations", one, two, four, oneOfTwo, fourOfTwo)
	e.Needs(portFailure().Words(e.Run(both)) != "", both+": it is known which call found no port", "%v connections",
		boundBoth)
	plain := figure.Sprintf("%v and %v with 1 and 4 sources, and %v and %v to two destinations: %s", boundOne,
		boundFour,
		boundOfTwo, boundBoth, portFailure().Words(e.Run(both)))
	option := figure.Sprintf("set IP_BIND_ADDRESS_NO_PORT before bind(2) with 4 addresses: %v connections to two "+
		"destinations, where a plain bind gave %v.", fourOfTwo, boundBoth)
	switch {
	case each && more && alsoBound && takesAll:
		return verdict(scenario.Depends, "%s. A plain bind takes a port for all destinations: %s.", free, plain).
			practice("%s", option)
	case each && more && boundFour == 4*boundOne && boundBoth == 2*boundFour && boundOfTwo == 2*boundOne:
		return verdict(scenario.Confirmed, "%s; with a plain bind as well, %s.", free, plain).
			practice("add source addresses: each gives %v connections to each destination.", one)
	case each && more:
		return verdict(scenario.Depends, "%s. With a plain bind they do not: %s.", free, plain).practice("%s", option)
	default:
		return verdict(scenario.Refuted, "%s.", free).
			practice("do not count on n times the ports: 4 source addresses gave %v connections, 1 gave %v.", four, one)
	}
}
