package results

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Set is one or more runs that belong together.
type Set struct {
	// Dir is the directory they came from, empty for a result file.
	Dir string
	// Sweep is the index they came from, nil for result files.
	Sweep *Sweep
	Runs  []*Run
	// Unfinished are the journals of runs that have no result, beside result files:
	// of a run that was killed, or that goes on.
	Unfinished []string
}

// Load reads a result file, or the journal of a run without one, all that a sweep's directory has, or all result
// files (*.json) of another directory, in the order of their names: the
// repeats of `tcpbench run --repeat`.
func Load(path string) (*Set, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	if !info.IsDir() {
		r, err := ReadEither(path)
		if err != nil {
			return nil, err
		}
		return &Set{Runs: []*Run{r}}, nil
	}
	if _, err := os.Stat(filepath.Join(path, SweepFile)); err == nil {
		return loadSweep(path)
	}
	return loadFiles(path)
}

// loadSweep reads the cells of a sweep that have a result.
func loadSweep(path string) (*Set, error) {
	s, err := ReadSweep(path)
	if err != nil {
		return nil, err
	}
	set := &Set{Dir: path, Sweep: s}
	for _, c := range s.Cells {
		if c.Status != Done && c.Status != Interrupted {
			continue
		}
		r, err := Read(filepath.Join(path, c.Dir, ResultFile))
		if err != nil {
			return nil, fmt.Errorf("%w; tcpbench sweep --resume %s measures the cell again", err, path)
		}
		set.Runs = append(set.Runs, r)
	}
	if len(set.Runs) == 0 {
		return nil, fmt.Errorf("read sweep %s: no cell has a result yet; continue with tcpbench sweep --resume %s",
			path, path)
	}
	return set, nil
}

// loadFiles reads the result files of a directory that no sweep wrote.
func loadFiles(dir string) (*Set, error) {
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	set := &Set{Dir: dir}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		if result, ok := strings.CutSuffix(e.Name(), JournalPath("")); ok && filepath.Ext(result) == ".json" &&
			!slices.ContainsFunc(entries, func(o os.DirEntry) bool { return o.Name() == result }) {
			set.Unfinished = append(set.Unfinished, filepath.Join(dir, e.Name()))
		}
		if filepath.Ext(e.Name()) != ".json" {
			continue
		}
		if err := Regular(filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
		r, err := Read(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		set.Runs = append(set.Runs, r)
	}
	if len(set.Runs) == 0 {
		return nil, fmt.Errorf("read results: %s has no %s, so no sweep wrote it, and no result files (*.json)",
			dir, SweepFile)
	}
	return set, nil
}

// Regular refuses what reading might never end of: a pipe or a device that lies among
// results. One that is named itself, as by a shell's <(command), is read.
func Regular(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read result: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("read result %s: it is no regular file (%s)", path, info.Mode().Type())
	}
	return nil
}
