package main

import (
	"io"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"tcpbench/internal/fault"
	"tcpbench/internal/figure"
	"tcpbench/judge/compare"
	"tcpbench/report"
	"tcpbench/results"
)

func newCompare(s streams) *cobra.Command {
	format := compareFormats().flag()
	var o compare.Options
	cmd := &cobra.Command{
		Use:   "compare [flags] BASE NEW | SWEEP",
		Short: "Say what differs between two sets of results, and whether it is chance",
		Long: `Compare shows NEW beside BASE, cell by cell. Each is a result file, the directory
of a sweep, or a directory of result files, the repeats of one cell. A SWEEP of
two cells alone, as sweep --ab writes it, is its first cell beside its second.

Measure the two sides in turn, A B B A, as sweep --ab does with the two cells of a
matrix: a machine that becomes slower between two blocks of runs looks like a
change, and compare says where that may be.

Cells are matched by their labels. Every repeat gives one value per metric, and
the Mann-Whitney U test says whether the values of the two sides differ by more
than chance. That takes 4 repeats a side; with fewer the answer is
"inconclusive". "~ (finds 3.1%)" is no significant change, where one of 3.1 %
would have been, and "~ (perhaps chance)" one that is among as many as chance gives
to so many rows. ± is the 95 % interval of the median, which takes 6. Latency
percentiles are those of all repeats in one histogram.

Settings that differ are what is tested, and are listed. Results of another
machine (kernel, CPU, memory), another lab or server, or another workload (mode,
concurrency, rate, sizes, engine, threads, ...) are refused, unless --force.`,
		Example: `  # two settings measured in turn, A B B A: the values of a scenario's matrix
  tcpbench sweep --ab --repeat 10 -o ab/ ab.yaml
  tcpbench compare ab/

  # before and after what cannot be done in turn
  tcpbench run --repeat 10 -o before/ http://10.0.0.2/
  tcpbench run --repeat 10 -o after/ http://10.0.0.2/
  tcpbench compare before/ after/

  # for a pull request, and for benchstat
  tcpbench compare --format markdown before/ after/
  tcpbench compare --format benchfmt before/ after/ > results.txt`,
		Args: oneOrTwoResults,
		RunE: func(_ *cobra.Command, args []string) error {
			base, candidate, err := sides(args)
			if err != nil {
				return err
			}
			return compareSides(s.out, base, candidate, o, format.value)
		},
	}
	flags := cmd.Flags()
	flags.Var(format, "format", compareFormats().usage())
	flags.BoolVar(&o.Force, "force", false, "compare what is not comparable, and say what differs")
	return cmd
}

func oneOrTwoResults(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 1, 2:
		return nil
	case 0:
		return fault.Usagef("no results are named; give BASE and NEW, each a result file or a directory of results")
	default:
		return fault.Usagef("unexpected argument %q; give BASE and NEW, and for repeats a directory of them", args[2])
	}
}

// sides reads what is to be compared: two results, or the two cells of one.
func sides(args []string) (base, candidate compare.Side, err error) {
	if len(args) == 1 {
		return halves(args[0])
	}
	if base, err = loadSide(args[0]); err != nil {
		return base, candidate, err
	}
	candidate, err = loadSide(args[1])
	return base, candidate, err
}

func loadSide(path string) (compare.Side, error) {
	set, err := results.Load(path)
	if err != nil {
		return compare.Side{}, err
	}
	return compare.Side{Name: path, Runs: set.Runs, Unfinished: set.Unfinished}, nil
}

// halves are the two cells of a sweep.
func halves(path string) (base, candidate compare.Side, err error) {
	set, err := results.Load(path)
	if err != nil {
		return base, candidate, err
	}
	base, candidate, ok := pair(set.Runs)
	if !ok {
		return base, candidate, fault.Usagef("%s has %s; only the two of a sweep with exactly two are compared "+
			"with each other: name BASE and NEW", filepath.Clean(path),
			figure.Plural(len(compare.Groups(set.Runs)), "cell"))
	}
	return base, candidate, nil
}

// pair are the two cells that runs are of, if that is what they are.
func pair(runs []*results.Run) (base, candidate compare.Side, ok bool) {
	groups := compare.Groups(runs)
	if len(groups) != 2 {
		return base, candidate, false
	}
	side := func(g compare.Group) compare.Side { return compare.Side{Name: g.Name(), Runs: g.Runs} }
	return side(groups[0]), side(groups[1]), true
}

// compared is a comparison with what it was made of.
type compared struct {
	*compare.Comparison
	base, candidate compare.Side
}

func compareSides(w io.Writer, base, candidate compare.Side, o compare.Options, format string) error {
	c, err := compare.Compare(base, candidate, o)
	if err != nil {
		return fault.Usage(err)
	}
	return compareFormats().write(w, format, compared{c, base, candidate})
}

func compareFormats() formats[compared] {
	of := func(write func(io.Writer, *compare.Comparison) error) func(io.Writer, compared) error {
		return func(w io.Writer, c compared) error { return write(w, c.Comparison) }
	}
	return formats[compared]{
		{formatText, of(compare.WriteText)}, {formatMarkdown, of(compare.WriteMarkdown)},
		{formatJSON, of(compare.WriteJSON)}, {formatCSV, of(compare.WriteCSV)},
		{formatHTML, comparisonPage},
		{"benchfmt", func(w io.Writer, c compared) error { return compare.WriteBenchfmt(w, c.base, c.candidate) }},
	}
}

// comparisonPage writes both sides on one page.
func comparisonPage(w io.Writer, c compared) error {
	in := report.Input{Title: "tcpbench compare", Runs: slices.Concat(labelled(c.base), labelled(c.candidate))}
	in.Before = &report.Before{Base: in.Runs[:len(c.base.Runs)], New: in.Runs[len(c.base.Runs):],
		Comparison: c.Comparison}
	return report.Write(w, in)
}
