package history

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tcpbench/judge/metric"
	"tcpbench/scenario"
)

// Schema names the format of a history in JSON.
const Schema = "tcpbench.history/v1"

// History is what metrics did over many results.
type History struct {
	Schema  string   `json:"schema"`
	Results int      `json:"results"`
	Metrics []Metric `json:"metrics"`

	// Skipped are the files that could not be read.
	Skipped []Skipped `json:"skipped"`
}

// Metric is one metric's history.
type Metric struct {
	Name   string  `json:"name"`
	Unit   string  `json:"unit,omitempty"`
	Groups []Group `json:"groups"`

	unit metric.Unit
}

// Group is the runs that can be compared, in the order of their time.
type Group struct {
	// Name is what sets the group apart from the others.
	Name string `json:"name"`

	Cell    map[string]string `json:"cell,omitempty"`
	Machine string            `json:"machine"`

	Runs  []Run `json:"runs"`
	Drift Drift `json:"drift"`
}

// Run is one run of a group.
type Run struct {
	Path      string    `json:"path"`
	StartedAt time.Time `json:"started_at"`
	Kernel    string    `json:"kernel"`

	// KernelChanged: the run before had another one.
	KernelChanged bool `json:"kernel_changed,omitempty"`

	// Value is absent where it was not measured; Note says why, or why it does
	// not count for the drift.
	Value *float64 `json:"value,omitempty"`
	Note  string   `json:"note,omitempty"`

	counts bool
}

// New groups entries and looks for drifts.
func New(entries []Entry, metrics []metric.Metric, skipped []Skipped) History {
	h := History{Schema: Schema, Results: len(entries), Metrics: []Metric{}, Skipped: skipped}
	if skipped == nil {
		h.Skipped = []Skipped{}
	}
	groups := grouped(entries)
	for _, m := range metrics {
		out := Metric{Name: m.Name, Unit: m.Unit.Symbol(), unit: m.Unit}
		for _, g := range groups {
			out.Groups = append(out.Groups, g.of(m.Name))
		}
		h.Metrics = append(h.Metrics, out)
	}
	return h
}

// group is entries that can be compared.
type group struct {
	name    string
	entries []Entry
}

// grouped puts entries that can be compared together, in the order of time.
func grouped(entries []Entry) []group {
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, func(a, b Entry) int {
		return cmp.Or(a.StartedAt.Compare(b.StartedAt), cmp.Compare(a.Path, b.Path))
	})
	byKey := map[string]int{}
	var out []group
	for _, e := range entries {
		key, _ := json.Marshal([]any{e.Cell, e.Settings, e.Machine}) // maps of strings always marshal, in order
		i, ok := byKey[string(key)]
		if !ok {
			i = len(out)
			byKey[string(key)] = i
			out = append(out, group{})
		}
		out[i].entries = append(out[i].entries, e)
	}
	nameGroups(out)
	slices.SortStableFunc(out, func(a, b group) int { return cmp.Compare(a.name, b.name) })
	return out
}

// nameGroups names each group by what sets it apart; a single one by its cell.
func nameGroups(groups []group) {
	keys := differing(groups)
	machines := map[string]bool{}
	for _, g := range groups {
		machines[g.entries[0].Machine] = true
	}
	seen := map[string]int{}
	for i := range groups {
		e := groups[i].entries[0]
		var parts []string
		for _, k := range keys {
			if v, ok := e.value(k); ok {
				parts = append(parts, scenario.ShortKey(k)+"="+strings.Join(strings.Fields(v), "-"))
			}
		}
		if len(machines) > 1 {
			parts = append(parts, "on "+e.Machine)
		}
		name := cmp.Or(strings.Join(parts, ","), "all runs")
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s #%d", name, seen[name])
		}
		groups[i].name = name
	}
}

// differing are the settings that are not the same in all groups; of a single
// group those of its cell.
func differing(groups []group) []string {
	if len(groups) == 1 {
		return slices.Sorted(maps.Keys(groups[0].entries[0].Cell))
	}
	var out []string
	sysctl := false
	for _, key := range allKeys(groups) {
		values := map[string]bool{}
		for _, g := range groups {
			v, ok := g.entries[0].value(key)
			values[fmt.Sprint(ok, v)] = true
		}
		if len(values) > 1 {
			out = append(out, key)
			sysctl = sysctl || strings.HasPrefix(key, "sysctl.")
		}
	}
	if sysctl { // listed one by one
		out = slices.DeleteFunc(out, func(k string) bool { return k == "sysctl" })
	}
	return out
}

func allKeys(groups []group) []string {
	keys := map[string]bool{}
	for _, g := range groups {
		for _, from := range []map[string]string{g.entries[0].Cell, g.entries[0].Settings} {
			for k := range from {
				keys[k] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// of is the group's history of a metric.
func (g group) of(metric string) Group {
	first := g.entries[0]
	out := Group{Name: g.name, Cell: first.Cell, Machine: first.Machine}
	var counted []float64
	for i, e := range g.entries {
		r := Run{Path: e.Path, StartedAt: e.StartedAt, Kernel: e.Kernel, Note: e.Flaw}
		r.KernelChanged = i > 0 && g.entries[i-1].Kernel != e.Kernel
		if v, ok := e.Values[metric]; ok {
			r.Note = cmp.Or(e.Flaw, e.Own[metric])
			r.Value, r.counts = &v, r.Note == ""
		} else {
			r.Note = cmp.Or(e.Flaw, e.Missing[metric])
		}
		if r.counts {
			counted = append(counted, *r.Value)
		}
		out.Runs = append(out.Runs, r)
	}
	out.Drift = FindDrift(counted)
	return out
}
