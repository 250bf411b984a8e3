package results

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"

	"tcpbench/internal/figure"
)

// hosts is what each host of a lab had, where a proxy stands between two.
func (p printer) hosts(r *Run) {
	if r.Hosts == nil || r.Hosts.Proxy == nil {
		return
	}
	tw := newTable(table.Row{"Host", "TIME_WAIT now", "most", "ports in use, most", "of"})
	for _, h := range r.Hosts.Each() {
		tw.AppendRow(table.Row{h.Name, known(h.TimeWaitEnd), known(h.TimeWaitMax), known(h.PortsInUseMax), known(h.PortsCapacity)})
	}
	p.Line("%s\n", tw.Render())
	for _, h := range r.Hosts.Each() {
		p.said(h)
	}
}

// saidLines is how many kinds of lines of one program a terminal shows.
const saidLines = 5

func (p printer) said(h HostOf) {
	for _, s := range h.Said[:min(len(h.Said), saidLines)] {
		p.Labelled(fmt.Sprintf("%-12s", "The "+h.Name), fmt.Sprintf("said %s: %s", s.Often(), s.Text))
	}
	if n := len(h.Said) - saidLines; n > 0 {
		p.Labelled("            ", fmt.Sprintf("%d more kinds of lines are in the result", n))
	}
	if len(h.Said) > 0 {
		p.Line("")
	}
}

// Often is how often the line was said, and when first, in words.
func (s Said) Often() string {
	when := "at " + figure.Seconds(s.FirstS)
	if s.FirstS < 0 {
		when = "before the start"
	}
	if s.Count == 1 {
		return "once, " + when
	}
	return fmt.Sprintf("%d times, first %s", s.Count, when)
}

// known is a number, or nothing where it was not measured.
func known(n *int) string {
	if n == nil {
		return ""
	}
	return fmt.Sprint(*n)
}
