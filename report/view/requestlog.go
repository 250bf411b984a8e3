package view

import (
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/results"
)

// requestLog is what became of the log of requests, and what it cost.
func (p printer) requestLog(r *results.Run) {
	l := r.RequestLog
	if l == nil {
		return
	}
	text := fmt.Sprintf("%s: %s, %s", l.File, figure.Plural(l.Rows, "line"), figure.Bytes(l.Bytes))
	if n := l.Lost + l.Beyond; n > 0 {
		text += fmt.Sprintf("; %s not in it", figure.Plural(n, "request"))
	}
	text += "; writing it took " + figure.Seconds(l.CPUS) + " of the client's CPU time"
	if c := r.CPU; c != nil && c.UserS+c.SystemS > 0 {
		text += fmt.Sprintf(" (%s)", figure.AboutPercent(l.CPUS/(c.UserS+c.SystemS)))
	}
	p.Labelled("Request log ", text)
}
