package results_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// Around what happened the ports in use are as exact as with all intervals, and so is
// the most of them.
func TestMergedIntervalsTellTheSameOfPorts(t *testing.T) {
	all := &results.Run{Intervals: resultstest.DayOfIntervals()}
	h := metrics.NewHistory()
	var begun, dearer, failed int64
	for _, iv := range all.Intervals {
		h.Add(iv)
		switch begun += iv.Obtained; iv.TS {
		case 78_000:
			dearer = begun
		case 82_800:
			failed = begun
		}
	}
	merged := &results.Run{Intervals: h.All()}
	if len(merged.Intervals) > metrics.TimelineMost {
		t.Fatalf("%d intervals are kept", len(merged.Intervals))
	}
	at := []int64{450, 4500, dearer - 9000, dearer, dearer + 9000, failed - 9000, failed, failed + 9000, begun - 9000,
		begun}
	want, _ := exhaustion.Occupancy(all.Samples(), at)
	got, _ := exhaustion.Occupancy(merged.Samples(), at)
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("the share of ports in use after %v connections (-all +merged):\n%s", at, diff)
	}
	most := func(r *results.Run) (n int) {
		for _, s := range r.Samples() {
			n = max(n, s.Most)
		}
		return n
	}
	if most(all) != most(merged) {
		t.Errorf("at most %d ports were in use, and %d of merged intervals", most(all), most(merged))
	}
}

func TestMergedWarningsSayToWhatTheyWere(t *testing.T) {
	if w := results.MergedWarnings(resultstest.Full().Intervals); w != nil {
		t.Errorf("MergedWarnings(two intervals) = %v, want none", w)
	}
	one := results.Interval{TS: 1, LengthS: 1}
	w := results.MergedWarnings([]results.Interval{one.Join(one).Join(one), one})
	const want = "4 intervals were merged into 2, up to 3 s into one: the finest are at the beginning, at the end " +
		"and around what happened; figures over the whole run do not depend on it"
	if len(w) != 1 || w[0].Code != "intervals-merged" || w[0].Text != want {
		t.Errorf("MergedWarnings(3 merged and 1) = %+v, want %q", w, want)
	}
}
