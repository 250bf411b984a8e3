package view

import (
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/results"
)

// programEnd is how a program of the user's ended.
func programEnd(p *results.Program) string {
	by := "by itself"
	switch {
	case p.Killed:
		by = "by SIGKILL, a second after the run's SIGTERM"
	case p.Stopped:
		by = "by the run's SIGTERM"
	}
	s := fmt.Sprintf("at %s, %s, with %s", figure.Seconds(p.EndedS), by, p.How())
	if n := p.LeftBehind; n != nil && *n > 0 {
		s += fmt.Sprintf("; %d of its processes were running, and were killed", *n)
	}
	return s
}

// openMost is how many of its connections to a Unix socket were seen open at a time.
func openMost(p *results.Program) string {
	if p == nil || p.OpenMax == nil {
		return ""
	}
	return fmt.Sprintf("; the most that were seen open at a time: %d", *p.OpenMax)
}

// destinations are where the connections of a program of the user's went.
func destinations(r *results.Run) prose.Table {
	t := prose.Table{
		Caption: "Where the program's connections went",
		Head:    append(prose.Words("address", "target"), prose.Numbers("ports in use, most", "of")...),
	}
	if r.Program == nil {
		return t
	}
	for _, d := range r.Program.Destinations {
		t.Add(d.Address, yesNo(d.Target), d.PortsInUseMax, d.PortsCapacity)
	}
	return t
}
