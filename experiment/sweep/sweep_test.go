package sweep_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/sweep"
	"tcpbench/internal/fault"
	"tcpbench/internal/filelock"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

const source = `name: four
matrix:
  linger: [off, 0]
  concurrency: [10, 20]
`

// lab measures cells without a lab. It also checks, before every cell, that
// the index on disk can be read.
type lab struct {
	t     *testing.T
	dir   string
	seen  []string                                         // "linger concurrency repeat" of each cell, in order
	fails map[int]error                                    // by how many cells came before
	also  func(n int, cancel func(), r *results.Run) error // called for every cell

	cancel func()
}

func (l *lab) measure(ctx context.Context, s cell.Spec, observe func(metrics.Interval)) (*results.Run, error) {
	if _, err := results.ReadSweep(l.dir); err != nil {
		l.t.Errorf("ReadSweep() while cell %d runs = %v, want no error", len(l.seen), err)
	}
	n := len(l.seen)
	l.seen = append(l.seen, fmt.Sprintf("%s %d %d", s.Workload.Linger, s.Workload.Concurrency, s.Repeat))
	if err := l.fails[n]; err != nil {
		return nil, err
	}
	observe(metrics.Interval{TS: 1, Attempted: 5})
	r := &results.Run{Schema: results.Schema, Options: s.Workload, Cell: s.Labels, Repeat: s.Repeat}
	r.Totals.Attempted, r.Totals.Succeeded = int64(100+n), int64(100+n)
	if l.also != nil {
		if err := l.also(n, l.cancel, r); err != nil {
			return nil, err
		}
	}
	r.Interrupted = ctx.Err() != nil
	return r, nil
}

// create begins a sweep of text.
func create(t *testing.T, text string) *sweep.Sweep {
	t.Helper()
	s, err := scenario.Parse("four.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	sw, err := sweep.Create(filepath.Join(t.TempDir(), "out"), s, []byte(text))
	if err != nil {
		t.Fatalf("Create() = %v, want no error", err)
	}
	return sw
}

// run measures a sweep with l.
func run(t *testing.T, sw *sweep.Sweep, l *lab, obs sweep.Observer) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l.t, l.dir, l.cancel = t, sw.Dir, cancel
	return errors.Join(sw.Run(ctx, l.measure, obs), sw.Close())
}

// statuses reads the index from disk.
func statuses(t *testing.T, dir string) []results.Status {
	t.Helper()
	index, err := results.ReadSweep(dir)
	if err != nil {
		t.Fatalf("ReadSweep(%s) = %v, want no error", dir, err)
	}
	var out []results.Status
	for _, c := range index.Cells {
		out = append(out, c.Status)
	}
	return out
}

// wantStatuses compares the index on disk.
func wantStatuses(t *testing.T, dir string, want ...results.Status) {
	t.Helper()
	if diff := cmp.Diff(want, statuses(t, dir)); diff != "" {
		t.Errorf("statuses in %s (-want +got):\n%s", results.SweepFile, diff)
	}
}

