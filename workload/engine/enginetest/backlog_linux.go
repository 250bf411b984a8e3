package enginetest

import (
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/sys"
)

// fullBacklog returns the address of a listener that accepts nothing and
// whose accept queue is full.
func fullBacklog(t *testing.T) netip.AddrPort {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(sa.(*unix.SockaddrInet4).Port))
	// A queue of length 0 takes one connection; the second waits for ever.
	for range 2 {
		c, e := sys.Socket(unix.AF_INET)
		if e != 0 {
			t.Fatal(e)
		}
		t.Cleanup(func() { unix.Close(c) })
		a := sys.NewAddress(addr)
		if e := sys.Connect(c, &a); e != 0 && e != unix.EINPROGRESS {
			t.Fatal(e)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return addr
}
