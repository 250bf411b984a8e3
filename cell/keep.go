package cell

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tcpbench/metrics"
	"tcpbench/results"
)

// Measurer measures one cell: [Measure], or a test's own.
type Measurer func(context.Context, Spec, func(metrics.Interval)) (*results.Run, error)

// Keep measures a cell and writes its result to path, with a journal beside
// it while it runs. A result that cannot be written there is kept in the
// directory for temporary files, and the error says where; it is returned too.
func Keep(ctx context.Context, s Spec, path string, measure Measurer, observe func(metrics.Interval)) (*results.Run, error) {
	journal, err := results.OpenJournal(results.JournalPath(path), results.JournalHead{Cell: s.Labels, Repeat: s.Repeat})
	if err != nil {
		return nil, err
	}
	r, err := measure(ctx, s, func(iv metrics.Interval) {
		journal.Add(iv)
		if observe != nil {
			observe(iv)
		}
	})
	if err != nil {
		return nil, errors.Join(err, journal.Remove())
	}
	if err := journal.Err(); err != nil {
		r.Warnings = append(r.Warnings, results.Warning{Code: "no-journal", Text: err.Error()})
	}
	if err := results.Write(path, r); err != nil {
		return r, errors.Join(elsewhere(r, err), journal.Close())
	}
	return r, journal.Remove()
}

// elsewhere keeps a result that could not be written where it belongs, and
// adds to the error where it is.
func elsewhere(r *results.Run, err error) error {
	dir, tempErr := os.MkdirTemp("", "tcpbench-")
	if tempErr != nil {
		return errors.Join(err, tempErr)
	}
	path := filepath.Join(dir, results.ResultFile)
	if tempErr := results.Write(path, r); tempErr != nil {
		return errors.Join(err, tempErr)
	}
	return fmt.Errorf("%w; the result was kept as %s", err, path)
}
