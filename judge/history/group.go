package history

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tcpbench/internal/prose"
	"tcpbench/judge/compare"
	"tcpbench/judge/metric"
	"tcpbench/scenario"
)

// Schema names the format of a history in JSON.
const Schema = "tcpbench.history/v1"

// History is what metrics did over many results.
type History struct {
	Schema  string `json:"schema"`
	Results int    `json:"results"`

	// Tested is how many groups of all metrics had runs enough to be tested, and Found
	// how many of them changed.
	Tested int `json:"tested"`
	Found  int `json:"found"`

	Metrics []Metric `json:"metrics"`

	// Skipped are the files that could not be read.
	Skipped []Skipped `json:"skipped"`
}

// Metric is one metric's history.
type Metric struct {
	Name   string  `json:"name"`
	Unit   string  `json:"unit,omitempty"`
	Groups []Group `json:"groups"`

	unit   metric.Unit
	better metric.Better
}

// Group is the runs that can be compared, in the order of their time.
type Group struct {
	// Name is what sets the group apart from the others.
	Name string `json:"name"`

	Cell    map[string]string `json:"cell,omitempty"`
	Machine string            `json:"machine"`

	Runs   []Run  `json:"runs"`
	Change Change `json:"change"`
	Drift  Drift  `json:"drift"`
	// Step is absent where the change is none or a drift, and Steps unless there are
	// several.
	Step  *Step  `json:"step,omitempty"`
	Steps []Step `json:"steps,omitempty"`

	// Recent is absent where the newest runs count, and are like those before or enough.
	Recent *Recent `json:"recent,omitempty"`

	values  []float64 // of the runs that count
	numbers []int     // of these runs, from 1
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
		out := Metric{Name: m.Name, Unit: m.Unit.Symbol(), unit: m.Unit, better: m.Better}
		for _, g := range groups {
			out.Groups = append(out.Groups, g.of(m.Name))
		}
		h.Metrics = append(h.Metrics, out)
	}
	h.test()
	return h
}

// test looks for changes in all groups together: the more are tested, the clearer
// each must be.
func (h *History) test() {
	tests := 0
	for _, m := range h.Metrics {
		for _, g := range m.Groups {
			if len(g.values) >= leastRuns {
				tests++
			}
		}
	}
	for i := range h.Metrics {
		for j := range h.Metrics[i].Groups {
			h.Metrics[i].Groups[j].test(tests)
		}
	}
	h.control()
}

func (g *Group) test(tests int) {
	g.Change, g.Drift, g.Step, g.Steps = look(g.values, tests)
	if g.Step != nil {
		g.place(g.Step)
	}
	for i := range g.Steps {
		g.place(&g.Steps[i])
	}
}

// place gives a step the number of its run among all, and that one's start.
func (g *Group) place(s *Step) {
	s.Run = g.numbers[s.Run-1]
	s.At = g.Runs[s.Run-1].StartedAt
}

// group is entries that can be compared.
type group struct {
	name    string
	entries []Entry
	prints  map[string]string // the files of runs, by their fingerprints
}

// grouped puts entries that can be compared together, in the order of time.
func grouped(entries []Entry) []group {
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, func(a, b Entry) int {
		return cmp.Or(a.StartedAt.Compare(b.StartedAt), cmp.Compare(a.Path, b.Path))
	})
	byKey := map[string][]int{} // of one key there are several where memory differs
	var out []group
	for _, e := range entries {
		text, _ := json.Marshal([]any{e.Cell, e.Settings}) // maps of strings always marshal, in order
		key := string(text)
		alike := slices.IndexFunc(byKey[key], func(i int) bool {
			return compare.AlikeMemory(out[i].entries[0].memory, e.memory)
		})
		if alike < 0 {
			alike = len(byKey[key])
			byKey[key] = append(byKey[key], len(out))
			out = append(out, group{})
		}
		out[byKey[key][alike]].add(e)
	}
	nameGroups(out)
	slices.SortStableFunc(out, func(a, b group) int { return cmp.Compare(a.name, b.name) })
	return out
}

// copied is what a note begins with of a run that is there already.
const copied = "a copy of "

// add appends a run. One that is there already, as a copy of its file would be, counts
// once: a run has its start, to the nanosecond, to itself, and so its latencies.
func (g *group) add(e Entry) {
	if e.print != "" {
		if g.prints == nil {
			g.prints = map[string]string{}
		}
		if path, there := g.prints[e.print]; there {
			e.Flaw = copied + path
		} else {
			g.prints[e.print] = e.Path
		}
	}
	for _, o := range slices.Backward(g.entries) { // which are in the order of time
		if e.StartedAt.IsZero() || !e.StartedAt.Equal(o.StartedAt) {
			break
		}
		if o.Flaw == "" {
			e.Flaw = copied + o.Path
		}
	}
	g.entries = append(g.entries, e)
}

// Last are the last n entries of each group, in no order.
func Last(entries []Entry, n int) []Entry {
	var out []Entry
	for _, g := range grouped(entries) {
		out = append(out, g.entries[max(len(g.entries)-n, 0):]...)
	}
	return out
}

// nameGroups names each group by what sets it apart; a single one by its cell.
func nameGroups(groups []group) {
	keys := differing(groups)
	seen := map[string]int{}
	for i := range groups {
		e := groups[i].entries[0]
		var parts []string
		for _, k := range keys {
			if v, ok := e.value(k); ok {
				parts = append(parts, scenario.ShortKey(k)+"="+prose.Printable(strings.Join(strings.Fields(v), "-")))
			}
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
			out.values, out.numbers = append(out.values, *r.Value), append(out.numbers, i+1)
		}
		out.Runs = append(out.Runs, r)
	}
	return out
}
