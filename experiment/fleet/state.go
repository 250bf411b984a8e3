package fleet

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"tcpbench/experiment/cell"
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
	dir := filepath.Join(m.options.Dir, m.run)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the directory of the agents' results: %w", err)
	}
	return m.writeState()
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
	return results.WriteFile(filepath.Join(m.options.Dir, m.run, stateFile), b)
}

// forgetState removes the directory of a run that has measured nothing.
func (m *measurement) forgetState() { _ = os.RemoveAll(filepath.Join(m.options.Dir, m.run)) }

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
