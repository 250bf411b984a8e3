package scenario

import (
	"fmt"
	"maps"
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
	// Server and Proxy are in place of the scenario's; nil for those.
	Server *Server
	Proxy  *Proxy
	// Vars replace {name} in what the servers are told.
	Vars map[string]string
}

// Value is a setting and its value.
type Value struct{ Key, Value string }

// Short is what the short version of a scenario has in place of the full one.
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
	if c.Server != nil {
		cell.Server = *c.Server
	}
	if c.Proxy != nil {
		cell.Proxy = *c.Proxy
	}
	r := replacer(c.Vars)
	cell.Server, cell.Proxy = cell.Server.with(r), cell.Proxy.with(r)
	return nil
}

// names reports whether a word stands in what the server is told.
func (s Server) names(word string) bool { return standsIn(word, s.Command, s.Addresses, s.Files) }

func (p Proxy) names(word string) bool { return standsIn(word, p.Command, p.Addresses, p.Files) }

func standsIn(word string, command, addresses []string, files Files) bool {
	has := func(text string) bool { return strings.Contains(text, word) }
	return slices.ContainsFunc(command, has) || slices.ContainsFunc(addresses, has) ||
		slices.ContainsFunc(slices.Collect(maps.Values(files)), has)
}

// with replaces {name} by its value, once.
func (s Server) with(r *strings.Replacer) Server {
	s.Command, s.Addresses, s.Files = replaced(s.Command, r.Replace), replaced(s.Addresses, r.Replace), s.Files.with(r)
	return s
}

func (p Proxy) with(r *strings.Replacer) Proxy {
	p.Command, p.Addresses, p.Files = replaced(p.Command, r.Replace), replaced(p.Addresses, r.Replace), p.Files.with(r)
	return p
}

func (f Files) with(r *strings.Replacer) Files {
	out := maps.Clone(f)
	for name, text := range out {
		out[name] = r.Replace(text)
	}
	return out
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
