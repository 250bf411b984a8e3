package metric

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tcpbench/internal/suggest"
	"tcpbench/results"
)

// Metric is a figure of a run: a row of the table.
type Metric struct {
	Name   string
	Unit   Unit
	Better Better
	// Phase is the one whose latency it is, as a result file names it; empty for
	// any other figure.
	Phase string
	// Heading is what it is called above a column, for people.
	Heading string
	// Compared tells that comparisons show it without being asked.
	Compared bool

	measure measure
}

// measure takes a figure from a run, or says why the run does not have it.
type measure func(*results.Run) (float64, error)

// Measure returns the figure in the metric's unit. The error says why the run
// does not have it.
func (m Metric) Measure(r *results.Run) (float64, error) {
	v, err := m.measure(r)
	if err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		return 0, fmt.Errorf("%s is %v in the result, which is not a number", m.Name, v)
	}
	return v, err
}

// On says on which host ports ran out, for the end of a figure that is about that;
// "" on the client.
func (m Metric) On(r *results.Run) string {
	if slices.Contains([]string{"exhausted", "after_connections"}, m.Name) {
		return r.Exhaustion.OnHost()
	}
	return ""
}

// Find returns the metric of a name. The error of an unknown one has the
// nearest right name, or else all of them.
func Find(name string) (Metric, error) {
	for _, m := range Table() {
		if m.Name == name {
			return m, nil
		}
	}
	for _, phase := range results.PhaseKeys() {
		if stat, ok := strings.CutPrefix(name, phase+"_"); ok {
			return findLatency(phase, stat)
		}
	}
	if near := suggest.DidYouMean(name, candidates(name)); near != "" {
		return Metric{}, fmt.Errorf("unknown metric %q%s", name, near)
	}
	return Metric{}, fmt.Errorf("unknown metric %q; the metrics are %s", name, catalogue())
}

// MustFind is [Find] for a name that stands in the source. It panics where
// there is no such metric.
func MustFind(name string) Metric {
	m, err := Find(name)
	if err != nil {
		panic(err)
	}
	return m
}

// candidates are the names that a mistyped one may have meant: those of the
// table, and its own percentile of every phase.
func candidates(mistyped string) []string {
	var out []string
	for _, m := range Table() {
		out = append(out, m.Name)
	}
	stat := mistyped[strings.LastIndex(mistyped, "_")+1:]
	if _, err := parsePercentile(stat); err == nil {
		for _, phase := range results.PhaseKeys() {
			out = append(out, phase+"_"+stat)
		}
	}
	return out
}

// catalogue names the metrics in few words.
func catalogue() string {
	var names []string
	for _, m := range Table() {
		if m.Phase == "" {
			names = append(names, m.Name)
		}
	}
	return fmt.Sprintf("%s, and one of %s with _min, _mean, _max or a percentile such as _p99",
		strings.Join(names, ", "), strings.Join(results.PhaseKeys(), ", "))
}
