package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tcpbench/experiment/cell"
	"tcpbench/internal/fault"
	"tcpbench/report/view"
	"tcpbench/results"
	"tcpbench/scenario"
)

// defaultOutput is where results go when no place is named.
const defaultOutput = "runs"

func newRun(s streams) *cobra.Command {
	w := scenario.DefaultWorkload()
	format := textOrJSON()
	var place labFlags
	var search maxRateFlags
	repeat := 1
	var output string
	cmd := &cobra.Command{
		Use:     "run [flags] [TARGET..]",
		Short:   "Measure one workload",
		Long:    runLong,
		Example: runExample,
		RunE: func(cmd *cobra.Command, targets []string) error {
			if err := s.needLinux("run"); err != nil {
				return err
			}
			spec, err := place.spec(targets)
			if err != nil {
				return err
			}
			spec.Workload = w
			if err := errors.Join(search.check(cmd.Flags()), search.once(repeat)); err != nil {
				return err
			}
			if search.find {
				return findMaxRate(cmd.Context(), s, search.options(spec), output, format.value)
			}
			if repeat > 1 {
				return runRepeatedly(cmd.Context(), s, spec, repeat, output, format.value)
			}
			return run(cmd.Context(), s, spec, output, format.value)
		},
	}
	flags := cmd.Flags()
	addSettings(flags, &w)
	place.add(flags)
	search.add(flags)
	flags.Var(newRepeats(&repeat), "repeat",
		"measure `N` times, each in a fresh lab, into a directory; shows how the results spread")
	flags.StringVarP(&output, "output", "o", "",
		"the result `FILE`, with --repeat a directory (default a new one under "+defaultOutput+"/)")
	flags.Var(format, "format", formatUsage(format.words...))
	return cmd
}

// run measures one cell, keeps its result and shows it.
func run(ctx context.Context, s streams, spec cell.Spec, output, format string) error {
	if err := spec.Validate(); err != nil {
		return err
	}
	path, err := resultPath(output, time.Now())
	if err != nil {
		return err
	}
	live := newDisplay(s.err, time.Now)
	live.beginRun(spec.Workload)
	r, err := cell.Keep(ctx, spec, path, s.kernel.measure, live.interval)
	live.end()
	if r == nil {
		return err
	}
	if showErr := runFormats().write(s.out, format, r); showErr != nil {
		return errors.Join(err, showErr)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(s.err, "result:", path)
	if len(r.Pcap) > 0 && results.Replaceable(path) {
		fmt.Fprintf(s.err, "packets: %s, for tcpdump -nn -r\n", results.PcapPath(path))
	}
	return outcome(r)
}

func runFormats() formats[*results.Run] {
	text := func(w io.Writer, r *results.Run) error { return view.WriteText(w, r, columns(w)) }
	return formats[*results.Run]{{formatText, text}, {formatJSON, results.Encode}}
}

// outcome is the error that a result stands for, nil when the run did what it
// was for.
func outcome(r *results.Run) error {
	switch {
	case r.Interrupted:
		return fault.Interrupted(errors.New("interrupted; what was measured until then is saved"))
	case !r.Succeeded():
		return errors.New("the run failed: " + strings.TrimPrefix(r.Verdict.Headline, "Failed: "))
	default:
		return nil
	}
}

// resultPath is the file that a result goes to; its directory is made.
func resultPath(output string, now time.Time) (string, error) {
	if output == "" {
		output = filepath.Join(defaultOutput, now.Format("20060102-150405.000")+".json")
	}
	if info, err := os.Stat(output); err == nil && info.IsDir() {
		return "", fault.Usagef("--output: %s is a directory; name a file in it", output)
	}
	if err := os.MkdirAll(filepath.Dir(output), 0o755); err != nil {
		return "", fmt.Errorf("make the output directory: %w", err)
	}
	return output, nil
}
