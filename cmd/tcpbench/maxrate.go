package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/maxrate"
	"tcpbench/experiment/search"
	"tcpbench/internal/fault"
	"tcpbench/internal/figure"
	"tcpbench/judge/slo"
	"tcpbench/metrics"
	"tcpbench/report/view"
	"tcpbench/results"
	"tcpbench/scenario"
)

// maxRateFlags say how `tcpbench run` searches for the highest rate.
type maxRateFlags struct {
	find      bool
	limits    slo.Limits
	min, max  float64 // per second
	precision float64 // a share
	confirm   int
}

const findMaxRateFlag = "find-max-rate"

// add defines the flags, with their defaults.
func (f *maxRateFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.find, findMaxRateFlag, false,
		"search for the highest rate at which --slo holds, in trials of --duration each")
	f.limits, _ = slo.Parse("errors<0.1%") // a constant
	f.min, f.max, f.precision, f.confirm = 100, scenario.MaxRate, 0.05, 3
	rate := steadyRateParser("a trial has one rate", "a search needs a rate such as 500 or 10k")
	for _, v := range []struct {
		value       pflag.Value
		name, usage string
	}{
		{newParsed(&f.limits, slo.Parse, slo.Limits.String), "slo",
			"judge the run: the exit status is 99 when one of these `LIMITS` is broken, such as " +
				"errors<0.1%,connect_p99<5ms, and 98 when one cannot be judged; find-max-rate: a rate holds while " +
				"all do"},
		{newParsed(&f.min, rate, figure.Exact), "min-rate",
			"find-max-rate: the lowest rate, where the search starts: `R`"},
		{newParsed(&f.max, rate, figure.Exact), "max-rate", "find-max-rate: the highest rate to try: `R`"},
		{newParsed(&f.precision, parsePercent, formatPercent), "precision",
			"find-max-rate: how near the rate that holds and the one that fails must be: `P%`"},
		{newParsed(&f.confirm, parseConfirm, strconv.Itoa), "confirm",
			"find-max-rate: `N` trials must agree at either rate"},
	} {
		flags.Var(v.value, v.name, v.usage)
	}
}

// check refuses flags of a search without one, and bounds that cross.
func (f *maxRateFlags) check(flags *pflag.FlagSet) error {
	var errs []error
	for _, name := range []string{"min-rate", "max-rate", "precision", "confirm"} {
		if flags.Changed(name) && !f.find {
			errs = append(errs, fmt.Errorf("--%s: it is for a search; add --%s", name, findMaxRateFlag))
		}
	}
	if f.find && f.min > f.max {
		errs = append(errs, fmt.Errorf("--min-rate: %s/s is above --max-rate, %s/s", figure.Exact(f.min),
			figure.Exact(f.max)))
	}
	return fault.Usage(errors.Join(errs...))
}

// once refuses repeats of a search, which confirms its own rates, and of a run that is
// to be judged alone.
func (f *maxRateFlags) once(repeat int, flags *pflag.FlagSet) error {
	switch {
	case repeat == 1:
		return nil
	case f.find:
		return fault.Usagef("--repeat: a search repeats its own trials; use --confirm %d", repeat)
	case flags.Changed("slo"):
		return fault.Usagef("--slo: it judges one run; judge all %d by a policy, with tcpbench gate", repeat)
	default:
		return nil
	}
}

// ofOneRun are the limits of a run without a search; none where they were not given.
func (f *maxRateFlags) ofOneRun(flags *pflag.FlagSet) slo.Limits {
	if !flags.Changed("slo") {
		return nil
	}
	return f.limits
}

func (f *maxRateFlags) options(spec cell.Spec) maxrate.Options {
	return maxrate.Options{
		Cell:   spec,
		Limits: f.limits,
		Search: search.Options{Start: f.min, Max: f.max, Precision: f.precision, Confirm: f.confirm},
	}
}

// findMaxRate searches for the highest rate, keeps the result and shows it.
func findMaxRate(ctx context.Context, s streams, o maxrate.Options, out runOutput, show *showing) error {
	if err := o.Validate(); err != nil {
		return err
	}
	path, err := out.file(time.Now())
	if err != nil {
		return err
	}
	measure, stop, err := show.metrics.serve(s)
	if err != nil {
		return err
	}
	defer stop()
	live := &trialDisplay{display: newDisplay(s, show.progress.value), limits: o.Limits, cell: o.Cell}
	live.plain = nil // a trial has its line
	ctx = live.open(ctx)
	find := func(ctx context.Context, _ cell.Spec, _ func(metrics.Interval)) (*results.Run, error) {
		return maxrate.Find(ctx, o, live.tools(measure, s.kernel.held))
	}
	r, err := cell.Keep(ctx, o.Cell, path, find, nil)
	live.end()
	if r == nil {
		return err
	}
	if showErr := searchFormats(o.Limits).write(s.out, show.format.value, r); err != nil || showErr != nil {
		return errors.Join(err, showErr)
	}
	fmt.Fprintln(s.err, "result:", path)
	return searchOutcome(r.Search)
}

func searchFormats(limits slo.Limits) formats[*results.Run] {
	text := func(w io.Writer, r *results.Run) error { return writeSearch(w, r, limits) }
	return formats[*results.Run]{{formatText, text}, {formatJSON, results.Encode}}
}

// writeSearch writes what a search found, for people.
func writeSearch(w io.Writer, r *results.Run, limits slo.Limits) error {
	if err := view.WriteParagraph(w, r.Search.Sentence, columns(w)); err != nil {
		return err
	}
	for _, warning := range r.Warnings {
		if err := view.WriteParagraph(w, "Warning: "+warning.Text, columns(w)); err != nil {
			return err
		}
	}
	fmt.Fprintln(w)
	return maxrate.WriteTable(w, r.Search.Trials, limits)
}

// searchOutcome is the error that the end of a search stands for, nil when it
// found a rate.
func searchOutcome(s *results.Search) error {
	switch {
	case s.Ended == results.SearchInterrupted:
		return fault.Interrupted(errors.New("interrupted; what was measured until then is saved"))
	case s.Ended == results.SearchFailed || s.HoldsRate == 0:
		return errors.New("the search failed: " + s.Sentence)
	default:
		return nil
	}
}

// trialDisplay shows how a search goes: a line a trial, and on a terminal what
// the current one does.
type trialDisplay struct {
	*display
	limits slo.Limits
	cell   cell.Spec
	trials int
}

func (d *trialDisplay) tools(measure cell.Measurer, held maxrate.Held) maxrate.Tools {
	return maxrate.Tools{
		Measure:  measure,
		Held:     held,
		Begin:    d.begin,
		Interval: d.interval,
		End:      func(t results.Trial) { d.tell(fmt.Sprintf("trial %d: %s", d.trials, maxrate.Line(t, d.limits))) },
		Say:      d.tell,
	}
}

func (d *trialDisplay) begin(w scenario.Workload, phase search.Phase) {
	d.trials++
	d.beginNamed(fmt.Sprintf("trial %d: %s/s, %s", d.trials, w.Rate, phase), w, d.lawOf(d.cell))
}
