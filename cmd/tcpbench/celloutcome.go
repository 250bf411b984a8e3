package main

import (
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/report/view"
	"tcpbench/results"
	"tcpbench/scenario"
)

// shortOutcome is a result in a few words.
func shortOutcome(r *results.Run) string {
	f := r.Exhaustion
	switch {
	case r.Interrupted:
		return "interrupted"
	case r.Degraded:
		return "degraded: " + r.Shortfall()
	case !r.Succeeded():
		return "failed: " + r.Verdict.Headline
	case f == nil:
		return speed(r)
	case f.Exhausted && f.AfterConnections != nil:
		return fmt.Sprintf("out of ports%s after %d connections%s", f.OnHost(), *f.AfterConnections,
			inBrackets(f.Errno))
	default:
		return fmt.Sprintf("%s at %s", view.Outcome(r), speed(r))
	}
}

func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// speed is what a result comes to in a second.
func speed(r *results.Run) string {
	if r.Uncounted() {
		return "a rate that is not known, of connections to a Unix socket"
	}
	s := figure.Number(r.Rates.ConnectionsPerSecond) + " connections/s"
	switch r.Options.Mode {
	case scenario.ModeKeepalive:
		s = figure.Number(r.Rates.RequestsPerSecond) + " requests/s"
	case scenario.ModeIdle:
		if d := r.Latency.Dead; d != nil {
			return fmt.Sprintf("%d connections found dead within %s", d.Count, figure.Micros(d.MaxUS))
		}
		s = fmt.Sprintf("%d connections held", r.Totals.Succeeded)
	}
	if doubt := r.Doubt(); doubt != "" {
		s += ", in part the generator's own: " + doubt
	}
	return s
}
