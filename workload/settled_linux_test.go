package workload

import (
	"net"
	"net/netip"
	"testing"

	"tcpbench/lab/labtest"
)

// Each moment in which the last connection ends is tried, as far as so many rounds go: its
// TIME_WAIT may begin between the reading of the one figure and of the other.
func TestTheLastSampleCountsTheLastTimeWait(t *testing.T) {
	if !labtest.Inside(t) {
		return
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := newSampler(Options{Destinations: []netip.AddrPort{l.Addr().(*net.TCPAddr).AddrPort()}})
	defer s.close()
	for range 500 {
		var now sample
		labtest.EndMeanwhile(t, l, func() { now = s.settled() })
		if err := s.errs(); err != nil {
			t.Fatal(err)
		}
		n, err := s.hosts.TimeWaits() // fewer than rounds, where a connect took one over
		if err != nil {
			t.Fatal(err)
		}
		if *now.timeWait != n || *now.inUse != n || *now.ended != n {
			t.Fatalf("of %d TIME_WAITs, the sample has %d, ports in use %d, and all have ended: %d",
				n, *now.timeWait, *now.inUse, *now.ended)
		}
	}
}
