// Package sweep measures every cell of a scenario, one after the other, and
// keeps them in a directory. A cell that fails does not lose the others, and
// what an interrupted sweep has is kept and can be gone on with.
package sweep

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/internal/fault"
	"tcpbench/judge/claim"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// Observer is told how a sweep goes. Any field may be nil.
type Observer struct {
	// Begin is called before cell i of the index.
	Begin func(i int, c scenario.Cell)
	// Interval is called at the end of each of its intervals.
	Interval func(metrics.Interval)
	// End is called after it, with its result or why there is none.
	End func(i int, r *results.Run, err error)
}

// Sweep is a sweep's directory and what is in it.
type Sweep struct {
	Dir      string
	Index    *results.Sweep
	Scenario *scenario.Scenario

	cells   []scenario.Cell
	release func() error // of the directory
}

// Create begins a sweep in a new directory; one that exists must be empty.
// text is the scenario's source, kept in the index. Where this host lacks a
// program of a cell, nothing is made: the same call works once it is there.
// The directory is locked until [Sweep.Close].
func Create(dir string, s *scenario.Scenario, text []byte) (*Sweep, error) {
	cells, err := s.Cells()
	if err != nil {
		return nil, fault.Usage(err)
	}
	if err := cmp.Or(Free(dir), mustBeEmpty(dir)); err != nil {
		return nil, err
	}
	if err := checkPrograms(cells); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("create sweep: %w", err)
	}
	release, err := LockEmpty(dir, mustBeEmpty)
	if err != nil {
		return nil, err
	}
	sw := &Sweep{Dir: dir, Index: newIndex(s, text, cells), Scenario: s, cells: cells, release: release}
	if err := sw.save(); err != nil {
		return nil, errors.Join(err, sw.Close())
	}
	return sw, nil
}

// mustBeEmpty refuses a directory that has something in it.
func mustBeEmpty(dir string) error {
	empty, err := Empty(dir)
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		return fault.Usagef("output directory %s is a file; choose another with --output", dir)
	case err != nil:
		return fmt.Errorf("create sweep: %w", err)
	case !empty:
		return fault.Usagef("output directory %s exists and is not empty; choose another with --output, or go on "+
			"with --resume %s", dir, dir)
	}
	return nil
}

// newIndex has all cells pending.
func newIndex(s *scenario.Scenario, text []byte, cells []scenario.Cell) *results.Sweep {
	index := &results.Sweep{
		Schema:    results.SweepSchema,
		Name:      s.Name,
		About:     s.About,
		Scenario:  string(text),
		Repeat:    s.Repeat,
		ABBA:      s.ABBA,
		Short:     s.Shortened,
		StartedAt: time.Now().UTC(),
	}
	for i, c := range cells {
		index.Cells = append(index.Cells, results.SweepCell{
			Dir:    filepath.Join("cells", dirName(i, c, s.Repeat)),
			Labels: c.Labels,
			Repeat: c.Repeat,
			Status: results.Pending,
		})
	}
	return index
}

// dirName is unique by its number and readable by its name.
func dirName(i int, c scenario.Cell, repeats int) string {
	name := fmt.Sprintf("%03d-%s", i+1, c.Name)
	if repeats > 1 {
		name += fmt.Sprintf("-r%d", c.Repeat)
	}
	const longest = 200 // file systems end at 255 bytes
	return name[:min(len(name), longest)]
}

// Open reads a sweep's directory, to go on with it. It is locked until
// [Sweep.Close].
func Open(dir string) (*Sweep, error) {
	if _, err := results.ReadSweep(dir); err != nil {
		return nil, fault.Usage(err) // where no sweep is, no lock is made
	}
	release, err := Lock(dir)
	if err != nil {
		return nil, err
	}
	sw, err := open(dir)
	if err != nil {
		return nil, errors.Join(err, release())
	}
	sw.release = release
	return sw, nil
}

// Scenario is that of a sweep's directory.
func Scenario(dir string) (*scenario.Scenario, error) {
	index, err := results.ReadSweep(dir)
	if err != nil {
		return nil, fault.Usage(err)
	}
	return scenarioOf(dir, index)
}

func scenarioOf(dir string, index *results.Sweep) (*scenario.Scenario, error) {
	s, err := scenario.Parse(filepath.Join(dir, results.SweepFile), []byte(index.Scenario))
	return s, fault.Usage(err)
}

// open reads a directory that is locked: its index is the last then.
func open(dir string) (*Sweep, error) {
	index, err := results.ReadSweep(dir)
	if err != nil {
		return nil, fault.Usage(err)
	}
	s, err := scenarioOf(dir, index)
	if err != nil {
		return nil, err
	}
	if err := asBegun(s, index); err != nil {
		return nil, fault.Usage(fmt.Errorf("open sweep %s: %w", dir, err))
	}
	cells, err := s.Cells()
	if err != nil {
		return nil, fault.Usage(err)
	}
	if len(cells) != len(index.Cells) {
		return nil, fault.Usagef("open sweep %s: its index has %d cells and its scenario %d", dir, len(index.Cells),
			len(cells))
	}
	for i := range cells {
		if err := checkEntry(dir, &index.Cells[i], cells[i]); err != nil {
			return nil, err
		}
	}
	return &Sweep{Dir: dir, Index: index, Scenario: s, cells: cells}, nil
}

