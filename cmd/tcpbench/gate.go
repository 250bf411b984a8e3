package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tcpbench/internal/fault"
	"tcpbench/internal/prose"
	"tcpbench/judge/compare"
	"tcpbench/judge/gate"
	"tcpbench/report"
	"tcpbench/results"
)

// gateFlags are what `tcpbench gate` is told.
type gateFlags struct {
	policy, baseline string
	named            bool // the baseline, by its flag
	force            bool
}

func newGate(s streams) *cobra.Command {
	var f gateFlags
	format := gateFormats().flag()
	cmd := &cobra.Command{
		Use:   "gate -f POLICY [flags] RESULT..",
		Short: "Judge results by a policy; the exit status is the verdict",
		Long: `Gate asks every cell of the RESULTS, result files or directories of them, for
what POLICY says:

  limits: ["connect_p99 < 5ms", "errors < 0.1%", "exhausted == false"]
  baseline: baseline/        # a result file or a directory, from the policy's own
  regressions: {connections_per_second: -5%, connect_p99: +10%}
  cells:                     # more, for cells that match
    "linger=off": {limits: ["close_p99 < 1ms"]}

A limit must hold in every repeat. A regression fails when the figure changed by
more than that and the change is significant, which takes 4 repeats a side (run
--repeat, sweep --repeat). It passes when the repeats would have found such a
change: where they vary by more than the policy allows, there is no telling.

The exit status is 0 when all of it holds, 99 when any of it does not, and 98
when there is no telling: a metric or a cell of the baseline is missing, repeats
are too few for a claim or copies of one run, a run was interrupted, or the
generator's own lateness is in a figure. It never passes on too little. 2 is a mistake in the
policy, 1 a result that cannot be read; junit, github and markdown have those as errors.`,
		Example: `  tcpbench gate -f policy.yaml result.json

  # a whole sweep against another baseline than the policy's
  tcpbench gate -f policy.yaml --baseline main/ runs/20260921-101500-exhaustion

  # in GitHub Actions: annotations at the lines of the policy
  tcpbench gate -f policy.yaml --format github result.json`,
		Args: atLeastOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.named = cmd.Flags().Changed("baseline")
			return runGate(s.out, f, args, format.value)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.policy, "policy", "f", "", "the policy, a YAML `FILE`")
	flags.StringVar(&f.baseline, "baseline", "", "the results to compare with, instead of the policy's: `PATH`")
	flags.Var(format, "format", gateFormats().usage())
	flags.BoolVar(&f.force, "force", false, "compare with a baseline that is not comparable")
	return cmd
}

func runGate(w io.Writer, f gateFlags, paths []string, format string) error {
	judged, err := judgementOf(f, paths)
	if err != nil && (format == formatText || format == formatHTML) {
		return err // which stderr says; a page is of runs
	}
	if err != nil {
		// The file that stdout goes to is there already, and whoever reads it needs a whole one.
		undecided := judgement{Report: gate.Undecided(f.policy, err)}
		return errors.Join(err, gateFormats().write(w, format, undecided))
	}
	if err := gateFormats().write(w, format, judged); err != nil {
		return err
	}
	switch judged.Answer() {
	case gate.Failed:
		return fault.GateFailed(errors.New(judged.Headline()))
	case gate.Inconclusive:
		return fault.Inconclusive(errors.New(judged.Headline()))
	default:
		return nil
	}
}

// judgementOf reads the policy and what it is for.
func judgementOf(f gateFlags, paths []string) (judgement, error) {
	policy, err := readPolicy(f.policy)
	if err != nil {
		return judgement{}, err
	}
	in, err := gateInput(f, policy, paths)
	if err != nil {
		return judgement{}, err
	}
	return judgement{policy.Judge(in), in}, nil
}

func readPolicy(path string) (*gate.Policy, error) {
	if path == "" {
		return nil, fault.Usagef("no policy is named; give one with -f POLICY")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Usagef("read policy: %w", err)
	}
	policy, err := gate.Parse(path, data)
	return policy, fault.Usage(err)
}

