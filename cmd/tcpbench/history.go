package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tcpbench/internal/fault"
	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/judge/history"
	"tcpbench/judge/metric"
	"tcpbench/plots"
)

const historyHelp = `History reads every result file below each DIR, in the order of their time, and
shows one metric or several from run to run. Runs that can be compared are in
one group: the same cell, options, programs and machine. Where the kernel changes
within a group, that is marked.

Two changes are looked for: a drift from run to run (the Theil-Sen slope; the
Mann-Kendall test, from 8 runs on), and steps to another level (a CUSUM, tested by
permutations, from 12 runs on; then on either side of a step). It is called by what
fits best. With --last N only the last N runs of each group count. Where
nothing changes, one table in a hundred has a finding, however many groups and metrics
it has (Benjamini-Hochberg), if no run depends on the one before. Runs that were
interrupted do not count, nor do figures that are in part the generator's own.

With --fail-on the exit status is 99 when a metric changed for the worse, 98 when
there is no telling (too few runs, a file that cannot be read, a change that may be of
the other kind, newest runs that are far from all before and too few for a step, or that
do not count), and 0 else. Of several steps the last one counts, and whether the
level now is worse than one before.

Files that are not results are named on stderr and skipped; the exit status is 1
when none can be read.`

func newHistory(s streams) *cobra.Command {
	format := historyFormats().flag()
	failOn := newWord("none", "drift", "step", "any")
	var metrics, cells []string
	var output string
	last := 0
	cmd := &cobra.Command{
		Use:   "history [flags] DIR..",
		Short: "Follow a metric over many results, to see a slow drift",
		Long:  historyHelp,
		Example: `  # has connecting become slower over the past weeks?
  tcpbench history runs/

  # two metrics of one cell, with pictures
  tcpbench history --metric connect_p99 --metric connections_per_second --cell linger=0 -o pictures/ runs/

  # every night: has it become worse, at once or slowly?
  tcpbench history --fail-on any --metric connect_p99,connections_per_second runs/

  # for a spreadsheet
  tcpbench history --format csv runs/ > history.csv`,
		Args: atLeastOneDir,
		RunE: func(_ *cobra.Command, args []string) error {
			h, err := readHistory(s, args, metrics, cells, last)
			if err != nil {
				return err
			}
			if output != "" {
				if err := drawHistory(output, h); err != nil {
					return err
				}
				fmt.Fprintln(s.err, "pictures:", filepath.Clean(output))
			}
			if err := historyFormats().write(s.out, format.value, h); err != nil {
				return fmt.Errorf("write history: %w", err)
			}
			return historyAnswer(h, failOn.value)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringSliceVar(&metrics, "metric", []string{"connect_p99"},
		"the `METRIC` to follow, repeatable; the names are those of --slo")
	flags.StringArrayVar(&cells, "cell", nil, "only results with this setting, repeatable: `KEY=VALUE`")
	flags.IntVar(&last, "last", 0, "only the last `N` runs of each group; 0: all of them")
	flags.Var(failOn, "fail-on", "exit status 99 after a change for the worse: `none|drift|step|any`")
	flags.Var(format, "format", historyFormats().usage())
	flags.StringVarP(&output, "output", "o", "", "draw pictures, PNG and SVG, into `DIR`, over those that are there")
	return cmd
}

// atLeastOneDir refuses a command line without a place to look at.
func atLeastOneDir(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return fault.Usagef("no DIR is named; give the directory of your results, such as runs/")
	}
	return nil
}

// readHistory reads what is below paths, and says what it skips.
func readHistory(s streams, paths, names, cells []string, last int) (history.History, error) {
	if last < 0 {
		return history.History{}, fault.Usagef("--last: %d is not a number of runs", last)
	}
	metrics, err := findMetrics(names)
	if err != nil {
		return history.History{}, err
	}
	filters, err := parseFilters(cells)
	if err != nil {
		return history.History{}, err
	}
	entries, skipped, err := history.Read(paths, metrics)
	if err != nil {
		return history.History{}, err
	}
	for _, f := range skipped {
		fmt.Fprintf(s.err, "warning: skipped %s: %s\n", prose.Printable(f.Path), prose.Printable(f.Error))
	}
	if len(skipped) > 0 {
		fmt.Fprintf(s.err, "warning: %s skipped, %s read\n", figure.Plural(len(skipped), "file"),
			figure.Plural(len(entries), "result"))
	}
	if len(entries) == 0 {
		return history.History{}, fmt.Errorf("no result can be read below %v; results are the files that tcpbench run "+
			"and sweep write", paths)
	}
	if entries, err = history.Select(entries, filters); err != nil {
		return history.History{}, fault.Usage(fmt.Errorf("--cell: %w", err))
	}
	if last > 0 {
		entries = history.Last(entries, last)
	}
	return history.New(entries, metrics, skipped), nil
}

// findMetrics are those of names, each once. The error has every wrong one.
func findMetrics(names []string) ([]metric.Metric, error) {
	var out []metric.Metric
	var errs []error
	for i, name := range names {
		m, err := metric.Find(name)
		if err != nil {
			errs = append(errs, fmt.Errorf("--metric: %w", err))
		}
		if !slices.Contains(names[:i], name) {
			out = append(out, m)
		}
	}
	if len(names) == 0 {
		errs = append(errs, errors.New("--metric: it is empty; the default is connect_p99"))
	}
	return out, fault.Usage(errors.Join(errs...))
}

func parseFilters(cells []string) ([]history.Filter, error) {
	var out []history.Filter
	for _, c := range cells {
		f, err := history.ParseFilter(c)
		if err != nil {
			return nil, fault.Usage(fmt.Errorf("--cell: %w", err))
		}
		out = append(out, f)
	}
	return out, nil
}

func historyFormats() formats[history.History] {
	return formats[history.History]{
		{formatText, history.WriteText},
		{formatJSON, func(w io.Writer, h history.History) error { return indentedJSON(w, h) }},
		{formatCSV, history.WriteCSV},
	}
}

// drawHistory draws a picture of each metric, or several where it has many
// groups.
func drawHistory(dir string, h history.History) error {
	var pics []plots.Picture
	for _, m := range h.Metrics {
		p, err := historyPicture(m).Pictures()
		if err != nil {
			return err
		}
		pics = append(pics, p...)
	}
	_, err := plots.WriteAll(dir, pics, []string{"png", "svg"})
	return err
}

// historyPicture is what there is to draw of a metric. A change of the kernel
// has its place on the axis only where there is one group.
func historyPicture(m history.Metric) plots.History {
	out := plots.History{Metric: m.Name, Unit: m.Unit}
	for _, g := range m.Groups {
		l := plots.HistoryLine{Name: g.Name}
		if d := g.Drift; d.Trend == history.Up || d.Trend == history.Down {
			l.Slope = *d.SlopePerRun
		}
		all := g.Steps
		if g.Change.Kind == history.Stepping {
			all = []history.Step{*g.Step}
		}
		for _, s := range all {
			l.Steps = append(l.Steps, plots.HistoryStep{Run: s.Run, Before: s.Before.Median, After: s.After.Median})
		}
		for i, r := range g.Runs {
			l.Values = append(l.Values, r.Value)
			if r.KernelChanged && len(m.Groups) == 1 {
				out.Changes = append(out.Changes, plots.Change{Run: i + 1, Label: r.Kernel})
			}
		}
		out.Lines = append(out.Lines, l)
	}
	return out
}

// historyAnswer is the error for what --fail-on asks; nil for none.
func historyAnswer(h history.History, failOn string) error {
	if failOn == "none" {
		return nil
	}
	worse, unclear := h.Judge(failOn)
	switch {
	case len(worse) > 0:
		return fault.GateFailed(fmt.Errorf("%s for the worse:\n  %s", figure.Plural(len(worse), "change"),
			strings.Join(worse, "\n  ")))
	case len(unclear) > 0:
		return fault.Inconclusive(fmt.Errorf("no telling whether anything became worse:\n  %s",
			strings.Join(unclear, "\n  ")))
	default:
		return nil
	}
}
