package results

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"tcpbench/internal/fault"
	"tcpbench/internal/prose"
)

// SweepSchema names the format of a sweep's index file.
const SweepSchema = "tcpbench.sweep/v1"

// SweepFile is the name of the index file in a sweep's directory.
const SweepFile = "sweep.json"

// ResultFile is the name of the result file in a cell's directory.
const ResultFile = "result.json"

// Status is what became of a cell.
type Status string

// The statuses of a cell.
const (
	Pending     Status = "pending"
	Done        Status = "done"
	Failed      Status = "failed"
	Interrupted Status = "interrupted"
)

// Sweep is the index of a sweep's directory: the scenario as run, and the
// cells with their status.
type Sweep struct {
	Schema   string `json:"schema"`
	Name     string `json:"name"`
	About    string `json:"about,omitempty"`
	Scenario string `json:"scenario"` // the text of the scenario file
	// Repeat is how often each cell is measured, whatever the scenario
	// says; ABBA tells that every other repeat goes backwards.
	Repeat int  `json:"repeat,omitempty"`
	ABBA   bool `json:"abba,omitempty"`
	// Short tells that it is the scenario's short version.
	Short     bool        `json:"short,omitempty"`
	StartedAt time.Time   `json:"started_at"`
	Cells     []SweepCell `json:"cells"`
	// Claim is what the scenario tested, judged when the last cell was done.
	Claim *Claim `json:"claim,omitempty"`
}

// SweepCell is one entry of the index.
type SweepCell struct {
	// Dir is the cell's directory below the sweep's.
	Dir    string            `json:"dir"`
	Labels map[string]string `json:"labels"`
	Repeat int               `json:"repeat"`
	Status Status            `json:"status"`
	// Error says why a cell failed.
	Error string `json:"error,omitempty"`
}

// WriteSweep writes the index into dir.
func WriteSweep(dir string, s *Sweep) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("encode sweep: %w", err)
	}
	return WriteFile(filepath.Join(dir, SweepFile), append(prose.EscapeJSON(b), '\n'))
}

// inside refuses a cell's directory that is not below the sweep's, by its name or
// by a symbolic link: an index may come from anybody, and names no other files.
// What is not there yet is inside, and what cannot be read is for others to report.
func (c SweepCell) inside(dir *os.Root) error {
	name := filepath.Join(c.Dir, ResultFile)
	_, err := dir.Stat(name) // fails where a link leads out, be it to nothing
	_, anywhere := os.Stat(filepath.Join(dir.Name(), name))
	missing := func(err error) bool { return errors.Is(err, fs.ErrNotExist) }
	if filepath.IsLocal(c.Dir) && (err == nil || missing(err) || anywhere != nil && !missing(anywhere)) {
		return nil
	}
	return fault.Usagef("the cell's directory %q is outside of the sweep's", c.Dir)
}

// allInside refuses an index with a cell outside of dir.
func (s *Sweep) allInside(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, c := range s.Cells {
		if err := c.inside(root); err != nil {
			return err
		}
	}
	return nil
}

// ReadSweep reads the index in dir. It refuses one that names files outside of
// dir. Texts in it, but for the scenario, are each on one line, without controls.
func ReadSweep(dir string) (*Sweep, error) {
	path := filepath.Join(dir, SweepFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read sweep: %s has no %s, so no sweep wrote it: %w", dir, SweepFile, err)
	}
	if err != nil {
		return nil, fmt.Errorf("read sweep: %w", err)
	}
	var s Sweep
	if err := unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("read sweep %s: %w", path, err)
	}
	if s.Schema != SweepSchema {
		return nil, fmt.Errorf("read sweep %s: %w %q, want %q; a newer tcpbench may read it", path, ErrSchema,
			s.Schema, SweepSchema)
	}
	clean(&s)
	if err := s.allInside(dir); err != nil {
		return nil, fmt.Errorf("read sweep %s: %w", path, err)
	}
	return &s, nil
}
