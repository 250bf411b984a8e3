package view

import (
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/results"
)

// hosts is what each host of a lab had, where a proxy stands between two.
func hosts(r *results.Run) prose.Table {
	t := prose.Table{
		Caption: "Hosts of the lab",
		Head:    append(prose.Words("host"), prose.Numbers("TIME_WAIT now", "most", "ports in use, most", "of")...),
	}
	if r.Hosts == nil || r.Hosts.Proxy == nil {
		return t
	}
	for _, h := range r.Hosts.Each() {
		t.Add(h.Name, known(h.TimeWaitEnd), known(h.TimeWaitMax), known(h.PortsInUseMax), known(h.PortsCapacity))
	}
	return t
}

// known is a number, or nothing where it was not measured.
func known(n *int) string {
	if n == nil {
		return ""
	}
	return fmt.Sprint(*n)
}

// said is what the programs of a lab wrote.
func said(r *results.Run) prose.Table {
	t := prose.Table{
		Caption: "What the programs said",
		Head:    append(prose.Words("host", "line"), prose.Numbers("times", "first read at")...),
		Note: "Numbers that vary, times and ports are left out, so that lines of one kind are counted " +
			"together. Where lines were not read, counts are a least, and times those of the first one read.",
	}
	for _, h := range r.Hosts.Each() {
		for _, s := range h.Said {
			if h.SaidUnread != nil {
				t.Add(h.Name, s.Text, fmt.Sprintf("at least %d", s.Count), first(s))
				continue
			}
			t.Add(h.Name, s.Text, s.Count, first(s))
		}
		if h.SaidUnread != nil {
			t.Add(h.Name, "(lines that were not read)", *h.SaidUnread, "")
		}
	}
	return t
}

// first is when a line was first read, which on a busy machine is after it was written.
func first(s results.Said) string {
	if s.FirstS < 0 {
		return "before the start"
	}
	return figure.Seconds(s.FirstS)
}

// saidLines is how many kinds of lines of one program a terminal shows.
const saidLines = 5

func (p printer) said(h results.HostOf) {
	for _, s := range h.Said[:min(len(h.Said), saidLines)] {
		p.Labelled(fmt.Sprintf("%-12s", "The "+h.Name), fmt.Sprintf("said %s: %s", often(h, s), s.Text))
	}
	if h.SaidUnread != nil {
		p.Labelled("            ", fmt.Sprintf("%d more lines were not read", *h.SaidUnread))
	}
	if n := len(h.Said) - saidLines; n > 0 {
		p.Labelled("            ", fmt.Sprintf("%d more kinds of lines are in the result", n))
	}
	if len(h.Said) > 0 {
		p.Line("")
	}
}

// often is how often a line was said, and when it was first read, in words; where not
// all lines were read, how often at least.
func often(h results.HostOf, s results.Said) string {
	when := first(s)
	if s.FirstS >= 0 {
		when = "at " + when
	}
	switch {
	case h.SaidUnread != nil:
		return fmt.Sprintf("at least %d times, first read %s", s.Count, when)
	case s.Count == 1:
		return "once, read " + when
	default:
		return fmt.Sprintf("%d times, first read %s", s.Count, when)
	}
}
