package history

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tcpbench/internal/suggest"
	"tcpbench/scenario"
)

// Filter is a setting that entries must have.
type Filter struct{ Key, Value string }

// ParseFilter reads KEY=VALUE.
func ParseFilter(s string) (Filter, error) {
	key, value, ok := strings.Cut(s, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if !ok || key == "" || value == "" {
		return Filter{}, fmt.Errorf("%q is not KEY=VALUE, as in linger=0 or tcp_tw_reuse=1", s)
	}
	return Filter{key, value}, nil
}

// String returns the form that [ParseFilter] reads.
func (f Filter) String() string { return f.Key + "=" + f.Value }

// matches compares values as sysctl(8) prints them, or with a dash for a space.
func (f Filter) matches(value string) bool {
	fields := strings.Fields(value)
	return f.Value == value || f.Value == strings.Join(fields, "-") ||
		strings.Join(strings.Fields(f.Value), " ") == strings.Join(fields, " ")
}

// Select returns the entries that all filters match. The error says which one
// matches none, and the nearest name or the values that there are.
func Select(entries []Entry, filters []Filter) ([]Entry, error) {
	for _, f := range filters {
		values := map[string]bool{}
		var kept []Entry
		for _, e := range entries {
			value, ok := e.value(f.Key)
			if !ok {
				continue
			}
			values[value] = true
			if f.matches(value) {
				kept = append(kept, e)
			}
		}
		switch {
		case len(values) == 0:
			names := names(entries)
			if near := suggest.DidYouMean(f.Key, names); near != "" {
				return nil, fmt.Errorf("unknown key %q%s", f.Key, near)
			}
			return nil, fmt.Errorf("unknown key %q; the keys are %s", f.Key, strings.Join(names, ", "))
		case len(kept) == 0:
			return nil, fmt.Errorf("no result has %s; %s is %s", f, f.Key,
				strings.Join(slices.Sorted(maps.Keys(values)), ", "))
		}
		entries = kept
	}
	return entries, nil
}

// names are those of all settings, in short.
func names(entries []Entry) []string {
	seen := map[string]bool{}
	for _, e := range entries {
		for key := range e.Cell {
			seen[scenario.ShortKey(key)] = true
		}
		for key := range e.Settings {
			seen[scenario.ShortKey(key)] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}
