package workload

import (
	"math"
	"net/netip"
	"testing"

	"tcpbench/scenario"
)

func TestThreadsMayBeApartWhilePortsCannotRunOut(t *testing.T) {
	tests := []struct {
		name        string
		capacity    int // of two sources and two destinations
		concurrency int
		freed       bool
		held        int
		want        int64
	}{
		{"until an eighth of the ports is left", 4000, 50, false, 0, 3500},
		{"fewer where ports were held before, perhaps all of one pair", 4000, 50, false, 100, 3150},
		{"never where more were held than a pair has", 4000, 50, false, 1000, 0},
		{"never where there are more than that", 4000, 50, false, 1500, 0},
		{"for good where ports come free at once", 4000, 50, true, 0, math.MaxInt64},
		{"and half of a pair's are enough for all in flight", 4000, 500, true, 0, math.MaxInt64},
		{"not where they are not", 4000, 501, true, 0, 3500},
		{"nor where others hold them", 4000, 450, true, 51, 3322},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := Options{Workload: scenario.DefaultWorkload(), Capacity: tt.capacity, Freed: tt.freed,
				Sources: make([]netip.Addr, 2), Destinations: make([]netip.AddrPort, 2)}
			o.Concurrency = tt.concurrency
			if got := o.loose(tt.held); got != tt.want {
				t.Errorf("loose(%d held) = %d, want %d", tt.held, got, tt.want)
			}
		})
	}
}
