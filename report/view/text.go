package view

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/results"
	"tcpbench/scenario"
)

// WriteText writes r for people: the conclusion, and then the figures that it rests on.
// width is where lines are to end, in columns.
func WriteText(w io.Writer, r *results.Run, width int) error {
	p := printer{prose.NewPrinter(w, width)}
	p.conclusion(Conclusion(r))
	p.Line("")
	p.figures(r)
	return p.Err()
}

// figures are what ran, totals and rates, the latencies, what was answered and what failed,
// and what the kernel and the server counted.
func (p printer) figures(r *results.Run) {
	p.settings(r)
	p.totals(r)
	p.table("Agents", agents(r).Without("rate", "of", "clock within").Fill(missing))
	p.table("Threads", threads(r))
	p.table("Latency", latencies(r, asIs).Without("min", "mean"))
	p.table("Status", statuses(r))
	p.table("Errors", failures(r))
	p.table("Kernel", provingCounters(r))
	p.table("Host", hosts(r))
	p.table("Connected to", destinations(r))
	for _, h := range r.Hosts.Each() {
		p.said(h)
	}
	p.sides(r)
	p.link(r)
}

// WriteParagraph writes s with lines that end at width.
func WriteParagraph(w io.Writer, s string, width int) error {
	p := printer{prose.NewPrinter(w, width)}
	p.Labelled("", s)
	return p.Err()
}

// printer knows what to write of what.
type printer struct{ *prose.Printer }

func (p printer) settings(r *results.Run) {
	o := r.Options
	p.Line("Target      %s (%s, %s)", strings.Join(r.Targets, ", "), r.Environment.TargetKind, where(r))
	if e := r.Environment; e.Proxy != "" {
		p.Labelled("Proxy       ", e.Proxy)
		p.Labelled("Server      ", e.Server)
	}
	if r.FromOutside() {
		p.Labelled("Program     ", r.Environment.Client)
	} else {
		p.Line("Workload    %s, %d in flight, linger %s, close %s, port-select %s, engine %s, %s",
			o.Mode, o.Concurrency, o.Linger, o.Close, o.PortSelect, r.Environment.Engine,
			figure.Plural(o.Threads, "thread"))
	}
	if len(o.Exchange) > 0 {
		p.Labelled("Exchange    ", slices.Concat(o.Hello, o.Exchange).Text())
	}
	p.Line("Client      ports %s, tcp_tw_reuse %s, tcp_timestamps %s, source %s",
		inForce(r, "net.ipv4.ip_local_port_range"), inForce(r, "net.ipv4.tcp_tw_reuse"),
		inForce(r, "net.ipv4.tcp_timestamps"), sourceText(o.Source))
	if r.Environment.Lab && !o.Link.IsZero() {
		p.Labelled("Link        ", o.Link.String())
	}
	if n := len(r.Agents); n > 0 {
		p.Line("Hosts       %s, %s, %d CPUs together", figure.Plural(n, "agent"), r.Environment.Kernel,
			r.Environment.CPUs)
	} else {
		p.Line("Host        %s, %d CPUs", r.Environment.Kernel, r.Environment.CPUs)
	}
	p.Line("")
}

// sourceText names a few addresses and counts the others.
func sourceText(s scenario.Sources) string {
	const most = 3
	if len(s.Addrs) <= most {
		return s.String()
	}
	return fmt.Sprintf("%s and %d more", s.Addrs[0], len(s.Addrs)-1)
}

func where(r *results.Run) string {
	if r.Environment.Lab {
		return "in its own lab"
	}
	hosts := 0
	for _, a := range r.Agents {
		if a.SharesPortsWith == "" {
			hosts++
		}
	}
	if hosts > 0 {
		return "from " + figure.Plural(hosts, "host")
	}
	return "from this host"
}

// inForce is a sysctl of the client; of a fleet that is one which all agents share.
func inForce(r *results.Run, name string) string {
	value, ok := r.Environment.Sysctls[name]
	if !ok && len(r.Agents) > 1 {
		return "(not the same)"
	}
	return value
}

// nameWidth is that of the labels of the lines around a table.
const nameWidth = 11

// table writes t, unless it has no rows, under a title in the place of its
// first heading.
func (p printer) table(title string, t prose.Table) {
	if len(t.Rows) == 0 {
		return
	}
	t = t.Right()
	t.Head[0].Name, t.Least = title, nameWidth
	p.Line("%s", t)
	if t.Note != "" {
		p.Labelled("", t.Note)
	}
	p.Line("")
}
