package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tcpbench/experiment/sweep"
	"tcpbench/internal/fault"
	"tcpbench/internal/figure"
	"tcpbench/judge/claim"
	"tcpbench/judge/compare"
	"tcpbench/plots"
	"tcpbench/report"
	"tcpbench/report/view"
	"tcpbench/results"
	"tcpbench/scenario"
)

// sweepFlags are what `tcpbench sweep` is told.
type sweepFlags struct {
	output string
	resume string
	dryRun bool
	repeat int // 0: as the scenario says
	ab     bool
	short  bool

	progress *word
	metrics  metricsFlag
}

// abRepeats is how often each side of --ab is measured when nobody says:
// enough for a finite interval, and for a change of a few percent.
const abRepeats = 10

func newSweep(s streams) *cobra.Command {
	f := sweepFlags{progress: newProgressFlag()}
	cmd := &cobra.Command{
		Use:   "sweep [flags] [SCENARIO]",
		Short: "Measure every cell of a scenario's matrix, each in its own lab",
		Long: `Sweep measures every combination of a scenario's matrix, one after the other,
each in network namespaces of its own, and keeps the results with their
pictures and a report in one directory. Where target: names the address of a server
that runs already, it is measured from this host. A scenario that tests a claim ends with
what the results say about it: confirmed, refuted, or it depends.

SCENARIO is a file or the name of a built-in scenario (` + "`tcpbench scenarios`" + ` lists
them); without one it is ` + scenario.DefaultName + `. A cell that fails does not lose the
others, and an interrupted sweep can be resumed. While it measures, no other can
measure into its directory. On a terminal it shows what the current cell does; n ends
that one and goes on with the next, q ends the sweep, and both save what there is.`,
		Example: `  # the built-in scenario: linger, tw_reuse and port range
  tcpbench sweep

  # what would run, and what the law predicts
  tcpbench sweep --dry-run

  # your own scenario, into your own directory
  tcpbench sweep -o before/ tuning.yaml

  # two settings against each other, in turn: A B B A
  tcpbench sweep --ab --repeat 10 ab.yaml

  # each cell five times, the cells in turn
  tcpbench sweep --repeat 5 exhaustion

  # what a claim is worth, in seconds
  tcpbench sweep --short tw-buckets

  # resume one that was interrupted
  tcpbench sweep --resume before/`,
		Args: atMost(1),

		ValidArgsFunction: scenarioNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runSweep(cmd.Context(), s, f, args)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVarP(&f.output, "output", "o", "",
		"the directory to make, `DIR` (default a new one under "+defaultOutput+"/)")
	flags.StringVar(&f.resume, "resume", "", "resume the sweep in `DIR`")
	flags.Var(newRepeats(&f.repeat), "repeat", "measure each cell `N` times, instead of what the scenario says")
	flags.BoolVar(&f.ab, "ab", false, "measure the two cells of the matrix in turn, A B B A, and compare them")
	flags.BoolVar(&f.short, "short", false, "the scenario's short version: seconds, with fewer cases")
	flags.Var(f.progress, "progress", progressUsage)
	f.metrics.add(flags)
	flags.BoolVar(&f.dryRun, "dry-run", false, "print the cells with their predictions, and measure nothing")
	return cmd
}

func runSweep(ctx context.Context, s streams, f sweepFlags, args []string) error {
	if f.resume != "" && (f.output != "" || len(args) > 0 || f.dryRun || f.repeat > 0 || f.ab || f.short) {
		return fault.Usagef("--resume does what the directory says; leave out the scenario, --output, " +
			"--repeat, --ab, --short and --dry-run")
	}
	if f.dryRun {
		return dryRun(s.out, f, args)
	}
	if err := s.needLinux("sweep"); err != nil {
		return err
	}
	measure, stop, err := f.metrics.serve(s)
	if err != nil {
		return err
	}
	defer stop()
	sw, err := openSweep(f, args, time.Now())
	if err != nil {
		return err
	}
	live := newDisplay(s, f.progress.value)
	ctx = live.open(ctx)
	live.beginSweep(sw)
	runErr := sw.Run(ctx, live.skippable(measure), sweep.Observer{Begin: live.beginCell, Interval: live.interval,
		End: func(i int, r *results.Run, err error) {
			live.endCell(i, r, err)
			live.kept(err)
		}})
	live.end()
	return errors.Join(runErr, finishSweep(s, sw, runErr), sw.Close())
}

// openSweep makes the directory of a new sweep, or opens that of an old one.
func openSweep(f sweepFlags, args []string, now time.Time) (*sweep.Sweep, error) {
	if f.resume != "" {
		return sweep.Open(f.resume)
	}
	sc, text, err := f.scenario(args)
	if err != nil {
		return nil, err
	}
	dir := f.output
	if dir == "" {
		dir = filepath.Join(defaultOutput, now.Format("20060102-150405.000")+"-"+sc.Name)
	}
	return sweep.Create(dir, sc, text)
}

// scenario is the one that args name, as the flags change it.
func (f sweepFlags) scenario(args []string) (*scenario.Scenario, []byte, error) {
	sc, text, err := loadScenario(args)
	if err != nil {
		return nil, nil, err
	}
	if f.short {
		if err := sc.Shorten(); err != nil {
			return nil, nil, fault.Usage(err)
		}
	}
	if f.repeat > 0 {
		sc.Repeat = f.repeat
	}
	if f.ab && f.repeat == 0 && sc.Repeat == 1 {
		sc.Repeat = abRepeats
	}
	if f.ab {
		err = fault.Usage(sc.PairUp())
	}
	return sc, text, err
}

func loadScenario(args []string) (*scenario.Scenario, []byte, error) {
	name := scenario.DefaultName
	if len(args) > 0 {
		name = args[0]
	}
	source, err := scenario.Read(name)
	if err != nil {
		return nil, nil, fault.Usage(err)
	}
	sc, err := scenario.Parse(name, source)
	if err != nil {
		return nil, nil, fault.Usage(err)
	}
	if err := claim.Check(sc.Claim); err != nil {
		return nil, nil, fault.Usagef("%s: %w", name, err)
	}
	return sc, source, nil
}

// finishSweep shows what there is: the table, the verdicts, pictures, report.
func finishSweep(s streams, sw *sweep.Sweep, runErr error) error {
	set, err := results.Load(sw.Dir)
	if err != nil {
		if runErr != nil {
			return nil // the reason was reported
		}
		return err
	}
	if err := sw.Judge(set.Runs); err != nil {
		return err
	}
	set.Sweep = sw.Index
	if err := errors.Join(showPair(s.out, set), showSweep(s.out, set)); err != nil {
		return err
	}
	page := filepath.Join(sw.Dir, "report.html")
	if err := errors.Join(drawSet(filepath.Join(sw.Dir, "plots"), set, &pen{formats: []string{"png", "svg"}}),
		writeReport(page, set, pairOf(set))); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "\nResults   %s\nPictures  %s\nReport    %s\n", sw.Dir, filepath.Join(sw.Dir, "plots"), page)
	if runErr != nil {
		return nil
	}
	return errors.Join(failedCells(sw.Index), unclear(sw.Index.Claim), endedEarly(sw))
}

