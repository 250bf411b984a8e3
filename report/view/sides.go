package view

import (
	"fmt"

	"tcpbench/results"
)

// sides is what the two ends of the connections counted.
func (p printer) sides(r *results.Run) {
	c, counted := r.Closers()
	if counted {
		p.Labelled("Closed first   ", fmt.Sprintf("%s (%s)", c, results.ClosePolicy(r)))
	}
	d := results.Delivered(r)
	if d != "" {
		p.Labelled("Both sides     ", d)
	}
	if counted || d != "" {
		p.Line("")
	}
}
