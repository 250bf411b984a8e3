package cell

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"tcpbench/internal/fault"
	"tcpbench/internal/filelock"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// Measurer measures one cell: [Measure], or a test's own.
type Measurer func(context.Context, Spec, func(metrics.Interval)) (*results.Run, error)

// Keep measures a cell and writes its result to path, with a journal beside
// it while it runs, and the packets of a capture beside it
// ([results.PcapPath]); a device or a FIFO gets neither. A run that ends
// without a result leaves its journal. A result that cannot be written there
// is kept in the directory for temporary files, and the error says where; it
// is returned too.
func Keep(
	ctx context.Context, s Spec, path string, measure Measurer, observe func(metrics.Interval),
) (*results.Run, error) {
	if !results.Replaceable(path) {
		r, err := measure(ctx, s, observe)
		return keep(r, path, err)
	}
	journal, err := results.OpenJournal(results.JournalPath(path), head(s))
	var held *filelock.HeldError
	if errors.As(err, &held) {
		return nil, fault.Usagef("%v measures for %s; wait until it ends, or choose another file with --output",
			held.By, path)
	}
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
		return nil, leave(journal, err)
	}
	if err := journal.Err(); err != nil {
		r.Warnings = append(r.Warnings, results.Warning{Code: "no-journal", Text: err.Error()})
	}
	r, err = keep(r, path, nil)
	if Lost(err) {
		return r, leave(journal, err)
	}
	if err != nil {
		return r, errors.Join(err, journal.Close())
	}
	return r, errors.Join(keepPackets(r, path), journal.Remove())
}

// head is what a journal begins with.
func head(s Spec) results.JournalHead {
	w := s.Workload
	var targets []string
	for _, t := range s.named() {
		targets = append(targets, scenario.Redacted(t))
	}
	return results.JournalHead{Tool: ToolVersion(), StartedAt: time.Now().UTC(), Cell: s.Labels, Repeat: s.Repeat,
		Options: &w, Targets: targets}
}

// keepPackets writes a capture beside the result; without one it removes what
// was of the result before, which that would seem to be of.
func keepPackets(r *results.Run, path string) error {
	pcap := results.PcapPath(path)
	if len(r.Pcap) > 0 {
		if err := results.WriteFile(pcap, r.Pcap); err != nil {
			return fmt.Errorf("%w; the result itself is in %s, without a file for tcpdump: to have one, "+
				"move %s away and "+
				"run again", err, path, pcap)
		}
		return nil
	}
	if err := os.Remove(pcap); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the packets of an earlier run: %w; the result itself is in %s, "+
			"to which %s does not belong",
			err, path, pcap)
	}
	return nil
}

// keep writes a result, if there is one.
func keep(r *results.Run, path string, err error) (*results.Run, error) {
	if err != nil {
		return nil, err
	}
	if err := results.Write(path, r); err != nil {
		return r, elsewhere(r, err)
	}
	return r, nil
}

// leave keeps the journal of a run that failed, if there is something in it,
// and adds to the error where it is.
func leave(journal *results.Journal, err error) error {
	if journal.Intervals() == 0 {
		return errors.Join(err, journal.Remove())
	}
	closed := journal.Close() // which writes what waits
	if _, gone := os.Stat(journal.Path()); gone != nil {
		return errors.Join(fmt.Errorf("%w; its %d intervals are lost with the journal: %w", err,
			journal.Intervals(), gone), closed)
	}
	if n := journal.Unwritten(); n > 0 {
		return errors.Join(fmt.Errorf("%w; %d of its %d intervals are in %s, and the others are lost: %w", err,
			journal.Intervals()-n, journal.Intervals(), journal.Path(), journal.Err()), closed)
	}
	return errors.Join(fmt.Errorf("%w; its %d intervals are in %s", err, journal.Intervals(), journal.Path()), closed)
}

// lostError is a result that could be written nowhere.
type lostError struct{ error }

func (e *lostError) Unwrap() error { return e.error }

// Lost reports whether err is of a result that [Keep] could write nowhere.
func Lost(err error) bool {
	var lost *lostError
	return errors.As(err, &lost)
}

// elsewhere keeps a result that could not be written where it belongs, and
// adds to the error where it is.
func elsewhere(r *results.Run, err error) error {
	dir, tempErr := os.MkdirTemp("", "tcpbench-")
	if tempErr != nil {
		return lost(err, tempErr)
	}
	path := filepath.Join(dir, results.ResultFile)
	if tempErr := results.Write(path, r); tempErr != nil {
		return errors.Join(lost(err, tempErr), os.Remove(dir))
	}
	return fmt.Errorf("%w; the result was kept as %s", err, path)
}

// lost says so of a result, and why it is in neither place.
func lost(err, tempErr error) error {
	return &lostError{fmt.Errorf("%w; nor could it be kept in the directory for temporary files: %w; the result is "+
		"lost: make room, or set TMPDIR to a directory that has some, and run again", err, tempErr)}
}
