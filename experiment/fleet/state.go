package fleet

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"tcpbench/experiment/cell"
	"tcpbench/internal/filelock"
	"tcpbench/results"
)

// stateFile is the name of the file that tells what a run's directory is of. It is no
// agent's: their names have no dot.
const stateFile = "fleet.state.json"

// state is what has to be known of a run to put its results together later.
type state struct {
	Run       string          `json:"run"`
	Spec      cell.Spec       `json:"spec"`
	Agents    []results.Agent `json:"agents"`
	SharedNAT int             `json:"shared_nat,omitempty"`
	// Missing names those that have no part in it, each with the reason.
	Missing []string `json:"missing,omitempty"`
}

// saveState keeps it, and so makes the run's directory.
func (m *measurement) saveState() error {
	if err := os.MkdirAll(m.dir(), 0o700); err != nil {
		return fmt.Errorf("make the directory of the agents' results: %w", err)
	}
	if err := m.lock(); err != nil {
		return err
	}
	return m.writeState()
}

// dir is where what there is of the run is kept.
func (m *measurement) dir() string { return filepath.Join(m.options.Dir, m.run) }

// lock keeps others from the run until it is forgotten, or this coordinator has no part in it any
// more: a run that goes on is not to be collected.
func (m *measurement) lock() error {
	unlock, err := filelock.TakeDir(m.dir())
	var held *filelock.HeldError
	if errors.As(err, &held) {
		return fmt.Errorf("run %s is left to %v", m.run, held.By)
	}
	if err != nil {
		return err
	}
	m.announce(func() { m.locks[m.run] = unlock })
	return nil
}

// unlock lets others have a run. The file of the lock may be gone, with its directory.
func (f *Fleet) unlock(run string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if unlock := f.locks[run]; unlock != nil {
		_ = unlock()
		delete(f.locks, run)
	}
}

// letOthers lets others have the run where there is more of it to come than this coordinator has.
func (m *measurement) letOthers() {
	m.mu.Lock()
	made := slices.Contains(m.made, m.run)
	m.mu.Unlock()
	if !made {
		m.unlock(m.run)
	}
}

func (m *measurement) writeState() error {
	s := state{Run: m.run, Spec: m.whole, SharedNAT: m.nat, Missing: m.absent}
	s.Spec.Targets = redacted(s.Spec.Targets)
	for _, a := range m.agents {
		s.Agents = append(s.Agents, *a)
	}
	slices.SortFunc(s.Agents, func(a, b results.Agent) int { return cmp.Compare(a.Name, b.Name) })
	b, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		return fmt.Errorf("keep what the run is: %w", err)
	}
	return results.WriteFile(filepath.Join(m.dir(), stateFile), b)
}

// forgetState removes the directory of a run that has measured nothing.
func (m *measurement) forgetState() { _ = os.RemoveAll(m.dir()) }

// Forget removes what was kept of the runs that have a result: whoever asked for it has it.
func (f *Fleet) Forget() error {
	f.mu.Lock()
	runs := f.made
	f.made = nil
	f.mu.Unlock()
	for _, run := range runs {
		if err := os.RemoveAll(filepath.Join(f.options.Dir, run)); err != nil {
			return fmt.Errorf("remove the agents' results, which are in the whole: %w", err)
		}
		f.unlock(run)
	}
	_ = os.Remove(f.options.Dir) // unless others are in it
	return nil
}

// Lost names the agents that were missing or lost, and why.
func (f *Fleet) Lost() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append(slices.Clone(f.missing), f.gone...)
}
