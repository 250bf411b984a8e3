package scenario

import (
	"fmt"
	"slices"
	"strings"
)

// Case is one cell that has a name: settings that belong together, where a
// matrix would combine them with all others.
type Case struct {
	Name string
	// Set are settings in their order, for the full and the short version, and
	// Short those of the short version alone.
	Set, Short []Value
	// Server, Proxy and Client replace the scenario's; nil keeps those.
	Server        *Server
	Proxy, Client *Program
	// Vars replace {name} in the programs' commands, addresses and files.
	Vars map[string]string
}

// Value is a setting and its value.
type Value struct{ Key, Value string }

// Short is what the short version of a scenario has instead of the full one.
type Short struct {
	Set []Value
	// Cases are the names of those that are measured; none means all.
	Cases []string
}

// MaxCaseName bounds a case's name, in characters: titles and tables have it.
const MaxCaseName = 80

// CaseLabel is the label of a cell that holds the name of its case.
const CaseLabel = "case"

// Shorten makes s the short version of itself.
func (s *Scenario) Shorten() error {
	if s.Claim.IsZero() && s.Short.IsZero() {
		return fmt.Errorf("short: scenario %s has no short version", s.Name)
	}
	for _, v := range s.Short.Set {
		if err := s.Workload.Set(v.Key, v.Value); err != nil {
			return fmt.Errorf("short: %w", err)
		}
	}
	kept := s.Cases[:0:0]
	for _, c := range s.Cases {
		if s.Short.measures(c.Name) {
			c.Set = append(c.Set[:len(c.Set):len(c.Set)], c.Short...)
			kept = append(kept, c)
		}
	}
	s.Cases, s.Shortened = kept, true
	return nil
}

// IsZero reports whether the short version is the full one.
func (s Short) IsZero() bool { return len(s.Set) == 0 && len(s.Cases) == 0 }

func (s Short) measures(name string) bool {
	return len(s.Cases) == 0 || slices.Contains(s.Cases, name)
}

// apply gives a cell what the case says.
func (c Case) apply(cell *Cell) error {
	for _, v := range c.Set {
		if err := cell.Workload.Set(v.Key, v.Value); err != nil {
			return fmt.Errorf("case %q: %w", c.Name, err)
		}
	}
	r := replacer(c.Vars)
	cell.Programs = c.programs(cell.Programs)
	cell.Server.Program, cell.Proxy, cell.Client = cell.Server.with(r), cell.Proxy.with(r), cell.Client.with(r)
	return nil
}

// programs are the scenario's, but for those that the case has of its own.
func (c Case) programs(p Programs) Programs {
	if c.Server != nil {
		p.Server = *c.Server
	}
	if c.Proxy != nil {
		p.Proxy = *c.Proxy
	}
	if c.Client != nil {
		p.Client = *c.Client
	}
	return p
}

// replaced are texts with words of theirs replaced.
func replaced(texts []string, in func(string) string) []string {
	out := slices.Clone(texts)
	for i, text := range out {
		out[i] = in(text)
	}
	return out
}

func replacer(vars map[string]string) *strings.Replacer {
	var pairs []string
	for name, value := range vars {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...)
}
