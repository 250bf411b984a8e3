package history

import (
	"fmt"
	"strings"
	"time"

	"tcpbench/judge/compare"
	"tcpbench/judge/metric"
	"tcpbench/law/capacity"
	"tcpbench/results"
	"tcpbench/scenario"
)

// Entry is what a history keeps of a result.
type Entry struct {
	Path      string
	StartedAt time.Time
	Kernel    string

	// Cell are the labels of the cell. Settings are all that two runs must have in
	// common to be compared but for the kernel, the effective options, and the
	// sysctls that the law of ports depends on. Machine says where it ran, for people.
	Cell     map[string]string
	Settings map[string]string
	Machine  string

	memory int64  // bytes, which are not exactly the same after each boot
	print  string // the same of copies alone

	// Flaw is why the run says nothing about a drift; empty where it does.
	Flaw string

	// Values are the metrics, by name; Missing says why there is none, and Own
	// what the generator has to do with one.
	Values  map[string]float64
	Missing map[string]string
	Own     map[string]string
}

// NewEntry takes from r what a history of metrics needs.
func NewEntry(path string, r *results.Run, metrics []metric.Metric) Entry {
	e := Entry{
		Path:      path,
		StartedAt: r.StartedAt,
		Kernel:    r.Environment.Kernel,
		Cell:      r.Cell,
		Settings:  settings(r),
		Machine:   machine(r.Environment),
		memory:    r.Environment.MemoryBytes,
		print:     compare.Fingerprint(r),
		Flaw:      flaw(r),
		Values:    map[string]float64{},
		Missing:   map[string]string{},
		Own:       map[string]string{},
	}
	for _, m := range metrics {
		v, err := m.Measure(r)
		if err != nil {
			e.Missing[m.Name] = err.Error()
			continue
		}
		e.Values[m.Name] = v
		if own := m.Own(r); own.What != "" {
			e.Own[m.Name] = own.Error()
		}
	}
	return e
}

// settings are those by which package compare refuses, and what was set of sysctls.
func settings(r *results.Run) map[string]string {
	out := compare.Series(r)
	w := r.Options
	for _, s := range w.Settings() {
		if strings.HasSuffix(s.Name, "sysctl") && s.String() != "" {
			out[s.Name] = s.String()
		}
	}
	for name, value := range capacity.LawSysctls(r.Environment.Sysctls) {
		out["sysctl."+name] = value
	}
	if !r.Environment.Lab {
		out["targets"] = strings.Join(r.Targets, " ")
	}
	return out
}

func machine(e results.Environment) string {
	where := "from the host"
	if e.Lab {
		where = "in a lab"
	}
	parts := []string{e.Arch, fmt.Sprintf("%d CPUs", e.CPUs), e.CPUModel, where, e.TargetKind, e.Proxy, e.Server,
		e.Engine}
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, ", ")
}

func flaw(r *results.Run) string {
	if r.Interrupted {
		return "interrupted"
	}
	if r.Degraded {
		return "degraded"
	}
	return ""
}

// value is e's setting of a name, in full or short, and whether it has one.
func (e Entry) value(name string) (string, bool) {
	for _, from := range []map[string]string{e.Cell, e.Settings} {
		for key, value := range from {
			if key == name || scenario.ShortKey(key) == name {
				return value, true
			}
		}
	}
	return "", false
}
