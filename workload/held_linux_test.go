package workload

import (
	"net"
	"net/netip"
	"testing"
	"time"
)

// A TIME_WAIT holds its port, unless the kernel lets a connect take it over.
func TestHeldLeavesOutWhatCanBeReused(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	closeFirst(t, l)
	target := []netip.AddrPort{l.Addr().(*net.TCPAddr).AddrPort()}
	for _, tt := range []struct {
		name       string
		reuseAfter time.Duration
		want       int
	}{
		{"the kernel reuses none", 0, 1},
		{"not yet", 30 * time.Second, 1},
		{"it may be taken over", time.Millisecond, 0},
	} {
		got, err := 0, error(nil)
		for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if got, err = Held(target, tt.reuseAfter); err != nil || got == tt.want {
				break
			}
		}
		if err != nil || got != tt.want {
			t.Errorf("%s: Held(reuse after %v) = %d, %v, want %d", tt.name, tt.reuseAfter, got, err, tt.want)
		}
	}
}

// closeFirst opens a connection and closes it, the client first.
func closeFirst(t *testing.T, l net.Listener) {
	t.Helper()
	c, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c.Close()
	if _, err := s.Read(make([]byte, 1)); err == nil {
		t.Fatal("the client's FIN did not come")
	}
}
