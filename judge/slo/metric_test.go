package slo

import (
	"testing"

	"tcpbench/judge/metric"
)

func TestEveryMetricMayBeLimited(t *testing.T) {
	values := map[metric.Unit]string{metric.Time: "<1ms", metric.Share: "<1%", metric.Number: "<1",
		metric.Truth: "==false"}
	for _, m := range metric.Table() {
		if l, err := ParseLimit(m.Name + values[m.Unit]); err != nil || l.Metric != m.Name || l.Value.Unit != m.Unit {
			t.Errorf("ParseLimit(%s%s) = %v, %v, want a limit", m.Name, values[m.Unit], l, err)
		}
	}
}
