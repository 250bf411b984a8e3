package results

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"tcpbench/scenario"
)

// WriteText writes r for people: what ran, totals and rates, the latencies,
// what was answered and what failed, what the kernel and the server counted,
// and last, where a terminal shows it, the verdict. width is where
// lines are to end, in columns.
func WriteText(w io.Writer, r *Run, width int) error {
	p := &printer{w: w, width: width}
	p.settings(r)
	p.totals(r)
	p.latency(r)
	p.status(r)
	p.errors(r)
	p.counters(r)
	p.sides(r)
	p.warnings(r)
	p.verdict(r)
	return p.err
}

// WriteVerdict writes r's headline, details and remedies.
func WriteVerdict(w io.Writer, r *Run, width int) error {
	p := &printer{w: w, width: width}
	p.verdict(r)
	return p.err
}

// WriteParagraph writes s with lines that end at width.
func WriteParagraph(w io.Writer, s string, width int) error {
	p := &printer{w: w, width: width}
	p.wrapped("", s)
	return p.err
}

// printer writes until the first error, which it keeps.
type printer struct {
	w     io.Writer
	width int
	err   error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// wrapped writes a paragraph, indented.
func (p *printer) wrapped(indent, s string) { p.labelled(indent, s) }

// labelled writes a paragraph with a label before its first line, and the
// others below it.
func (p *printer) labelled(label, s string) {
	for l := range strings.SplitSeq(text.WrapSoft(s, max(p.width-len(label), 20)), "\n") {
		p.line("%s%s", label, strings.TrimRight(l, " "))
		label = strings.Repeat(" ", len(label))
	}
}

func (p *printer) settings(r *Run) {
	o := r.Options
	p.line("Target      %s (%s, %s)", strings.Join(r.Targets, ", "), r.Environment.TargetKind, where(r))
	p.line("Workload    %s, %d in flight, linger %s, close %s, port-select %s, engine %s, %d thread(s)",
		o.Mode, o.Concurrency, o.Linger, o.Close, o.PortSelect, r.Environment.Engine, o.Threads)
	s := r.Environment.Sysctls
	p.line("Client      ports %s, tcp_tw_reuse %s, tcp_timestamps %s, source %s",
		s["net.ipv4.ip_local_port_range"], s["net.ipv4.tcp_tw_reuse"], s["net.ipv4.tcp_timestamps"], sourceText(o.Source))
	p.line("Host        %s, %d CPUs", r.Environment.Kernel, r.Environment.CPUs)
	p.line("")
}

// sourceText names a few addresses and counts the others.
func sourceText(s scenario.Sources) string {
	const most = 3
	if len(s.Addrs) <= most {
		return s.String()
	}
	return fmt.Sprintf("%s and %d more", s.Addrs[0], len(s.Addrs)-1)
}

func where(r *Run) string {
	if r.Environment.Lab {
		return "in a lab of its own"
	}
	return "from this host"
}

// counters are the kernel's that prove the verdict.
func (p *printer) counters(r *Run) {
	header := table.Row{"Kernel", "client"}
	if r.Kernel.Server != nil {
		header = append(header, "server")
	}
	tw := newTable(header)
	for _, name := range []string{"TcpActiveOpens", "TcpExtTW", "TcpExtTWRecycled", "TcpOutRsts", "TcpExtTCPTimeWaitOverflow", "TcpExtListenOverflows"} {
		c, s := r.Kernel.Client[name], r.Kernel.Server[name]
		if c != 0 || s != 0 {
			tw.AppendRow(table.Row{name, c, s}[:len(header)])
		}
	}
	if tw.Length() > 0 {
		p.line("%s\n", tw.Render())
	}
}

func (p *printer) warnings(r *Run) {
	for _, w := range r.Warnings {
		p.labelled("Warning     ", w.Text)
	}
	if len(r.Warnings) > 0 {
		p.line("")
	}
}

func (p *printer) verdict(r *Run) {
	p.wrapped("", r.Verdict.Headline)
	for _, d := range r.Verdict.Details {
		p.wrapped("", d)
	}
	if len(r.Verdict.Remedies) == 0 {
		return
	}
	p.line("\nWhat would help, best first:")
	for i, m := range r.Verdict.Remedies {
		gives := "no longer limited by ports"
		if m.SustainableCPS > 0 {
			gives = perSecond(m.SustainableCPS) + " connections/s"
		}
		p.line("%2d. %s", i+1, m.Change)
		p.wrapped("      ", fmt.Sprintf("gives: %s; price: %s", gives, m.Price))
	}
}

// perSecond prints a rate, or a mean: whole, unless it is small.
func perSecond(rate float64) string {
	if rate < 100 {
		return fmt.Sprintf("%.3g", rate)
	}
	return fmt.Sprintf("%.0f", rate)
}

// newTable is a table of bare columns: names to the left, numbers to the right.
func newTable(header table.Row) table.Writer {
	tw := table.NewWriter()
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft = ""
	style.Box.PaddingRight = "  "
	style.Format.Header = text.FormatDefault
	tw.SetStyle(style)
	tw.AppendHeader(header)
	configs := []table.ColumnConfig{{Number: 1, WidthMin: 11}}
	for i := 2; i <= len(header); i++ {
		configs = append(configs, table.ColumnConfig{Number: i, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	tw.SetColumnConfigs(configs)
	tw.SuppressTrailingSpaces()
	return tw
}

// Micros prints a time that is given in microseconds, with its unit.
func Micros(us float64) string {
	switch {
	case us < 1000:
		return fmt.Sprintf("%.1f us", us)
	case us < 1e6:
		return fmt.Sprintf("%.2f ms", us/1e3)
	default:
		return fmt.Sprintf("%.2f s", us/1e6)
	}
}
