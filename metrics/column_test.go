package metrics

import (
	"slices"
	"testing"
)

// A metric of two columns has a label that tells them apart, and columns of one follow each
// other.
func TestColumnsOfOneMetricAreToldApart(t *testing.T) {
	last, seen := "", map[string]bool{}
	for _, c := range Columns() {
		if c.Metric == "" {
			continue
		}
		series := c.Family() + " " + c.Label + " " + c.Value
		if seen[series] || seen[c.Family()] && c.Family() != last {
			t.Errorf("%s: its metric %s stands twice, or not beside the other", c.Name, series)
		}
		seen[series], seen[c.Family()], last = true, true, c.Family()
		if (c.Of == nil) == (c.Kinds == nil) || c.Scale == 0 {
			t.Errorf("%s has no figure, two, or no scale", c.Name)
		}
	}
}

func TestBoundsAreFourForEachPowerOfTen(t *testing.T) {
	got := Bounds()
	if !slices.IsSorted(got) || got[0] != 1e-6 || got[len(got)-1] != 10 || len(got) != 7*4+1 {
		t.Errorf("Bounds() = %v, want four for each power of ten from 1 us to 10 s", got)
	}
}