func gateInput(f gateFlags, policy *gate.Policy, paths []string) (gate.Input, error) {
	in := gate.Input{Results: compare.Side{Name: strings.Join(paths, ", ")}, Force: f.force}
	if err := distinct(paths); err != nil {
		return in, err
	}
	for _, path := range paths {
		set, err := results.Load(path)
		if err != nil {
			return in, err
		}
		in.Results.Runs = append(in.Results.Runs, set.Runs...)
		in.Unmeasured = append(in.Unmeasured, unmeasured(set)...)
	}
	baseline, err := baselinePath(f, policy)
	if err != nil || baseline == "" {
		return in, err
	}
	side, err := loadSide(baseline)
	if err != nil {
		return in, fmt.Errorf("baseline: %w", err)
	}
	in.Baseline = &side
	return in, nil
}

// distinct refuses a result that is named twice: it would count as a repeat.
func distinct(paths []string) error {
	var seen []os.FileInfo
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			continue // reading it says so
		}
		if slices.ContainsFunc(seen, func(o os.FileInfo) bool { return os.SameFile(o, info) }) {
			return fault.Usagef("%s is named twice, and a run is not a repeat of itself", path)
		}
		seen = append(seen, info)
	}
	return nil
}

// baselinePath is where the baseline is; the policy's own is beside the policy.
// It is empty where none is named and nothing is compared.
func baselinePath(f gateFlags, policy *gate.Policy) (string, error) {
	switch {
	case f.named && f.baseline == "": // an unset variable of a script, and no baseline
		return "", fault.Usagef("--baseline: want a result file or a directory of results, got nothing")
	case f.named:
		return f.baseline, nil
	case policy.Baseline == "" && !policy.Regresses():
		return "", nil
	case policy.Baseline == "":
		return "", fault.Usagef("%s limits regressions and names no baseline; add one to it, or --baseline",
			policy.File)
	case filepath.IsAbs(policy.Baseline):
		return policy.Baseline, nil
	default:
		return filepath.Join(filepath.Dir(policy.File), policy.Baseline), nil
	}
}

// unmeasured are the cells of a sweep, and the repeats of a run, that have no result.
func unmeasured(set *results.Set) []gate.Unmeasured {
	var out []gate.Unmeasured
	for _, journal := range set.Unfinished {
		out = append(out, gate.Unmeasured{Cell: filepath.Base(journal),
			Why: "the run was killed, or goes on: it has a journal, and no result"})
	}
	if set.Sweep == nil {
		return out
	}
	for _, c := range set.Sweep.Cells {
		switch c.Status {
		case results.Done, results.Interrupted:
		case results.Failed:
			out = append(out, gate.Unmeasured{Cell: filepath.Base(c.Dir), Why: "the cell failed: " + c.Error})
		default:
			out = append(out, gate.Unmeasured{Cell: filepath.Base(c.Dir),
				Why: "the cell was not measured; continue with tcpbench sweep --resume " + set.Dir})
		}
	}
	return out
}

// judgement is what a policy says, and of what.
type judgement struct {
	*gate.Report
	of gate.Input
}

func gateFormats() formats[judgement] {
	of := func(write func(io.Writer, *gate.Report) error) func(io.Writer, judgement) error {
		return func(w io.Writer, j judgement) error { return write(w, j.Report) }
	}
	return formats[judgement]{
		{formatText, of(gate.WriteText)}, {formatMarkdown, of(gate.WriteMarkdown)},
		{"junit", of(gate.WriteJUnit)}, {"github", of(workflowCommands)}, {formatHTML, gatePage},
	}
}

// gatePage writes the checks, and the results beside their baseline where there is one.
func gatePage(w io.Writer, j judgement) error {
	in := report.Input{Title: "tcpbench gate", Runs: j.of.Results.Runs, Gate: j.Report}
	if base := j.of.Baseline; base != nil {
		in.Runs = slices.Concat(labelled(*base), labelled(j.of.Results))
		in.Before = &report.Before{Base: in.Runs[:len(base.Runs)], New: in.Runs[len(base.Runs):]}
	}
	return report.Write(w, in)
}

// workflowCommands writes what the runner of GitHub Actions is to act upon, with the
// policy's path in its repository, whatever it is from the working directory.
func workflowCommands(w io.Writer, r *gate.Report) error {
	inRepository := *r
	inRepository.Policy = repositoryPath(r.Policy)
	r = &inRepository
	if g, ok := w.(*prose.Guard); ok {
		w = g.Commands()
	}
	return gate.WriteGitHub(w, r)
}
