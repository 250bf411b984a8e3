package metrics

import (
	"testing"
	"time"
)

func TestOccupancyIsInHundredthsOfThePorts(t *testing.T) {
	var o, other Occupancy
	for _, inUse := range []int64{0, 9, 10, 995, 999, 1000, 5000} {
		o.Add(inUse, 1000, 10*time.Millisecond)
	}
	other.Add(999, 1000, SlowConnect)
	other.Add(999, 1000, SlowConnect-1)
	o.merge(&other)
	for percent, want := range map[int]Level{0: {2, 0}, 1: {1, 0}, 50: {0, 0}, 99: {4, 1}, 100: {2, 0}} {
		if o[percent] != want {
			t.Errorf("at %d %%: %+v, want %+v", percent, o[percent], want)
		}
	}
}
