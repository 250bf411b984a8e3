package view

import (
	"fmt"

	"tcpbench/results"
)

// shownConnections are those whose packets people see in full.
const shownConnections = 10

// link is what the rules of the link did, and the packets on it.
func (p printer) link(r *results.Run) {
	for _, rule := range r.Link {
		p.Labelled("Rule        ", rule.String())
	}
	connections := results.ByConnection(r.Packets)
	if len(connections) > 0 {
		p.Line("Packets     the first %d, of %d connections; > the client's, < the server's",
			len(r.Packets), len(connections))
	}
	for _, c := range connections[:min(len(connections), shownConnections)] {
		p.Labelled(fmt.Sprintf("%11d ", c[0].Port), results.FlagsInOrder(c))
	}
	if n := len(connections) - shownConnections; n > 0 {
		p.Line("            and %d connections more, in the result", n)
	}
	if len(r.Link)+len(r.Packets) > 0 {
		p.Line("")
	}
}
