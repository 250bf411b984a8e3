package main

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tcpbench/internal/fault"
	"tcpbench/judge/compare"
	"tcpbench/report/export"
	"tcpbench/results"
)

func newExport(s streams) *cobra.Command {
	format := exportFormats("").flag()
	var output string
	phase := &word{words: results.PhaseKeys()} // none: that of the result
	cmd := &cobra.Command{
		Use:   "export --format FORMAT [flags] RESULT..",
		Short: "Write results in the formats of other tools",
		Long: `Export writes the runs of each RESULT, a result file or the directory of a sweep, to
stdout or to a file. What was not measured is absent, in CSV an empty field.

  hlog         an interval log of HdrHistogram: latencies of each phase, tagged with its
               name, a histogram an interval. Phases of which the result has only the
               whole run, and results of earlier versions, are a single interval
  hgrm         the percentile text of HdrHistogram, in microseconds, of one phase: of
               --phase, else of what a user waits for. Repeats of one cell are added up
  csv          a line an interval; docs/export.md has the columns
  openmetrics  the intervals as samples with their own times, and the latencies of the
               run as histograms, for promtool tsdb create-blocks-from openmetrics

For benchstat, tcpbench compare --format benchfmt writes both sides.`,
		Example: `  # for HistogramLogAnalyzer, and any reader of HdrHistogram
  tcpbench export --format hlog -o run.hlog runs/exhausted.json

  # for the plotter of HdrHistogram
  tcpbench export --format hgrm --phase connect -o connect.hgrm runs/exhausted.json

  # every interval of a sweep, into a spreadsheet
  tcpbench export --format csv -o sweep.csv runs/20260921-101500-exhaustion

  # into a Prometheus
  tcpbench export --format openmetrics -o run.om runs/exhausted.json`,
		Args: atLeastOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("format") {
				return fault.Usagef("--format: none is named; it is one of %s",
					strings.Join(exportFormats("").names(), ", "))
			}
			if phase.value != "" && format.value != formatHGRM {
				return fault.Usagef("--phase: %s has every phase; it is for %s", format.value, formatHGRM)
			}
			return exportResults(s.out, args, format.value, phase.value, output)
		},
	}
	flags := cmd.Flags()
	flags.Var(format, "format", "what is written: `"+strings.Join(exportFormats("").names(), "|")+"`")
	flags.StringVarP(&output, "output", "o", "", "the `FILE` (default stdout)")
	flags.Var(phase, "phase", "hgrm: the phase, `"+strings.Join(results.PhaseKeys(), "|")+"`")
	return cmd
}

const formatHGRM = "hgrm"

func exportFormats(phase string) formats[[]export.Named] {
	return formats[[]export.Named]{
		{"hlog", export.WriteHLog},
		{formatHGRM, func(w io.Writer, runs []export.Named) error { return export.WriteHGRM(w, runs, phase) }},
		{formatCSV, export.WriteCSV},
		{"openmetrics", export.WriteOpenMetrics},
	}
}

// exportResults writes the runs of all paths, whole or not at all.
func exportResults(stdout io.Writer, paths []string, format, phase, output string) error {
	var runs []export.Named
	for i, path := range paths {
		set, err := results.Load(path)
		if err != nil {
			return err
		}
		runs = append(runs, export.Of(side(paths, i), set.Runs)...)
	}
	if format == formatHGRM {
		if err := oneCell(runs); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	if err := exportFormats(phase).write(&b, format, runs); err != nil {
		return err
	}
	if output == "" {
		_, err := stdout.Write(b.Bytes())
		return err
	}
	if err := isNoResult(output); err != nil {
		return err
	}
	return results.WriteFile(output, b.Bytes())
}

// oneCell refuses runs that are not repeats of one: a .hgrm has one distribution.
func oneCell(runs []export.Named) error {
	var all []*results.Run
	for _, n := range runs {
		all = append(all, n.Run)
	}
	if cells := compare.Groups(all); len(cells) > 1 || runs[0].Result != runs[len(runs)-1].Result {
		return fault.Usagef("--format %s: it has one distribution, and these are %d runs of several cells or results; "+
			"name one of them, of a sweep %s", formatHGRM, len(runs),
			filepath.Join("DIR", "cells", "CELL", results.ResultFile))
	}
	return nil
}

// isNoResult refuses to overwrite a measurement, which cannot be made again.
func isNoResult(path string) error {
	if !results.Replaceable(path) {
		return nil
	}
	if _, err := results.ReadEither(path); err == nil {
		return fault.Usagef("--output: %s is a result; choose another FILE", path)
	}
	return nil
}
