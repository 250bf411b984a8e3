package history

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"tcpbench/internal/prose"
	"tcpbench/judge/metric"
	"tcpbench/judge/slo"
)

// footWidth is where the lines below all tables end, in columns.
const footWidth = 100

// WriteText writes a table for each group of each metric, with what its drift
// is, for people.
func WriteText(w io.Writer, h History) error {
	t := printer{prose.NewPrinter(w, footWidth)}
	for i, m := range h.Metrics {
		for j, g := range m.Groups {
			if i+j > 0 {
				t.Line("")
			}
			t.Line("%s: %s (%s)\n", m.Name, g.Name, g.Machine)
			t.table(m, g)
			t.Line("\n%s %s%s.", m.Name, g.says(m.unit), g.kernels())
		}
	}
	t.Line("")
	t.Labelled("", h.tests())
	return t.Err()
}

// kernels says where the kernel changed: a step there is no drift.
func (g Group) kernels() string {
	var at []string
	for i, r := range g.Runs {
		if r.KernelChanged {
			at = append(at, strconv.Itoa(i+1))
		}
	}
	if len(at) == 0 {
		return ""
	}
	return "; the kernel changed at run " + strings.Join(at, ", ")
}

// printer knows how a group is printed.
type printer struct{ *prose.Printer }

func (t printer) table(m Metric, g Group) {
	var b strings.Builder
	tw := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "run\tstarted\t%s\tkernel\tnote\n", m.Name)
	for i, r := range g.Runs {
		fmt.Fprintf(tw, "%d\t%s\t%s\t%s\t%s\n", i+1, r.StartedAt.UTC().Format(time.DateTime), r.text(m.unit),
			kernel(i, r), r.Note)
	}
	_ = tw.Flush() // a Builder takes all
	for line := range strings.Lines(b.String()) {
		t.Line("%s", strings.TrimRight(line, " \n"))
	}
}

// kernel is named for the first run, and where it changes.
func kernel(i int, r Run) string {
	switch {
	case i == 0:
		return r.Kernel
	case r.KernelChanged:
		return "-> " + r.Kernel
	default:
		return ""
	}
}

func (r Run) text(u metric.Unit) string {
	if r.Value == nil {
		return "-"
	}
	return slo.Value{Unit: u, Float: *r.Value}.Brief()
}

// WriteCSV writes a line a run of each metric, with a header.
func WriteCSV(w io.Writer, h History) error {
	c := csv.NewWriter(w)
	_ = c.Write([]string{
		"metric", "unit", "group", "machine", "run", "started_at", "kernel", "value", "note", "path",
	}) // Error has it
	for _, m := range h.Metrics {
		for _, g := range m.Groups {
			for i, r := range g.Runs {
				value := ""
				if r.Value != nil {
					value = strconv.FormatFloat(*r.Value, 'g', -1, 64)
				}
				_ = c.Write([]string{m.Name, m.Unit, prose.Inert(g.Name), prose.Inert(g.Machine), strconv.Itoa(i + 1),
					r.StartedAt.UTC().Format(time.RFC3339), prose.Inert(r.Kernel), value, prose.Inert(r.Note),
					prose.Inert(r.Path)})
			}
		}
	}
	c.Flush()
	return c.Error()
}
