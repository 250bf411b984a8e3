package sockdiag

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

func TestBoundTellsListenersAndWhatBindTook(t *testing.T) {
	listening := netip.MustParseAddrPort(listenOn(t, "tcp4", "127.0.0.1:0")).Port()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	own, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	got := map[uint16]string{}
	if err := open(t).Bound(func(port uint16, s State) { got[port] = s.String() }); err != nil {
		t.Fatal(err)
	}
	if s := got[listening]; s != "LISTEN" {
		t.Errorf("Bound tells %q of port %d, want LISTEN", s, listening)
	}
	if bound := uint16(own.(*unix.SockaddrInet4).Port); got[bound] != "BOUND" {
		t.Errorf("Bound tells %q of port %d, want BOUND", got[bound], bound)
	}
}