// endedEarly is an error for cells that somebody ended early, for the next one.
func endedEarly(sw *sweep.Sweep) error {
	n := 0
	for _, c := range sw.Index.Cells {
		if c.Status == results.Interrupted {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return fault.Interrupted(fmt.Errorf("%s of %d ended early, and what there was is saved: measure again with "+
		"tcpbench sweep --resume %s", figure.Plural(n, "cell"), len(sw.Index.Cells), sw.Dir))
}

// showSweep writes the conclusion, with what would help the cell that needs it most, or
// what the claim is worth; and then the figures.
func showSweep(w io.Writer, set *results.Set) error {
	width, runs, c := columns(w), set.Runs, set.Sweep.Claim
	if err := view.WriteConclusion(w, view.ConclusionOf(runs, c), width); err != nil {
		return err
	}
	fmt.Fprintln(w)
	if err := view.WriteClaimTable(w, c, width); err != nil {
		return err
	}
	return view.WriteTable(w, runs, width)
}

// showPair compares the two cells of a sweep that was to do so.
func showPair(w io.Writer, set *results.Set) error {
	if !set.Sweep.ABBA {
		return nil
	}
	base, candidate, ok := pair(set.Runs)
	if !ok {
		return nil // one of them has no result, which is reported
	}
	if err := compareSides(w, base, candidate, compare.Options{}, formatText); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

// failedCells is an error that names the cells that failed, or nil.
func failedCells(index *results.Sweep) error {
	var failed []string
	for _, c := range index.Cells {
		if c.Error != "" {
			failed = append(failed, fmt.Sprintf("%s: %s", filepath.Base(c.Dir), c.Error))
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d cells failed:\n  %s", len(failed), len(index.Cells), strings.Join(failed, "\n  "))
}

// unclear is an error for a claim that could not be judged.
func unclear(c *results.Claim) error {
	if c == nil || c.Answer != scenario.Unclear {
		return nil
	}
	return fmt.Errorf("the claim has no answer: %s", c.Because)
}

func writeReport(path string, set *results.Set, sides *report.Before) error {
	in := reportInput(set)
	in.Before = sides
	var b strings.Builder
	if err := report.Write(&b, in); err != nil {
		return err
	}
	return results.WriteFile(path, []byte(b.String()))
}

func reportInput(set *results.Set) report.Input {
	in := report.Input{Title: "tcpbench run", Runs: set.Runs}
	if sw := set.Sweep; sw != nil {
		in.Title, in.About, in.Scenario, in.Claim = "tcpbench sweep: "+sw.Name, sw.About, sw.Scenario, sw.Claim
	}
	return in
}

// drawSet writes the pictures of a set below dir: those of all its runs
// together, and those of each run.
func drawSet(dir string, set *results.Set, p *pen) error {
	if set.Dir == "" {
		return drawRun(dir, set.Runs[0], p)
	}
	pics, damaged := sweepPictures(set)
	if err := p.draw(dir, pics); err != nil || damaged != nil {
		return errors.Join(damaged, err)
	}
	for i, r := range set.Runs {
		name := fmt.Sprintf("%03d", i+1)
		if err := drawRun(filepath.Join(dir, name), r, p); err != nil {
			return err
		}
	}
	return nil
}

// sweepPictures are those of all runs together, that of a claim first.
func sweepPictures(set *results.Set) ([]plots.Picture, error) {
	pics, damaged := plots.ForSweep(set.Runs)
	if set.Sweep == nil || set.Sweep.Claim == nil {
		return pics, damaged
	}
	if p, ok := plots.ForClaim(set.Sweep.Claim); ok {
		pics = slices.Insert(pics, 0, p)
	}
	return pics, damaged
}

func drawRun(dir string, r *results.Run, p *pen) error {
	pics, damaged := plots.ForRun(r) // with what a damaged histogram leaves
	return errors.Join(damaged, p.draw(dir, pics))
}
