package procnet

import (
	"net"
	"path/filepath"
	"testing"
)

// The kernel's list has the listener, and a connection before and after it is accepted.
func TestAConnectionToAUnixSocketIsSeen(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.sock")
	listens := func() bool {
		t.Helper()
		ok, err := UnixListens("self", file)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if listens() {
		t.Errorf("UnixListens(%s) = true before anything listens", file)
	}
	l, err := net.Listen("unix", file)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if !listens() {
		t.Errorf("UnixListens(%s) = false, want true", file)
	}
	want := func(n int, when string) {
		t.Helper()
		if got, err := UnixConnections("self", file); got != n || err != nil {
			t.Errorf("UnixConnections %s = %d, %v, want %d", when, got, err, n)
		}
	}
	want(0, "without any")
	c, err := net.Dial("unix", file)
	if err != nil {
		t.Fatal(err)
	}
	want(1, "before it is accepted")
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	want(1, "after it is accepted")
	c.Close()
	s.Close()
	want(0, "after both ends closed")
}
