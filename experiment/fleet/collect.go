package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tcpbench/experiment/fleet/message"
	"tcpbench/internal/fault"
	"tcpbench/results"
)

// Collect gets what agents keep of the runs in the options' directory, whose coordinator was
// gone before it had all, and hands over the whole of each. It waits for agents as Open
// does; a run that is not complete then is degraded. What was handed over is removed.
func Collect(ctx context.Context, o Options, whole func(*results.Run) error) error {
	states, err := readStates(o.Dir)
	if err != nil {
		return err
	}
	o.Degrade = true
	f, err := newFleet(o)
	if err != nil {
		return err
	}
	defer f.Close()
	var errs []error
	for _, s := range states {
		errs = append(errs, f.collect(ctx, s, whole))
	}
	return errors.Join(append(errs, f.Forget())...)
}

// Uncollected is how many runs a directory has that [Collect] would hand over.
func Uncollected(dir string) (int, error) {
	states, err := readStates(dir)
	return len(states), err
}

// readStates are those of all runs in a directory.
func readStates(dir string) ([]state, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look for runs of a fleet: %w", err)
	}
	var out []state
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name(), stateFile))
		if errors.Is(err, fs.ErrNotExist) || !e.IsDir() {
			continue
		}
		var s state
		if err == nil {
			err = json.Unmarshal(b, &s)
		}
		if err == nil && (s.Run != e.Name() || !message.ValidRun(s.Run)) {
			err = fmt.Errorf("it is of run %q", s.Run)
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", filepath.Join(dir, e.Name(), stateFile), err)
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		return nil, fault.Usagef("--dir: %s has no run of a fleet whose results are still to be collected", dir)
	}
	return out, nil
}

// collect gets all of one run.
func (f *Fleet) collect(ctx context.Context, s state, whole func(*results.Run) error) error {
	m := &measurement{Fleet: f, run: s.Run, whole: s.Spec, nat: s.SharedNAT,
		absent: s.Missing, agents: map[string]*results.Agent{}}
	for i, a := range s.Agents {
		m.agents[a.Name] = &s.Agents[i]
	}
	if err := m.lock(); err != nil {
		return err
	}
	defer m.letOthers()
	wanted := m.absentParts()
	f.tell("run %s: %d of %d agents are still to be asked", s.Run, len(wanted), len(s.Agents))
	f.await(ctx, f.options.Wait, func() bool { return len(m.keepers(wanted))+len(m.without(wanted)) == len(wanted) })
	f.mu.Lock()
	keepers := m.keepers(wanted)
	f.mu.Unlock()
	err := f.hold(ctx, keepers)
	if ctx.Err() != nil {
		return fault.Interrupted(fmt.Errorf("interrupted before the results of run %s came; agents have them still",
			s.Run))
	}
	if err != nil {
		return err
	}
	if err := m.fetch(ctx); err != nil {
		return err
	}
	wanted = m.absentParts()
	without := m.notCollected(wanted)
	if len(wanted) == len(s.Agents) {
		return m.nothingCame(wanted, without)
	}
	r, err := m.put()
	if err != nil {
		return err
	}
	if err := whole(r); err != nil {
		return err
	}
	if len(wanted) == len(without) {
		m.haveMade()
	}
	return nil
}

// notCollected says of agents why there is no result of theirs, unless that is known, and returns
// those that keep none.
func (m *measurement) notCollected(names []string) (without []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	without = m.without(names)
	for _, name := range names {
		why := "its result could not be collected; while it has it, it can be collected again"
		if slices.Contains(without, name) {
			why = "it keeps nothing of the run"
		}
		if m.agents[name].Lost == nil {
			m.agents[name].Lost = &results.AgentLost{Why: why}
		}
	}
	return without
}

// nothingCame is that no result of a run could be had of its agents, of which some keep none. A run
// of which there is none is forgotten.
func (m *measurement) nothingCame(names, without []string) error {
	if len(without) == len(names) {
		m.forgetState()
		return fmt.Errorf("run %s: nothing was measured: its agents are there, and none keeps anything of it", m.run)
	}
	return fmt.Errorf("run %s: no agent's result could be had of %s; they may have them still", m.run,
		strings.Join(names, ", "))
}

// without are those of the names that are heard, and have nothing of the run, nor will have: they are
// free, and their load has ended. With the lock held.
func (m *measurement) without(names []string) []string {
	var out []string
	for _, name := range names {
		p := m.peers[name]
		if p == nil || p.silent() || p.status == nil || p.kept(m.run) != nil || !m.atRest(p) ||
			p.status.Held != nil && !p.held(m.self) {
			continue
		}
		out = append(out, name)
	}
	return out
}

// there reports whether there is a file of that name, which may be one that cannot be read.
func there(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// absentParts are the names of agents of whose results there is nothing on this disk yet.
func (m *measurement) absentParts() []string {
	var out []string
	for name := range m.agents {
		if !there(m.partPath(m.run, name, false)) && !there(m.partPath(m.run, name, true)) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// keepers are those of the names that keep something of the run, and are free. With the lock
// held.
func (m *measurement) keepers(names []string) []*peer {
	var out []*peer
	for _, name := range names {
		p := m.peers[name]
		if p != nil && p.unfit() == nil && p.kept(m.run) != nil {
			out = append(out, p)
		}
	}
	return out
}
