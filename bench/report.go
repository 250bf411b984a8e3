package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"

	"tcpbench/internal/figure"
)

// report is written part by part, to a person and to a Markdown file.
type report struct {
	screen, file io.Writer
}

func (r report) introduce(o options) {
	fmt.Fprintf(r.file, "# Benchmarks\n\n")
	r.line("Measured on %s. Medians over %d turns of %v each, with the least and the most; ratios round by round. "+
		"The client uses one thread and the server another, unless it says otherwise; where the server is busy near "+
		"100 %%, it is the server that is measured. "+
		"`make bench` measures again; `go run ./bench -write BENCHMARKS.md` writes this file.",
		machine(), o.rounds, o.turn)
}

func (r report) heading(s string) {
	s = string(unicode.ToUpper(rune(s[0]))) + s[1:]
	fmt.Fprintf(r.screen, "\n%s\n", strings.ToUpper(s))
	fmt.Fprintf(r.file, "## %s\n\n", s)
}

func (r report) line(format string, args ...any) {
	s := strings.TrimSpace(fmt.Sprintf(format, args...))
	fmt.Fprintln(r.screen, s)
	fmt.Fprintf(r.file, "%s\n\n", s)
}

func (r report) table(t table.Writer) {
	fmt.Fprintln(r.screen, t.Render())
	fmt.Fprintf(r.file, "%s\n\n", t.RenderMarkdown())
}

// measure plays a match and reports it: what each contender did, then how
// ours compares.
func (m match) measure(ctx context.Context, r report, o options, t tools) error {
	r.heading(m.name)
	var out outcome
	if err := m.inLab(ctx, o, t, &out); err != nil {
		return err
	}
	r.line("%s; %d in flight. %s", m.work, m.inFlight, m.note)
	r.table(m.contenderTable(out))
	for i, c := range m.contenders {
		if c.args != nil && out.Missing[i] == "" {
			r.line("%s", commandLine(c.args(m.load(i, o.turn))))
		}
	}
	if t := m.ratioTable(out); t != nil {
		r.table(t)
	}
	return nil
}

// commandLine writes a command as Markdown, for a shell; what lies in the
// directory of the tools is named without it.
func commandLine(args []string) string {
	var words []string
	for _, a := range args {
		if filepath.IsAbs(a) {
			a = filepath.Base(a)
		}
		a = strings.ReplaceAll(a, "\r\n", `\r\n`)
		if strings.ContainsAny(a, " {") {
			a = "'" + a + "'"
		}
		words = append(words, a)
	}
	return "- `" + strings.Join(words, " ") + "`"
}

func (m match) contenderTable(o outcome) table.Writer {
	tw := table.NewWriter()
	u := string(m.unit)
	tw.AppendHeader(table.Row{"", u + "s/s", "CPU us/" + u, "allocations/" + u, "server busy", "closed first",
		"connect p50, us", "connect p99, us", "other side's counts", "errors, not 200"})
	for i, c := range m.contenders {
		if o.Missing[i] != "" {
			tw.AppendRow(table.Row{c.name, "not measured: " + o.Missing[i]})
			continue
		}
		e := evidence{o.Scores[i], m.unit, m.inFlight}
		tw.AppendRow(table.Row{
			c.name,
			describe(o.of(i, rate, m.unit)),
			describe(o.of(i, cost, m.unit)),
			e.allocations(), e.serverBusy(), e.closedFirst(),
			describe(o.of(i, connectP50, m.unit)), describe(o.of(i, connectP99, m.unit)),
			e.mismatch(), e.bad(),
		})
	}
	return tw
}

// ratioTable compares the first contender with the others; nil when that is
// not one of ours, or was not measured.
func (m match) ratioTable(o outcome) table.Writer {
	if len(o.Scores[0]) == 0 || o.Scores[0][0].Mallocs == nil {
		return nil
	}
	tw := table.NewWriter()
	tw.AppendHeader(table.Row{m.contenders[0].name + " against", string(m.unit) + "s/s, ratio", "CPU, ratio",
		"connect p50, ratio", "connect p99, ratio", "goal"})
	for i, c := range m.contenders[1:] {
		if len(o.Scores[i+1]) == 0 {
			continue
		}
		by := map[metric][]float64{}
		for _, k := range []metric{rate, cost, connectP50, connectP99} {
			by[k] = ratios(o.of(0, k, m.unit), o.of(i+1, k, m.unit))
		}
		tw.AppendRow(table.Row{c.name, describe(by[rate]), describe(by[cost]),
			describe(by[connectP50]), describe(by[connectP99]), m.verdict(c.name, by)})
	}
	return tw
}

// verdict says for every goal beside a rival whether it is met.
func (m match) verdict(rival string, by map[metric][]float64) string {
	out := ""
	for _, g := range m.goals {
		if g.rival != rival {
			continue
		}
		sign, answer := ">=", "missed"
		if g.most {
			sign = "<="
		}
		if len(by[g.metric]) == 0 {
			answer = "not measured"
		} else if g.met(figure.Median(by[g.metric])) {
			answer = "met"
		}
		if out != "" {
			out += "; "
		}
		out += fmt.Sprintf("%s %s %s: %s", g.metric, sign, figure.Exact(g.bound), answer)
	}
	return out
}
