package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tcpbench/experiment/cell"
	"tcpbench/internal/fault"
	"tcpbench/judge/slo"
	"tcpbench/report/view"
	"tcpbench/results"
	"tcpbench/scenario"
)

func newRun(s streams) *cobra.Command {
	return newRunOr(s, func(context.Context, cell.Spec) (bool, error) { return false, nil })
}

// newRunOr is a command with the flags of `tcpbench run`. It asks instead first, which says
// whether it has done all there is to do.
func newRunOr(s streams, instead func(context.Context, cell.Spec) (bool, error)) *cobra.Command {
	w := scenario.DefaultWorkload()
	show := newShowing()
	var place labFlags
	var search maxRateFlags
	repeat := 1
	var out runOutput
	log := newLogFlags()
	cmd := &cobra.Command{
		Use:     "run [flags] [TARGET..]",
		Short:   "Measure one workload",
		Long:    runLong,
		Example: runExample,

		ValidArgsFunction: targets,
		RunE: func(cmd *cobra.Command, urls []string) error {
			if err := s.needLinux("run"); err != nil {
				return err
			}
			spec, err := place.spec(urls, w)
			if err != nil {
				return err
			}
			given := cmd.Flags()
			if err := errors.Join(search.check(given), search.once(repeat, given), out.check(repeat),
				log.check(given, repeat > 1 || search.find, out.force)); err != nil {
				return err
			}
			spec.Log = log.of()
			if search.find && !spec.Client.IsZero() {
				return fault.Usagef("--find-max-rate: the program of --client-cmd sets its own rate; leave one of " +
					"them out")
			}
			if search.find {
				return findMaxRate(cmd.Context(), s, search.options(spec), out, show)
			}
			if done, err := instead(cmd.Context(), spec); done || err != nil {
				return err
			}
			if repeat > 1 {
				return runRepeatedly(cmd.Context(), s, spec, repeat, out.path, show)
			}
			return run(cmd.Context(), s, spec, search.ofOneRun(given), out, show)
		},
	}
	flags := cmd.Flags()
	addSettings(flags, &w)
	place.given = flags.Changed
	inGroup(flags, "Programs in the lab", place.add)
	inGroup(flags, "Judging, and the highest rate", search.add)
	inGroup(flags, "Results", func(flags *pflag.FlagSet) {
		flags.Var(newRepeats(&repeat), "repeat",
			"measure `N` times, each in a fresh lab, into a directory; shows how the results spread")
		out.add(flags)
		log.add(flags)
		show.add(flags)
	})
	cmd.SetUsageFunc(groupedUsage)
	return cmd
}

// run measures one cell, keeps its result and shows it, with what it says about limits.
func run(ctx context.Context, s streams, spec cell.Spec, limits slo.Limits, out runOutput, show *showing) error {
	if err := spec.Validate(); err != nil {
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
	live := newDisplay(s, show.progress.value)
	ctx = live.open(ctx)
	live.beginRun(spec)
	r, err := cell.Keep(ctx, spec, path, measure, live.interval)
	live.endRun()
	live.end()
	if r == nil {
		return err
	}
	findings := limits.Check(r)
	beside := s.out
	if show.format.value != formatText {
		beside = s.err // the result alone is on stdout
	}
	showErr := errors.Join(writeLimits(beside, findings), runFormats().write(s.out, show.format.value, r))
	if showErr != nil {
		return errors.Join(err, interruption(r), showErr) // the terminal may be gone, which interrupts
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(s.err, "result:", path)
	if len(r.Pcap) > 0 && results.Replaceable(path) {
		fmt.Fprintf(s.err, "packets: %s, for tcpdump -nn -r\n", results.PcapPath(path))
	}
	return verdictWith(r, findings)
}

func runFormats() formats[*results.Run] {
	text := func(w io.Writer, r *results.Run) error { return view.WriteText(w, r, columns(w)) }
	return formats[*results.Run]{{formatText, text}, {formatJSON, results.Encode}}
}

// outcome is the error that a result stands for, nil when the run did what it
// was for.
func outcome(r *results.Run) error {
	switch {
	case r.Degraded && r.Interrupted:
		return errors.New("the run is degraded, and ended early: " + strings.Join(lostAgents(r), "; "))
	case r.Interrupted:
		return interruption(r)
	case r.Degraded:
		return errors.New("the run is degraded: " + r.Shortfall())
	case !r.Succeeded():
		return errors.New("the run failed: " + strings.TrimPrefix(r.Verdict.Headline, "Failed: "))
	default:
		return nil
	}
}

// interruption is the error of a run that was ended early by a signal; nil of any other.
func interruption(r *results.Run) error {
	if !r.Interrupted {
		return nil
	}
	return fault.Interrupted(errors.New("interrupted; what was measured until then is saved"))
}

// lostAgents are those of a fleet's run that were lost, and why.
func lostAgents(r *results.Run) []string {
	var out []string
	for _, a := range r.Agents {
		if a.Lost != nil {
			out = append(out, a.Name+": "+a.Lost.Why)
		}
	}
	return out
}
