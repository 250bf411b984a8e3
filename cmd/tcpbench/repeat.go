package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/sweep"
	"tcpbench/internal/fault"
	"tcpbench/judge/compare"
	"tcpbench/results"
	"tcpbench/scenario"
)

// newRepeats is a flag: how often to measure.
func newRepeats(n *int) pflag.Value { return newParsed(n, parseRepeats, strconv.Itoa) }

func parseRepeats(s string) (int, error) {
	n, err := scenario.ParseCount(s)
	if err == nil && (n < 1 || n > scenario.MaxRepeat) {
		err = fmt.Errorf("%d is outside 1 to %d", n, scenario.MaxRepeat)
	}
	return int(n), err
}

// runRepeatedly measures one cell n times, each in its own lab where
// there is one, keeps every result in a directory, and shows how they spread.
func runRepeatedly(ctx context.Context, s streams, spec cell.Spec, n int, output string, show *showing) error {
	if err := spec.Validate(); err != nil {
		return err
	}
	measure, stop, err := show.metrics.serve(s)
	if err != nil {
		return err
	}
	defer stop()
	dir, release, err := repeatsDir(output, time.Now())
	if err != nil {
		return err
	}
	runs, runErr := measureRepeats(ctx, measure, spec, n, dir, newDisplay(s, show.progress.value))
	runErr = errors.Join(runErr, release())
	if len(runs) == 0 {
		return runErr
	}
	if err := repeatFormats().write(s.out, show.format.value, runs); err != nil {
		return errors.Join(runErr, err)
	}
	fmt.Fprintln(s.err, "results:", dir)
	return runErr
}

// measureRepeats returns what it measured, also when an error ends it.
func measureRepeats(
	ctx context.Context, measure cell.Measurer, spec cell.Spec, n int, dir string, live *display,
) ([]*results.Run, error) {
	defer live.end()
	ctx = live.open(ctx)
	var runs []*results.Run
	var failed error
	for i := 1; i <= n; i++ {
		spec.Repeat = i
		live.beginNamed(fmt.Sprintf("run %d of %d", i, n), spec.Workload, live.lawOf(spec))
		r, err := cell.Keep(ctx, spec, filepath.Join(dir, fmt.Sprintf("%0*d.json", len(fmt.Sprint(n)), i)),
			measure, live.interval)
		live.endRun()
		live.kept(err)
		if err != nil {
			return runs, fmt.Errorf("run %d of %d: %w", i, n, err)
		}
		live.tell(fmt.Sprintf("[%d/%d] %s", i, n, shortOutcome(r)))
		runs = append(runs, r)
		if err := outcome(r); r.Interrupted {
			return runs, err
		} else if err != nil {
			failed = fmt.Errorf("run %d of %d: %w", i, n, err)
		}
		if ctx.Err() != nil && i < n {
			return runs, fault.Interrupted(fmt.Errorf("interrupted after %d of %d runs; they are saved", i, n))
		}
	}
	return runs, failed
}

func repeatFormats() formats[[]*results.Run] {
	return formats[[]*results.Run]{{formatText, compare.WriteSpread}, {formatJSON, encodeAll}}
}

// encodeAll writes the results as one list.
func encodeAll(w io.Writer, runs []*results.Run) error {
	list := make([]json.RawMessage, len(runs))
	for i, r := range runs {
		var b bytes.Buffer
		if err := results.Encode(&b, r); err != nil {
			return err
		}
		list[i] = b.Bytes()
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(list); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	return nil
}

// repeatsDir makes the directory for repeats, which must be new or empty: what
// else is in it would count as a repeat. It is locked until release is called.
func repeatsDir(output string, now time.Time) (dir string, release func() error, err error) {
	dir = output
	if dir == "" {
		dir = filepath.Join(defaultOutput, now.Format("20060102-150405.000")+"-run")
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return "", nil, fault.Usagef("--output: with --repeat it is a directory, and %s is a file", dir)
	}
	if err := cmp.Or(sweep.Free(dir), mustBeEmpty(dir)); err != nil {
		return "", nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", nil, fmt.Errorf("make the output directory: %w", err)
	}
	release, err = sweep.LockEmpty(dir, mustBeEmpty)
	return dir, release, err
}

func mustBeEmpty(dir string) error {
	empty, err := sweep.Empty(dir)
	if err != nil {
		return fmt.Errorf("read the output directory: %w", err)
	}
	if !empty {
		return fault.Usagef("--output: %s is not empty, and what is in it would count as repeats; choose another", dir)
	}
	return nil
}
