package workload

import (
	"slices"
	"testing"
	"time"

	"tcpbench/scenario"
)

func TestHostsThatShareAPlanStartInTurn(t *testing.T) {
	of := func(part Part, rate float64, threads int) []time.Duration {
		w := scenario.DefaultWorkload()
		w.Rate, w.Duration, w.Threads = scenario.Rate{From: rate, To: rate}, time.Second, threads
		var all []time.Duration
		for i := range threads {
			p := Options{Workload: w, Part: part}.pacer(i)
			for at, ok := p.Next(); ok; at, ok = p.Next() {
				all = append(all, at)
			}
		}
		return all
	}
	want := of(Part{}, 120, 1)
	for _, threads := range []int{1, 2} {
		var got []time.Duration
		for i := range 3 {
			got = append(got, of(Part{Index: i, Of: 3}, 40, threads)...)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("three hosts of %d threads start at %v, want those of one with three times the rate: %v", threads,
				got, want)
		}
	}
	if first := of(Part{Index: 2, Of: 3}, 40, 1)[0]; first != 16666667*time.Nanosecond {
		t.Errorf("the third host starts at %v, want two starts of the whole plan later than the first", first)
	}
}

func TestAPartThatThereIsNotIsRefused(t *testing.T) {
	for part, ok := range map[Part]bool{{}: true, {0, 1}: true, {2, 3}: true, {3, 3}: false, {-1, 3}: false,
		{0, -1}: false, {1, 0}: false, {0, 1 << 40}: false} {
		if err := part.Validate(); (err == nil) != ok {
			t.Errorf("Validate(%+v) = %v, want it accepted: %v", part, err, ok)
		}
	}
}
