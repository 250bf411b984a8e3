package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tcpbench/internal/fault"
	"tcpbench/internal/suggest"
	"tcpbench/plots"
	"tcpbench/results"
)

func newPlot(s streams) *cobra.Command {
	var output string
	formats := []string{"png"}
	cmd := &cobra.Command{
		Use:   "plot [flags] RESULT..",
		Short: "Draw pictures of results",
		Long: `Plot draws the pictures of each RESULT, a result file or the directory of a
sweep: connections per second, latency percentiles, connect latency against
port occupancy, TIME_WAITs and ports in use, and for a sweep its cells beside
each other. What was not measured is not drawn. Pictures that are there are
overwritten, as they can be drawn again. Of a run that ended without a result,
FILE.journal is drawn, up to its last interval.`,
		Example: `  # next to the result: runs/exhausted.plots/*.png
  tcpbench plot runs/exhausted.json

  # of a sweep, as PDF, into your own directory
  tcpbench plot --format pdf -o pictures/ runs/20260921-101500-exhaustion`,
		Args: atLeastOne,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := knownFormats(formats); err != nil {
				return err
			}
			return plotAll(s, args, output, formats)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&output, "output", "o", "", "the `DIR` for the pictures (default next to each result)")
	flags.StringSliceVar(&formats, "format", formats, "`FORMAT,...` of "+strings.Join(plots.Formats(), ", "))
	return cmd
}

func knownFormats(formats []string) error {
	for _, f := range formats {
		if !slices.Contains(plots.Formats(), f) {
			return fault.Usagef("--format: %q is not one of %s%s", f, strings.Join(plots.Formats(), ", "),
				suggest.DidYouMean(f, plots.Formats()))
		}
	}
	return nil
}

func plotAll(s streams, paths []string, output string, formats []string) error {
	for i, path := range paths {
		set, err := results.Load(path)
		if err != nil {
			return err
		}
		dir := picturesDir(path, set, output)
		if output != "" && len(paths) > 1 {
			dir = filepath.Join(output, fmt.Sprintf("%03d", i+1))
		}
		if err := drawSet(dir, set, formats); err != nil {
			return err
		}
		fmt.Fprintln(s.out, dir)
	}
	return nil
}

func picturesDir(path string, set *results.Set, output string) string {
	switch {
	case output != "":
		return output
	case set.Dir != "":
		return filepath.Join(path, "plots")
	default:
		return withoutExt(path) + ".plots"
	}
}

// withoutExt is the path of a result, or of a journal, without what both end in.
func withoutExt(path string) string {
	if of, ok := strings.CutSuffix(path, results.JournalPath("")); ok {
		return strings.TrimSuffix(of, ".json") + ".cut-off"
	}
	return strings.TrimSuffix(path, ".json")
}