// asBegun gives the scenario what the command line changed when the sweep was
// begun.
func asBegun(s *scenario.Scenario, index *results.Sweep) error {
	if index.Repeat > 0 {
		s.Repeat = index.Repeat
	}
	if index.Short {
		if err := s.Shorten(); err != nil {
			return err
		}
	}
	if index.ABBA {
		return s.PairUp()
	}
	return nil
}

// checkEntry compares an entry of the index with the scenario's cell, and
// makes it pending again when its result is not there or cannot be read.
func checkEntry(dir string, entry *results.SweepCell, c scenario.Cell) error {
	if !maps.Equal(entry.Labels, c.Labels) || entry.Repeat != c.Repeat {
		return fault.Usagef("open sweep %s: the index says %v where the scenario says %v; "+
			"begin anew in another directory",
			dir, entry.Labels, c.Labels)
	}
	if entry.Status == results.Done {
		if _, err := results.Read(filepath.Join(dir, entry.Dir, results.ResultFile)); err != nil {
			entry.Status, entry.Error = results.Pending, ""
		}
	}
	return nil
}

// Close gives the directory back. What is in it stays.
func (s *Sweep) Close() error { return s.release() }

// Left is how many cells are still to be measured.
func (s *Sweep) Left() int {
	n := 0
	for _, c := range s.Index.Cells {
		if c.Status != results.Done {
			n++
		}
	}
	return n
}

// Cells are the cells in the order of the index.
func (s *Sweep) Cells() []scenario.Cell { return s.cells }

// Run measures the cells that have no result. A cell's failure is in the
// index; the error is for what ends the sweep: an interrupt, a host that
// cannot make labs or lacks a program, a disk that takes no more.
func (s *Sweep) Run(ctx context.Context, measure cell.Measurer, obs Observer) error {
	if err := checkPrograms(s.pending()); err != nil {
		return err
	}
	for i := range s.cells {
		if s.Index.Cells[i].Status == results.Done {
			continue
		}
		if err := s.runCell(ctx, i, measure, obs); err != nil {
			return err
		}
		if ctx.Err() != nil && s.Left() > 0 {
			return fault.Interrupted(fmt.Errorf("interrupted; %d of %d cells are left: "+
				"continue with tcpbench sweep --resume %s",
				s.Left(), len(s.cells), s.Dir))
		}
	}
	return nil
}

func (s *Sweep) runCell(ctx context.Context, i int, measure cell.Measurer, obs Observer) error {
	if obs.Begin != nil {
		obs.Begin(i, s.cells[i])
	}
	r, err := s.measure(ctx, i, measure, obs)
	entry := &s.Index.Cells[i]
	entry.Error = ""
	switch {
	case err != nil:
		entry.Status, entry.Error = results.Failed, err.Error()
	case r.Interrupted:
		entry.Status = results.Interrupted
	default:
		entry.Status = results.Done
		if r.Degraded || !r.Worked() || r.OnlyErrors() && s.Scenario.Claim.IsZero() { // some claims are about refusals
			entry.Error = r.Verdict.Headline
		}
	}
	if obs.End != nil {
		obs.End(i, r, err)
	}
	var path *fs.PathError
	if errors.As(err, &path) || fault.Status(err) == fault.StatusHost {
		return errors.Join(err, s.save()) // the next cell would fail the same way
	}
	return s.save()
}

// spec is what one cell is.
func spec(c scenario.Cell) cell.Spec {
	s := cell.Of(c.Workload, c.Programs)
	s.Labels, s.Repeat = c.Labels, c.Repeat
	return s
}

// pending are the cells that have no result.
func (s *Sweep) pending() []scenario.Cell {
	var out []scenario.Cell
	for i, c := range s.cells {
		if s.Index.Cells[i].Status != results.Done {
			out = append(out, c)
		}
	}
	return out
}

// checkPrograms reports all that the cells need and this host does not have,
// once each, before any of them is measured.
func checkPrograms(cells []scenario.Cell) error {
	var specs []cell.Spec
	for _, c := range cells {
		specs = append(specs, spec(c))
	}
	return cell.CheckPrograms(specs...)
}

// measure measures one cell and keeps its result.
func (s *Sweep) measure(ctx context.Context, i int, measure cell.Measurer, obs Observer) (*results.Run, error) {
	c := s.cells[i]
	dir := filepath.Join(s.Dir, s.Index.Cells[i].Dir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return cell.Keep(ctx, spec(c), filepath.Join(dir, results.ResultFile), measure, obs.Interval)
}

// Judge judges the scenario's claim, if it has one and every cell was
// measured, and keeps the verdict in the index.
func (s *Sweep) Judge(runs []*results.Run) error {
	if s.Scenario.Claim.IsZero() || s.Left() > 0 {
		return nil
	}
	verdict, err := claim.Judge(s.Scenario.Claim, runs, s.Scenario.Shortened)
	if err != nil {
		return fault.Usage(err)
	}
	s.Index.Claim = &verdict
	return s.save()
}

func (s *Sweep) save() error { return results.WriteSweep(s.Dir, s.Index) }
