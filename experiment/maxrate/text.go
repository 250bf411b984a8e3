package maxrate

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"tcpbench/judge/metric"
	"tcpbench/judge/slo"
	"tcpbench/results"
)

// Line tells of a trial in one line.
func Line(t results.Trial, limits slo.Limits) string {
	parts := []string{started(t)}
	for _, name := range metricsOf(limits) {
		parts = append(parts, name+" "+measured(t, name))
	}
	return fmt.Sprintf("%s: %s: %s", perSecond(t.Rate), strings.Join(parts, ", "), verdict(t))
}

// verdict says what a trial's figures mean.
func verdict(t results.Trial) string {
	switch answered(t) {
	case late:
		return "the generator itself was late"
	case broken:
		return strings.Join(t.Broken, ", ")
	case missing:
		return strings.Join(t.Missing, ", ")
	default:
		return "holds"
	}
}

// WriteTable writes a line a trial: the rate, what was measured, what came of
// it; and a blank line. Without a trial it writes nothing.
func WriteTable(w io.Writer, trials []results.Trial, limits slo.Limits) error {
	if len(trials) == 0 {
		return nil
	}
	names := metricsOf(limits)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(last string, cells ...string) { fmt.Fprintf(tw, "%s\t  %s\n", strings.Join(cells, "\t"), last) }
	row("outcome", append([]string{"rate", "started", "planned"}, names...)...)
	for _, t := range trials {
		cells := []string{perSecond(t.Rate), counted(t.Started), counted(t.Planned)}
		for _, name := range names {
			cells = append(cells, measured(t, name))
		}
		row(outcome(t), cells...)
	}
	fmt.Fprintln(tw)
	if err := tw.Flush(); err != nil {
		return fmt.Errorf("write trials: %w", err)
	}
	return nil
}

// outcome is a trial in a word.
func outcome(t results.Trial) string {
	return [...]string{holds: "holds", broken: "broken", late: "generator late", missing: "inconclusive"}[answered(t)]
}

// metricsOf are what the limits are about, each once.
func metricsOf(limits slo.Limits) []string {
	var out []string
	for _, l := range limits {
		if !slices.Contains(out, l.Metric) {
			out = append(out, l.Metric)
		}
	}
	return out
}

// none stands for what was not measured.
const none = "-"

func measured(t results.Trial, name string) string {
	v, ok := t.Values[name]
	m, err := metric.Find(name)
	if !ok || err != nil {
		return none
	}
	return slo.Value{Unit: m.Unit, Float: v}.Brief()
}

func started(t results.Trial) string {
	if t.Planned == 0 {
		return "nothing started"
	}
	return fmt.Sprintf("%d of %d started", t.Started, t.Planned)
}

func counted(n int64) string {
	if n == 0 {
		return none
	}
	return fmt.Sprint(n)
}
