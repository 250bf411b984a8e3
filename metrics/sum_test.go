package metrics

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestASumIsTheHistogramThatGotEveryValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, adder := newCoarseHistogram(), NewAdder()
		var sum, other Sum
		for i := range rapid.IntRange(0, 6).Draw(t, "histograms") {
			h := newCoarseHistogram()
			for _, ns := range rapid.SliceOfN(rapid.Int64Range(0, 1e9), 1, 20).Draw(t, "ns") {
				h.Record(time.Duration(ns))
				all.Record(time.Duration(ns))
			}
			to := []*Sum{&sum, &other}[i%2]
			if err := adder.Add(to, h.HDR()); err != nil {
				t.Fatal(err)
			}
		}
		sum.Merge(&other)
		if got, want := adder.HDR(&sum), all.HDR(); got != want || sum.Empty() != (want == "") {
			t.Fatalf("HDR() = %q, want %q", got, want)
		}
		for _, p := range []float64{0, 50, 99, 100} {
			got := adder.Percentile(&sum, p)
			if all.Count() == 0 {
				if got != nil {
					t.Fatalf("Percentile(%v) of nothing = %v, want nil", p, *got)
				}
				continue
			}
			if want := float64(all.Percentile(p)) / 1e3; *got != want {
				t.Fatalf("Percentile(%v) = %v, want %v", p, *got, want)
			}
		}
	})
}

func TestWhatIsNoHistogramAddsNothing(t *testing.T) {
	var sum Sum
	if err := NewAdder().Add(&sum, "none"); err == nil || !sum.Empty() {
		t.Errorf("Add(none) = %v, want an error, and an empty sum", err)
	}
}

func TestASumNeedsRoomForItsBarsAlone(t *testing.T) {
	var sum Sum
	adder := NewAdder()
	for _, d := range []time.Duration{time.Millisecond, 900 * time.Microsecond, 1100 * time.Microsecond} {
		if err := adder.Add(&sum, of(d).HDR()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(sum.bars); n > 64 || slices.Max(sum.bars) != 1 {
		t.Errorf("the sum of three values near each other has %d bars, want those between them", n)
	}
}
