package agent

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"tcpbench/experiment/fleet/message"
	"tcpbench/internal/filelock"
	"tcpbench/results"
)

// resultSuffix ends the name of the file with a run's result.
const resultSuffix = ".json"

// store is what an agent keeps of runs until a coordinator has it: files of its directory,
// and what there was no room for there.
type store struct {
	dir string

	mu    sync.Mutex
	found map[string]kept
}

// kept is what there is of a run.
type kept struct {
	message.Kept
	path string // "" where it is in memory alone
	data []byte
}

func openStore(dir string) (*store, error) {
	s := &store{dir: dir, found: map[string]kept{}}
	return s, s.look()
}

// look finds what there is in the directory: results, and journals of runs that have none
// and are over.
func (s *store) look() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("look what is kept: %w", err)
	}
	var errs []error
	for _, e := range entries {
		name := e.Name()
		run, journal := strings.CutSuffix(name, results.JournalPath(resultSuffix))
		if !journal {
			var result bool
			if run, result = strings.CutSuffix(name, resultSuffix); !result {
				continue
			}
		}
		if message.ValidRun(run) {
			errs = append(errs, s.add(run, filepath.Join(s.dir, name), journal))
		}
	}
	return errors.Join(errs...)
}

// add notes a file. A journal counts where there is no result, and nobody writes it.
func (s *store) add(run, path string, journal bool) error {
	if journal {
		if by, err := filelock.Look(path); err != nil || by != nil || s.has(run) {
			return err
		}
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look what is kept: %w", err)
	}
	if journal {
		if _, intervals, err := results.ReadJournal(bytes.NewReader(data)); err != nil || len(intervals) == 0 {
			return nil // nothing was measured
		}
	}
	s.put(run, path, data, journal)
	return nil
}

func (s *store) has(run string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.found[run]
	return ok
}

func (s *store) put(run, path string, data []byte, journal bool) {
	sum := sha256.Sum256(data)
	k := kept{path: path, Kept: message.Kept{Run: run, Bytes: int64(len(data)), Sum: hex.EncodeToString(sum[:]),
		Journal: journal}}
	if path == "" {
		k.data = data
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found[run] = k
}

// remember keeps a result in memory.
func (s *store) remember(run string, r *results.Run) error {
	var b bytes.Buffer
	if err := results.Encode(&b, r); err != nil {
		return err
	}
	s.put(run, "", b.Bytes(), false)
	return nil
}

// kept are those of which there is something, by name.
func (s *store) kept() []message.Kept {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []message.Kept
	for _, k := range s.found {
		out = append(out, k.Kept)
	}
	slices.SortFunc(out, func(a, b message.Kept) int { return strings.Compare(a.Run, b.Run) })
	return out
}

// give is a part of what is kept of a run; false where there is none, or it cannot be read.
func (s *store) give(g message.Give) (message.Chunk, bool) {
	s.mu.Lock()
	k, ok := s.found[g.Run]
	s.mu.Unlock()
	if !ok || g.Offset > k.Bytes {
		return message.Chunk{}, false
	}
	data := make([]byte, min(message.ChunkBytes, k.Bytes-g.Offset))
	if k.path == "" {
		copy(data, k.data[g.Offset:])
		return message.Chunk{Run: g.Run, Offset: g.Offset, Data: data}, true
	}
	f, err := os.Open(k.path)
	if err != nil {
		return message.Chunk{}, false
	}
	defer f.Close()
	n, err := f.ReadAt(data, g.Offset)
	return message.Chunk{Run: g.Run, Offset: g.Offset, Data: data[:n]}, err == nil
}

// forget removes what a coordinator has.
func (s *store) forget(run string) error {
	s.mu.Lock()
	k, ok := s.found[run]
	delete(s.found, run)
	s.mu.Unlock()
	if !ok || k.path == "" {
		return nil
	}
	if err := os.Remove(k.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove what the coordinator has: %w", err)
	}
	return nil
}