func TestSweepMeasuresEveryCellInTurn(t *testing.T) {
	sw := create(t, source+"repeat: 2\n")
	l := &lab{}
	var told []string
	obs := sweep.Observer{
		Begin:    func(i int, c scenario.Cell) { told = append(told, fmt.Sprintf("begin %d %s", i, c.Name)) },
		Interval: func(iv metrics.Interval) { told = append(told, fmt.Sprintf("interval %v", iv.TS)) },
		End: func(i int, r *results.Run, err error) {
			told = append(told, fmt.Sprintf("end %d %d %v", i, r.Totals.Succeeded, err))
		},
	}
	if err := run(t, sw, l, obs); err != nil {
		t.Fatalf("Run() = %v, want no error", err)
	}
	once := []string{"off 10", "off 20", "0 10", "0 20"}
	var want []string
	for repeat := 1; repeat <= 2; repeat++ {
		for _, c := range once {
			want = append(want, fmt.Sprintf("%s %d", c, repeat))
		}
	}
	if diff := cmp.Diff(want, l.seen); diff != "" {
		t.Errorf("Run() measured (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"begin 0 linger=off,concurrency=10", "interval 1", "end 0 100 <nil>"},
		told[:3]); diff != "" || len(told) != 24 {
		t.Errorf("Run() told %d times, want 24; the first cell (-want +got):\n%s", len(told), diff)
	}
	set, err := results.Load(sw.Dir)
	if err != nil || len(set.Runs) != 8 || sw.Left() != 0 {
		t.Fatalf("Load() = %v, %v, with %d left, want 8 runs and none left", set, err, sw.Left())
	}
	for i, r := range set.Runs {
		if r.Totals.Succeeded != int64(100+i) {
			t.Errorf("cell %d has the result of cell %d", i, r.Totals.Succeeded-100)
		}
	}
}

func TestSweepDirectoryHasReadableNames(t *testing.T) {
	sw := create(t, source+"repeat: 2\n")
	if err := run(t, sw, &lab{}, sweep.Observer{}); err != nil {
		t.Fatal(err)
	}
	var got []string
	err := filepath.WalkDir(sw.Dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(sw.Dir, path)
			got = append(got, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"cells/001-linger=off,concurrency=10-r1/result.json", "cells/002-linger=off,concurrency=20-r1/result.json",
		"cells/003-linger=0,concurrency=10-r1/result.json", "cells/004-linger=0,concurrency=20-r1/result.json",
		"cells/005-linger=off,concurrency=10-r2/result.json", "cells/006-linger=off,concurrency=20-r2/result.json",
		"cells/007-linger=0,concurrency=10-r2/result.json", "cells/008-linger=0,concurrency=20-r2/result.json",
		"sweep.json",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the directory has (-want +got):\n%s", diff)
	}
}

func TestLongCellNamesFitAFileName(t *testing.T) {
	var b strings.Builder
	b.WriteString("name: long\nmatrix:\n")
	for i := range 30 {
		fmt.Fprintf(&b, "  sysctl.net.ipv4.a_long_name_%d: [1]\n", i)
	}
	sw := create(t, b.String())
	if err := run(t, sw, &lab{}, sweep.Observer{}); err != nil {
		t.Errorf("Run() = %v, want no error", err)
	}
}

func TestFailingCellDoesNotLoseTheOthers(t *testing.T) {
	sw := create(t, source)
	l := &lab{fails: map[int]error{1: errors.New("the server went away"), 2: fault.Usagef("such a source is not here")}}
	var ended []string
	obs := sweep.Observer{End: func(_ int, r *results.Run,
		err error) {
		ended = append(ended, fmt.Sprintf("%t %v", r != nil, err))
	}}
	if err := run(t, sw, l, obs); err != nil {
		t.Fatalf("Run() = %v, want no error", err)
	}
	wantStatuses(t, sw.Dir, results.Done, results.Failed, results.Failed, results.Done)
	if got := sw.Index.Cells[1].Error; got != "the server went away" {
		t.Errorf("the index says %q of the failed cell, want why", got)
	}
	want := []string{"true <nil>", "false the server went away", "false such a source is not here", "true <nil>"}
	if diff := cmp.Diff(want, ended); diff != "" {
		t.Errorf("End was called with (-want +got):\n%s", diff)
	}
	left, err := filepath.Glob(filepath.Join(sw.Dir, "cells", "*", "*.journal"))
	if err != nil || left != nil {
		t.Errorf("journals left behind: %v, %v, want none", left, err)
	}
	set, err := results.Load(sw.Dir)
	if err != nil || len(set.Runs) != 2 {
		t.Errorf("Load() = %v, %v, want the 2 runs that were done", set, err)
	}
}

func TestCellInWhichNothingSucceededSaysWhy(t *testing.T) {
	sw := create(t, source)
	l := &lab{also: func(n int, _ func(), r *results.Run) error {
		if n == 0 {
			r.Totals.Succeeded, r.Verdict = 0, exhaustion.Verdict{Headline: "Failed: none of 3 connections succeeded."}
		}
		return nil
	}}
	if err := run(t, sw, l, sweep.Observer{}); err != nil {
		t.Fatal(err)
	}
	if c := sw.Index.Cells[0]; c.Status != results.Done || c.Error != "Failed: none of 3 connections succeeded." {
		t.Errorf("the index says %s, %q of it, want done and the headline", c.Status, c.Error)
	}
}

func TestHostThatCannotMakeLabsEndsTheSweep(t *testing.T) {
	sw := create(t, source)
	l := &lab{fails: map[int]error{1: fmt.Errorf("start lab: %w", fault.Host(errors.New("no user namespaces here")))}}
	err := run(t, sw, l, sweep.Observer{})
	if fault.Status(err) != fault.StatusHost || len(l.seen) != 2 {
		t.Errorf("Run() = %v after %d cells, want status %d after 2", err, len(l.seen), fault.StatusHost)
	}
	wantStatuses(t, sw.Dir, results.Done, results.Failed, results.Pending, results.Pending)
}

func TestDirectoryThatCannotBeWrittenEndsTheSweep(t *testing.T) {
	sw := create(t, source)
	if err := os.WriteFile(filepath.Join(sw.Dir, "cells"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	l := &lab{}
	var path *fs.PathError
	if err := run(t, sw, l, sweep.Observer{}); !errors.As(err, &path) || len(l.seen) != 0 {
		t.Errorf("Run() = %v after %d cells, want a path error at once", err, len(l.seen))
	}
	wantStatuses(t, sw.Dir, results.Failed, results.Pending, results.Pending, results.Pending)
}

func TestInterruptSavesWhatThereIsAndResumeDoesTheRest(t *testing.T) {
	sw := create(t, source)
	first := &lab{fails: map[int]error{0: errors.New("bad luck")},
		also: func(n int, cancel func(), _ *results.Run) error {
			if n == 2 {
				cancel()
			}
			return nil
		}}
	err := run(t, sw, first, sweep.Observer{})
	want := "interrupted; 3 of 4 cells are left: continue with tcpbench sweep --resume " + sw.Dir
	if fault.Status(err) != fault.StatusInterrupted || err.Error() != want {
		t.Errorf("Run() = %v (status %d), want %q", err, fault.Status(err), want)
	}
	wantStatuses(t, sw.Dir, results.Failed, results.Done, results.Interrupted, results.Pending)
	if r, err := results.Read(filepath.Join(sw.Dir, sw.Index.Cells[2].Dir, results.ResultFile)); err != nil ||
		!r.Interrupted {
		t.Errorf("Read(the interrupted cell) = %v, %v, want what there was", r, err)
	}

	again, err := sweep.Open(sw.Dir)
	if err != nil {
		t.Fatalf("Open() = %v, want no error", err)
	}
	if again.Left() != 3 || len(again.Cells()) != 4 || again.Scenario.Name != "four" {
		t.Errorf("Open() = %d of %d cells left of %q, want 3 of 4 of four", again.Left(), len(again.Cells()),
			again.Scenario.Name)
	}
	rest := &lab{}
	if err := run(t, again, rest, sweep.Observer{}); err != nil {
		t.Fatalf("Run() of the rest = %v, want no error", err)
	}
	if diff := cmp.Diff([]string{"off 10 1", "0 10 1", "0 20 1"}, rest.seen); diff != "" {
		t.Errorf("Run() of the rest measured (-want +got):\n%s", diff)
	}
	wantStatuses(t, sw.Dir, results.Done, results.Done, results.Done, results.Done)
	if got := again.Index.Cells[0].Error; got != "" {
		t.Errorf("the index still says %q of a cell that is done", got)
	}
}

// A signal that comes with the last result has nothing left to interrupt.
func TestInterruptAfterTheLastCellIsNone(t *testing.T) {
	sw := create(t, source)
	obs := sweep.Observer{}
	l := &lab{}
	obs.End = func(i int, _ *results.Run, _ error) {
		if i == 3 {
			l.cancel()
		}
	}
	if err := run(t, sw, l, obs); err != nil {
		t.Errorf("Run() = %v, want nil: every cell is done", err)
	}
}

func TestFinishedSweepHasNothingToResume(t *testing.T) {
	sw := create(t, source)
	if err := run(t, sw, &lab{}, sweep.Observer{}); err != nil {
		t.Fatal(err)
	}
	again, err := sweep.Open(sw.Dir)
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{}
	if err := run(t, again, l, sweep.Observer{}); err != nil || l.seen != nil {
		t.Errorf("Run() of a finished sweep = %v, measured %v, want nothing", err, l.seen)
	}
}

func TestCreateNeedsAnEmptyDirectory(t *testing.T) {
	s, err := scenario.Parse("four.yaml", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	sw, err := sweep.Create(dir, s, []byte(source))
	if err != nil {
		t.Fatalf("Create(an empty directory) = %v, want no error", err)
	}
	_, err = sweep.Create(dir, s, []byte(source))
	want := filelock.Self().String() + " measures into " + dir +
		"; wait until it ends, or choose another directory with --output"
	if fault.Status(err) != fault.StatusUsage || err.Error() != want {
		t.Errorf("Create(a directory of a sweep that goes on) = %v (status %d), want %q", err, fault.Status(err), want)
	}
	if _, err := sweep.Open(dir); fault.Status(err) != fault.StatusUsage || err.Error() != want {
		t.Errorf("Open(a directory of a sweep that goes on) = %v (status %d), want %q", err, fault.Status(err), want)
	}
	if err := sw.Close(); err != nil {
		t.Errorf("Close() = %v, want no error", err)
	}
	_, err = sweep.Create(dir, s, []byte(source))
	want = "output directory " + dir + " exists and is not empty; choose another with --output, or go on with " +
		"--resume " + dir
	if fault.Status(err) != fault.StatusUsage || err.Error() != want {
		t.Errorf("Create(a sweep's directory) = %v (status %d), want %q", err, fault.Status(err), want)
	}
	file := filepath.Join(dir, results.SweepFile)
	if _, err := sweep.Create(file, s, []byte(source)); fault.Status(err) != fault.StatusUsage {
		t.Errorf("Create(a file) = %v (status %d), want status 2", err, fault.Status(err))
	}
}

func TestMissingProgramsAreAllNamedBeforeADirectoryIsMade(t *testing.T) {
	const text = `name: a
proxy: {command: [no-such-proxy], address: "http://{proxy}:80/"}
cases:
  - {name: x, target: {command: [no-such-server], address: "http://{server}:80/"}}
  - {name: y, target: {command: [no-such-server], address: "http://{server}:80/"}}
`
	s, err := scenario.Parse("f.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "out")
	_, err = sweep.Create(dir, s, []byte(text))
	if fault.Status(err) != fault.StatusHost {
		t.Fatalf("Create() = %v (status %d), want status %d", err, fault.Status(err), fault.StatusHost)
	}
	for _, name := range []string{"no-such-server", "no-such-proxy"} {
		if n := strings.Count(err.Error(), name); n != 1 {
			t.Errorf("Create() = %q, which names %s %d times, want once", err, name, n)
		}
	}
	if _, err := os.Stat(dir); err == nil {
		t.Errorf("Create() made %s, want nothing", dir)
	}
}

func TestOpenRefuses(t *testing.T) {
	broken := func(change func(*results.Sweep)) string {
		sw := create(t, source)
		change(sw.Index)
		if err := errors.Join(results.WriteSweep(sw.Dir, sw.Index), sw.Close()); err != nil {
			t.Fatal(err)
		}
		return sw.Dir
	}
	tests := []struct {
		name, dir, want string
		status          int
	}{
		{"a directory that no sweep wrote", t.TempDir(), "so no sweep wrote it", fault.StatusUsage},
		{"an index of a later tool", broken(func(s *results.Sweep) { s.Schema = "tcpbench.sweep/v2" }),
			"unknown schema",
			fault.StatusUsage},
		{"a scenario that is broken", broken(func(s *results.Sweep) { s.Scenario = "repat: 1" }),
			`sweep.json:1:1: unknown key "repat"`, fault.StatusUsage},
		{"another number of cells", broken(func(s *results.Sweep) { s.Cells = s.Cells[:3] }),
			"its index has 3 cells and its scenario 4", fault.StatusUsage},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := sweep.Open(tt.dir)
			if err == nil || !strings.Contains(err.Error(), tt.want) || fault.Status(err) != tt.status {
				t.Errorf("Open() = %v (status %d), want %q (status %d)", err, fault.Status(err), tt.want, tt.status)
			}
		})
	}
}

// What the command line changed holds for a sweep that is gone on with.
func TestAResumedSweepKeepsItsRepeatsAndOrder(t *testing.T) {
	const text = "name: ab\nmatrix: {linger: [off, 0]}\n"
	s, err := scenario.Parse("ab.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	s.Repeat = 2
	if err := s.PairUp(); err != nil {
		t.Fatal(err)
	}
	sw, err := sweep.Create(filepath.Join(t.TempDir(), "out"), s, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	first := &lab{also: func(n int, cancel func(), _ *results.Run) error {
		if n == 1 {
			cancel()
		}
		return nil
	}}
	if err := run(t, sw, first, sweep.Observer{}); fault.Status(err) != fault.StatusInterrupted {
		t.Fatalf("Run() = %v, want that it was interrupted", err)
	}
	sw, err = sweep.Open(sw.Dir)
	if err != nil {
		t.Fatalf("Open() = %v, want no error", err)
	}
	second := &lab{}
	if err := run(t, sw, second, sweep.Observer{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"0 50 1", "0 50 2", "off 50 2"}, second.seen); diff != "" {
		t.Errorf("Run() after Open() measured (-want +got):\n%s", diff)
	}
}
