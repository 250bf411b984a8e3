package gate

import (
	"testing"

	"tcpbench/judge/metric"
)

// What is true or false cannot change by a share; all else may regress, in the
// direction that is not better.
func TestEveryMetricButATruthMayRegress(t *testing.T) {
	change := map[metric.Better]string{metric.Lower: ": +5%", metric.Higher: ": -5%", metric.Either: ": +5%"}
	for _, m := range metric.Table() {
		text := m.Name + change[m.Better]
		p, err := Parse("policy.yaml", []byte("regressions: {"+text+"}"))
		if (err == nil) != (m.Unit != metric.Truth) || err == nil && p.Regressions[0].Metric.Name != m.Name {
			t.Errorf("Parse(regressions: {%s}) = %+v, %v", text, p, err)
		}
	}
}
