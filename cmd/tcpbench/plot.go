package main

import (
	"errors"
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
	o := plotOptions{pen: pen{formats: []string{"png"}}}
	theme := newWord(plots.Themes()...)
	cmd := &cobra.Command{
		Use:   "plot [flags] RESULT..",
		Short: "Draw pictures of results",
		Long: `Plot draws the pictures of each RESULT, a result file or the directory of a
sweep: connections per second, latency by percentile, over time and by the
offered rate of a ramp, connect latency against port occupancy, ports in use,
TIME_WAITs on each host, and for a sweep its cells beside each other. What was not
measured is not drawn. Pictures that are there are overwritten, as they can be
drawn again. Of a run that ended without a result, FILE.journal is drawn, up to its
last interval.

With --overlay all RESULTs are in the same pictures, as before and after a change:
of repeats the median, and a band from the lowest to the highest. No picture has
more than 5 lines; more are a panel each. docs/plots.md shows them all, with the
commands that made them.`,
		Example: `  # next to the result: runs/exhausted.plots/*.png
  tcpbench plot runs/exhausted.json

  # of a sweep, as PDF, into your own directory
  tcpbench plot --format pdf -o pictures/ runs/20260921-101500-exhaustion

  # before and after in the same pictures, for slides
  tcpbench plot --overlay --theme dark --width 1280 --height 720 -o slides/ before/ after/`,
		Args: atLeastOne,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := knownFormats(o.formats); err != nil {
				return err
			}
			o.look.Theme = theme.value
			if err := o.look.Check(); err != nil {
				return fault.Usage(err)
			}
			if o.overlay {
				return plotOver(s, args, &o)
			}
			return plotAll(s, args, &o)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.output, "output", "o", "", "the `DIR` for the pictures (default next to each result)")
	flags.StringSliceVar(&o.formats, "format", o.formats, "`FORMAT,...` of "+strings.Join(plots.Formats(), ", "))
	flags.BoolVar(&o.overlay, "overlay", false, "all RESULTs in the same pictures")
	flags.IntVar(&o.look.Width, "width", 0, fmt.Sprintf("in CSS `PIXELS`, %d to %d; a PNG has twice as many dots "+
		"(default 800)", plots.Narrowest, plots.Widest))
	flags.IntVar(&o.look.Height, "height", 0, "in CSS `PIXELS`; more where a picture needs it "+
		"(default what suits the width)")
	flags.StringSliceVar(&o.only, "only", nil, "the pictures of these `NAME,...` alone, as their files are called")
	flags.Var(theme, "theme", "colours for `"+strings.Join(plots.Themes(), "|")+"` paper")
	return cmd
}

// plotOptions are what pictures are to be, and where.
type plotOptions struct {
	output  string
	overlay bool
	pen
}

func knownFormats(formats []string) error {
	for _, f := range formats {
		if !slices.Contains(plots.Formats(), f) {
			return fault.Usage(fmt.Errorf("--format: %w", suggest.NotOneOf(f, plots.Formats())))
		}
	}
	return nil
}

// plotOver draws the runs of all results into the same pictures.
func plotOver(s streams, paths []string, o *plotOptions) error {
	if len(paths) < 2 {
		return fault.Usagef("--overlay: %s is the only RESULT; name two or more, as before and after", paths[0])
	}
	set, _, err := loadAll(paths)
	if err != nil {
		return err
	}
	dir := o.output
	if dir == "" {
		dir = withoutExt(filepath.Clean(paths[0])) + ".overlay"
	}
	pics, damaged := plots.ForSweep(set.Runs)
	if err := errors.Join(damaged, o.draw(dir, pics)); err != nil {
		return err
	}
	fmt.Fprintln(s.out, dir)
	return o.missed()
}

func plotAll(s streams, paths []string, o *plotOptions) error {
	for i, path := range paths {
		set, err := results.Load(path)
		if err != nil {
			return err
		}
		dir := picturesDir(path, set, o.output)
		if o.output != "" && len(paths) > 1 {
			dir = filepath.Join(o.output, fmt.Sprintf("%03d", i+1))
		}
		if err := drawSet(dir, set, &o.pen); err != nil {
			return err
		}
		fmt.Fprintln(s.out, dir)
	}
	return o.missed()
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
