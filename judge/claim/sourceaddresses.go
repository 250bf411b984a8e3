package claim

import (
	"tcpbench/results"
	"tcpbench/scenario"
)

// sourceAddresses judges whether n source addresses give n times the ports.
//
// bind(2) with port 0 takes a port for every destination, and fails with
// EADDRINUSE; with IP_BIND_ADDRESS_NO_PORT (ip(7), Linux 4.2) connect(2) takes
// it, for one destination.
func sourceAddresses() Rule {
	failure := Figure{Name: "failure", Words: func(r *results.Run) string {
		if !exhausted(r) {
			return ""
		}
		return r.Exhaustion.Call + ": " + r.Exhaustion.Errno
	}}
	return Rule{
		Figures: []Figure{UntilExhausted(), failure},
		Judge: func(e *Evidence) Verdict {
			const bound = ", bound with a port"
			n := func(name string) float64 { return e.Of(name, UntilExhausted()) }
			one, two, four := n("1 source, 1 destination"), n("2 sources, 1 destination"), n("4 sources, 1 destination")
			each := e.Check(two == 2*one && four == 4*one,
				"IP_BIND_ADDRESS_NO_PORT: %v, %v and %v connections with 1, 2 and 4 sources", one, two, four)
			more := n("1 source, 2 destinations")
			both := e.Check(more == 2*one && n("4 sources, 2 destinations") == 8*one,
				"and that for each destination: %v with 1 source and 2 destinations, %v with 4 and 2", more,
				n("4 sources, 2 destinations"))
			boundOne, boundFour := n("1 source, 1 destination"+bound), n("4 sources, 1 destination"+bound)
			alsoBound := e.Check(boundFour == 4*boundOne, "a plain bind: %v and %v connections with 1 and 4 sources",
				boundOne, boundFour)
			takesAll := e.Check(n("1 source, 2 destinations"+bound) == boundOne &&
				n("4 sources, 2 destinations"+bound) == boundFour,
				"but it takes the port for all destinations: a second one gives %v and %v, no more",
				n("1 source, 2 destinations"+bound), n("4 sources, 2 destinations"+bound))
			switch {
			case each && both && alsoBound && takesAll:
				return verdict(scenario.Depends,
					"with IP_BIND_ADDRESS_NO_PORT 4 sources give 4 times the %v ports towards each destination. With "+
						"a plain bind they give 4 times in all: a second destination "+
						"adds nothing, and the failure is %s.",
					one, failure.Words(e.Run("4 sources, 2 destinations"+bound)))
			case each && both && !alsoBound:
				return verdict(scenario.Depends,
					"with IP_BIND_ADDRESS_NO_PORT 4 sources give 4 times the %v ports. With a plain bind 1 source "+
						"gives %v, and 4 give %v.", one, boundOne, boundFour)
			case each && both:
				return verdict(scenario.Confirmed,
					"%v, %v and %v connections with 1, 2 and 4 sources, towards each destination.", one, two, four)
			default:
				return verdict(scenario.Refuted, "%v, %v and %v connections with 1, 2 and 4 sources.", one, two, four)
			}
		},
	}
}
