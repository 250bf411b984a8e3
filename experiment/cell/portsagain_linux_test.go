package cell

import (
	"net/netip"
	"testing"
)

func TestWhatHoldsAPortIsAnotherConnection(t *testing.T) {
	const port = 40007
	at := netip.AddrPortFrom(netip.MustParseAddr("198.19.1.2"), port)
	kept := func(cookie uint64) holding { return holding{cookie, true} }
	open := func(cookie uint64) holding { return holding{cookie, false} }
	tests := []struct {
		name string
		was  map[uint16]holding
		now  holding
		want bool
	}{
		{"the same TIME_WAIT", map[uint16]holding{port: kept(7)}, kept(7), false},
		{"the same connection", map[uint16]holding{port: open(3)}, open(3), false},
		{"it has ended, and the kernel keeps it", map[uint16]holding{port: open(3)}, kept(7), false},
		{"another has taken the port over", map[uint16]holding{port: kept(7)}, open(8), true},
		{"and has ended since", map[uint16]holding{port: kept(7)}, kept(9), true},
		{"one ended with RST, and another has its port", map[uint16]holding{port: open(3)}, open(8), true},
		{"the port was free", map[uint16]holding{port + 1: kept(7)}, open(8), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.now.follows(tt.was, at); got != tt.want {
				t.Errorf("%v.follows(%v) = %v, want %v", tt.now, tt.was[port], got, tt.want)
			}
		})
	}
}
