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
	for _, c := range s.Cases {
		if c == name {
			return true
		}
	}
	return len(s.Cases) == 0
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
	cell.Server, cell.Proxy = cell.Server.with(c.Vars), cell.Proxy.with(c.Vars)
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
func (s Server) with(vars map[string]string) Server {
	s.Command, s.Addresses = replaceAll(s.Command, vars), replaceAll(s.Addresses, vars)
	s.Files = s.Files.with(vars)
	return s
}

func (p Proxy) with(vars map[string]string) Proxy {
	p.Command, p.Addresses = replaceAll(p.Command, vars), replaceAll(p.Addresses, vars)
	p.Files = p.Files.with(vars)
	return p
}

func (f Files) with(vars map[string]string) Files {
	if len(vars) == 0 || len(f) == 0 {
		return f
	}
	r, out := replacer(vars), Files{}
	for name, text := range f {
		out[name] = r.Replace(text)
	}
	return out
}

func replaceAll(texts []string, vars map[string]string) []string {
	if len(vars) == 0 {
		return texts
	}
	r := replacer(vars)
	var out []string
	for _, t := range texts {
		out = append(out, r.Replace(t))
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
