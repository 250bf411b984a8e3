package metric

import (
	"errors"
	"testing"

	"tcpbench/results"
	"tcpbench/results/resultstest"
)

func TestEveryRowIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range Table() {
		if m.Name == "" || m.Heading == "" || m.measure == nil {
			t.Errorf("the row %+v lacks a name, a heading or a way to measure it", m)
		}
		if m.Better < Lower || m.Better > Higher || m.Unit > Truth {
			t.Errorf("%s: direction %d and unit %d are not both known", m.Name, m.Better, m.Unit)
		}
		if seen[m.Name] {
			t.Errorf("%s is in the table twice", m.Name)
		}
		seen[m.Name] = true
		if got, err := Find(m.Name); err != nil || got.Name != m.Name || got.Phase != m.Phase ||
			got.Compared != m.Compared {
			t.Errorf("Find(%q) = %+v, %v, want the row of the table", m.Name, got, err)
		}
	}
}

func TestEveryMetricIsMeasuredInSomeRun(t *testing.T) {
	var runs []*results.Run
	for _, name := range resultstest.Names() {
		runs = append(runs, resultstest.Real(t, name))
	}
	for _, m := range Table() {
		if !measuredIn(m, runs) {
			t.Errorf("%s is measured in none of %v", m.Name, resultstest.Names())
		}
	}
}

// measuredIn reports whether one of the runs has the metric. A percentile that
// takes more than a run has is measured too: a longer run has it.
func measuredIn(m Metric, runs []*results.Run) bool {
	for _, r := range runs {
		_, err := m.Measure(r)
		if few := (*TooFewError)(nil); err == nil || m.Phase != "" && errors.As(err, &few) {
			return true
		}
	}
	return false
}

func TestFindKnowsEveryPercentileOfAPhase(t *testing.T) {
	m, err := Find("first_byte_p99.99")
	if err != nil || m.Name != "first_byte_p99.99" || m.Phase != "first_byte" || m.Unit != Time || m.Better != Lower ||
		m.Heading != "first byte p99.99" || m.Compared {
		t.Errorf("Find(first_byte_p99.99) = %+v, %v, want a latency", m, err)
	}
}
