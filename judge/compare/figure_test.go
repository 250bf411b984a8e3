package compare

import (
	"slices"
	"testing"

	"tcpbench/judge/metric"
)

// A comparison has the metrics that say so, and any other that is asked for.
func TestAComparisonTakesEveryMetricOfTheTable(t *testing.T) {
	names := func(ms []metric.Metric) (out []string) {
		for _, m := range ms {
			out = append(out, m.Name)
		}
		return out
	}
	usual := names(figures())
	for _, m := range metric.Table() {
		if got := slices.Contains(usual, m.Name); got != m.Compared {
			t.Errorf("a comparison shows %s: %v, want %v as the table says", m.Name, got, m.Compared)
		}
		if got := names(known([]metric.Metric{m})); !slices.Contains(got, m.Name) || len(got) > len(usual)+1 {
			t.Errorf("asked for %s as well, a comparison has %v", m.Name, got)
		}
	}
}
