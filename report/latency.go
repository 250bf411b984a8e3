package report

import (
	"tcpbench/plots"
	"tcpbench/results"
)

// latency is a phase by percentile: Y at -log10(1-p) in steps of 1/40.
type latency struct {
	Name string   `json:"name"`
	Y    []number `json:"y"`
}

// latencies are the phases whose histograms can be decoded; of others the page says so
// where their picture is missing.
func latencies(r *results.Run) []latency {
	out := []latency{}
	for _, p := range r.Latency.Phases() {
		if y, err := plots.Percentiles(p.Summary); err == nil && len(y) > 0 {
			out = append(out, latency{p.Name, numbers(y)})
		}
	}
	return out
}

// cost is what connecting costs by the share of the ports in use, in percent.
type cost struct {
	Name string   `json:"name"`
	X    []number `json:"x"`
	Y    []number `json:"y"`
}

func costs(r *results.Run) []cost {
	var out []cost
	for _, c := range plots.Costs(r) {
		out = append(out, cost{c.Name, numbers(c.X), numbers(c.Y)})
	}
	return out
}
