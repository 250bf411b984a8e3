package merge

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/scenario"
)

// common is what all agents have alike, and in what they differ.
type common struct {
	all    []*fact // in the order in which they were met first
	byName map[string]*fact
	agents int

	options *scenario.Workload
	cell    map[string]string
	repeat  int
	lab     bool

	memory int64 // of all hosts, as cpus
	cpus   int
}

// fact is something that an environment says, with all values that it had.
type fact struct {
	name   string
	values []string
	who    map[string][]string // the first agents of each value
	count  map[string]int
}

// The kinds of facts that a result keeps: see [common.result].
const (
	ofSysctl = "sysctl "
	ofLimit  = "limit of "
	ofOption = "option "
)

// same is one of a few values that are all that there is to say of a fact.
func (f *fact) same() bool { return len(f.values) == 1 }

// add takes in a result, less what hosts have together.
func (c *common) add(name string, r *results.Run) {
	e := r.Environment
	if c.agents++; c.agents == 1 {
		c.byName = map[string]*fact{}
		c.lab, c.cell, c.repeat = e.Lab, r.Cell, r.Repeat
		options := r.Options
		c.options = &options
	}
	c.lab = c.lab && e.Lab
	c.note(name, "tcpbench", strings.TrimSpace(r.Tool.Version+" "+r.Tool.Revision))
	c.note(name, "kernel", e.Kernel)
	c.note(name, "arch", e.Arch)
	c.note(name, "processors", fmt.Sprint(e.CPUs))
	c.note(name, "cpu model", e.CPUModel)
	c.note(name, "memory", figure.Bytes(e.MemoryBytes))
	c.note(name, "clock source", e.ClockSource)
	c.note(name, "HZ", fmt.Sprint(e.HZ))
	c.note(name, "go", e.GoVersion)
	c.note(name, "engine", e.Engine)
	c.note(name, "sockets", e.Sockets)
	c.note(name, "target kind", e.TargetKind)
	for _, key := range slices.Sorted(maps.Keys(e.Sysctls)) {
		c.note(name, ofSysctl+key, e.Sysctls[key])
	}
	for _, key := range slices.Sorted(maps.Keys(e.Limits)) {
		c.note(name, ofLimit+key, fmt.Sprint(e.Limits[key]))
	}
	w := r.Options
	for _, s := range w.Settings() {
		if !slices.Contains(shared(), s.Name) {
			c.note(name, ofOption+s.Name, s.String())
		}
	}
}

// shared are the options of which each agent has a part, or one of its own.
func shared() []string { return []string{"concurrency", "count", "rate", "source", "seed"} }

// note takes in what an agent says.
func (c *common) note(agent, name, value string) {
	const first = 5 // agents that a message could name
	f := c.byName[name]
	if f == nil {
		f = &fact{name: name, who: map[string][]string{}, count: map[string]int{}}
		c.byName[name] = f
		c.all = append(c.all, f)
	}
	if f.count[value]++; f.count[value] == 1 {
		f.values = append(f.values, value)
	}
	if len(f.who[value]) < first {
		f.who[value] = append(f.who[value], agent)
	}
}

// text is the value that all have; all of them where they differ.
func (c *common) text(name string) string {
	f := c.byName[name]
	if f == nil {
		return ""
	}
	values := slices.DeleteFunc(slices.Clone(f.values), func(v string) bool { return v == "" })
	slices.Sort(values)
	return strings.Join(values, ", ")
}

// each are the facts of a kind that all agents have alike, by their names.
func (c *common) each(kind string) map[string]string {
	out := map[string]string{}
	for _, f := range c.all {
		if key, ok := strings.CutPrefix(f.name, kind); ok && f.same() && f.count[f.values[0]] == c.agents {
			out[key] = f.values[0]
		}
	}
	return out
}

// result fills in the environment and the options: those of the whole, and what engines
// made of the others where all did the same.
func (c *common) result(r *results.Run, whole scenario.Workload) {
	r.Options, r.Environment.CPUs = whole, c.cpus
	if c.agents == 0 {
		return
	}
	r.Cell, r.Repeat = c.cell, c.repeat
	alike := c.each(ofOption)
	for _, s := range r.Options.Settings() {
		if value, ok := alike[s.Name]; ok && value != s.String() {
			_ = s.Set(value) // which was one
		}
	}
	version, revision, _ := strings.Cut(c.text("tcpbench"), " ")
	if !c.byName["tcpbench"].same() {
		version, revision = c.text("tcpbench"), ""
	}
	r.Tool = results.Tool{Version: version, Revision: revision}
	e := &r.Environment
	e.Kernel, e.Arch, e.CPUModel, e.GoVersion = c.text("kernel"), c.text("arch"), c.text("cpu model"), c.text("go")
	e.ClockSource, e.Engine, e.Sockets = c.text("clock source"), c.text("engine"), c.text("sockets")
	e.TargetKind, e.Lab = c.text("target kind"), c.lab
	e.MemoryBytes = c.memory
	_, _ = fmt.Sscan(c.each("HZ")[""], &e.HZ) // 0 where they differ, or do not know it
	e.Sysctls = c.each(ofSysctl)
	e.Limits = map[string]uint64{}
	for key, text := range c.each(ofLimit) {
		var n uint64
		if _, err := fmt.Sscan(text, &n); err == nil {
			e.Limits[key] = n
		}
	}
}

// warning names what agents do not share; nil where they share all.
func (c *common) warning() *results.Warning {
	var parts []string
	for _, f := range c.all {
		if !f.differs(c.agents) {
			continue
		}
		parts = append(parts, f.text(c.agents))
	}
	if len(parts) == 0 {
		return nil
	}
	return &results.Warning{Code: "agents-differ", Text: "the agents do not have the same " + strings.Join(parts,
		"; ") +
		"; what they do not share is not in the environment of this result"}
}

// differs reports whether agents have other values, or some have none.
func (f *fact) differs(agents int) bool {
	if f.name == "memory" && len(f.values) == 2 {
		return true
	}
	return !f.same() || f.count[f.values[0]] != agents
}

// text is "kernel (6.12.1 on a, 6.18.5 on b and c)".
func (f *fact) text(agents int) string {
	const most = 3 // values that are named
	var parts []string
	known := 0
	for i, v := range f.values {
		known += f.count[v]
		if i >= most {
			continue
		}
		who := f.who[v]
		text := exhaustion.Names(who)
		if more := f.count[v] - len(who); more > 0 {
			text = figure.Plural(f.count[v], "agent")
		}
		if v == "" {
			v = "none"
		}
		parts = append(parts, v+" on "+text)
	}
	if more := len(f.values) - most; more > 0 {
		parts = append(parts, fmt.Sprintf("%d more values", more))
	}
	if none := agents - known; none > 0 {
		parts = append(parts, "none on "+figure.Plural(none, "agent"))
	}
	return fmt.Sprintf("%s (%s)", f.name, strings.Join(parts, ", "))
}
