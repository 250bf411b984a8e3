package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tcpbench/internal/fault"
	"tcpbench/judge/compare"
	"tcpbench/report"
	"tcpbench/results"
)

func newReport(s streams) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "report [flags] RESULT..",
		Short: "Write one self-contained HTML page about results",
		Long: `Report writes a page with the verdict, the cells as a table, charts that zoom and
show their values, the environment and the warnings. It is one file and needs no network
to open. Several RESULTs go onto one page: each is a side, and its name stands with its
cells. Two of them are compared, as are the two cells of a sweep that has no others: what
changed comes first, and both sides are in one picture.

A run that ended without a result, as one that was killed, leaves FILE.journal: as
RESULT it gives the figures up to its last interval, and no verdict. A page that is
there is overwritten, as it can be made again; another file is not.`,
		Example: `  tcpbench report runs/20260921-101500-exhaustion
  tcpbench report -o tuning.html before.json after.json

  # what a run had that was killed
  tcpbench report runs/killed.json.journal`,
		Args: atLeastOne,
		RunE: func(_ *cobra.Command, args []string) error {
			set, each, err := loadAll(args)
			if err != nil {
				return err
			}
			if output == "" {
				output = reportPath(args[0], set)
			}
			if err := isPage(output); err != nil {
				return err
			}
			if err := os.MkdirAll(filepath.Dir(output), 0o755); err != nil {
				return fmt.Errorf("make the output directory: %w", err)
			}
			if err := writeReport(output, set, sidesOf(set, each)); err != nil {
				return err
			}
			fmt.Fprintln(s.out, output)
			return nil
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "the HTML `FILE` (default next to the first result)")
	return cmd
}

// loadAll reads every result into one set. The runs of each of several are cells of
// their own: the same cell before and after is not two repeats of one. They are in each
// too, as they are; that is nil of one result.
func loadAll(paths []string) (all *results.Set, each []compare.Side, err error) {
	if len(paths) == 1 {
		all, err = results.Load(paths[0])
		return all, nil, err
	}
	all = &results.Set{}
	for i, path := range paths {
		one, err := loadSide(path)
		if err != nil {
			return nil, nil, err
		}
		one.Name = side(paths, i)
		each, all.Runs = append(each, one), append(all.Runs, labelled(one)...)
	}
	return all, each, nil
}

// sidesOf are two results, or the two cells of one, with what differs; nil of others.
func sidesOf(all *results.Set, each []compare.Side) *report.Before {
	if len(each) == 2 {
		return beside(each[0], each[1], all.Runs)
	}
	return pairOf(all)
}

// labelled are the runs of a side as cells of their own.
func labelled(s compare.Side) []*results.Run {
	var out []*results.Run
	for _, r := range s.Runs {
		one := *r
		one.Cell = maps.Clone(r.Cell)
		if one.Cell == nil {
			one.Cell = map[string]string{}
		}
		one.Cell[report.SideLabel] = s.Name
		out = append(out, &one)
	}
	return out
}

// beside are two sides with what differs, whose runs stand on a page one side after the
// other.
func beside(base, candidate compare.Side, runs []*results.Run) *report.Before {
	return comparedAs(base, candidate, runs[:len(base.Runs)], runs[len(base.Runs):])
}

// comparedAs are two sides with what differs, whose runs stand on a page as was and is.
func comparedAs(base, candidate compare.Side, was, is []*results.Run) *report.Before {
	b := &report.Before{Base: was, New: is}
	b.Comparison, b.Refused = compare.Compare(base, candidate, compare.Options{})
	return b
}

// pairOf are the two cells of a sweep that was made to compare them; nil of another.
func pairOf(set *results.Set) *report.Before {
	base, candidate, ok := pair(set.Runs)
	if !ok || set.Sweep == nil || set.Sweep.Claim != nil {
		return nil
	}
	return comparedAs(base, candidate, base.Runs, candidate.Runs)
}

// isPage refuses to overwrite what is no page: a result, perhaps.
func isPage(path string) error {
	f, err := os.Open(path)
	if err != nil || !results.Replaceable(path) {
		return nil // writing says more
	}
	defer f.Close()
	const doctype = "<!doctype html"
	begin := make([]byte, len(doctype))
	if n, _ := io.ReadFull(f, begin); n > 0 && !strings.EqualFold(string(begin[:n]), doctype) {
		return fault.Usagef("--output: %s exists and is no HTML page; choose another, or remove it first", path)
	}
	return nil
}

// side is what the result of an index is called: its path, with a number where an
// earlier one has it too.
func side(paths []string, i int) string {
	name := filepath.Clean(paths[i])
	same := 1
	for _, p := range paths[:i] {
		if filepath.Clean(p) == name {
			same++
		}
	}
	if same > 1 {
		return fmt.Sprintf("%s (%d)", name, same)
	}
	return name
}

func reportPath(path string, set *results.Set) string {
	if set.Dir != "" {
		return filepath.Join(path, "report.html")
	}
	return withoutExt(path) + ".html"
}
