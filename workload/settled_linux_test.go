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
		client, err := net.Dial("tcp4", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		server, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		client.Close()
		closed := make(chan struct{})
		go func() {
			server.Close()
			close(closed)
		}()
		now := s.settled()
		<-closed
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
