package history

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tcpbench/judge/metric"
	"tcpbench/results"
)

// Skipped is a file that is no result that can be read.
type Skipped struct {
	Path  string `json:"path"`
	Error string `json:"error"`
}

// Read reads every result file below paths, each once: of a directory those
// named *.json, but for the indexes of sweeps. Journals of runs without a result
// are skipped, as runs that were interrupted do not count. What cannot be read is skipped.
// An error is for a path that is not there.
func Read(paths []string, metrics []metric.Metric) ([]Entry, []Skipped, error) {
	files, skipped, err := find(paths)
	if err != nil {
		return nil, nil, err
	}
	var entries []Entry
	for _, path := range files {
		r, err := results.ReadEither(path)
		if err == nil && r.CutOff != nil {
			err = fmt.Errorf("the run %s; tcpbench report shows its journal", r.CutOff.Why())
		}
		if err != nil {
			skipped = append(skipped, Skipped{path, err.Error()})
			continue
		}
		entries = append(entries, NewEntry(path, r, metrics))
	}
	return entries, skipped, nil
}

// find lists the files, each once, in the order of paths.
func find(paths []string) (files []string, skipped []Skipped, err error) {
	seen := map[string]bool{}
	add := func(path string) {
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			real = path // which reading will say more about
		}
		if abs, err := filepath.Abs(real); err == nil {
			real = abs
		}
		if !seen[real] {
			seen[real] = true
			files = append(files, path)
		}
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, nil, fmt.Errorf("read history: %w", err)
		}
		if !info.IsDir() {
			add(path)
			continue
		}
		skipped = append(skipped, below(path, add)...)
	}
	return files, skipped, nil
}

// isResult reports whether a file of that name may be a result, or a journal.
func isResult(name string) bool {
	name = strings.TrimSuffix(name, results.JournalPath(""))
	return filepath.Ext(name) == ".json" && name != results.SweepFile
}

// below adds what may be results in a directory and all below it, and returns
// the directories that it cannot list.
func below(dir string, add func(string)) []Skipped {
	var skipped []Skipped
	root := dir
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		root = real // WalkDir follows no link, not even at its start
	}
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error { // it returns what this does
		named := filepath.Join(dir, strings.TrimPrefix(path, root))
		switch {
		case err != nil:
			skipped = append(skipped, Skipped{named, err.Error()})
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir() && isResult(d.Name()):
			if err := results.Regular(named); err != nil {
				skipped = append(skipped, Skipped{named, err.Error()})
				return nil
			}
			add(named)
		}
		return nil
	})
	return skipped
}
