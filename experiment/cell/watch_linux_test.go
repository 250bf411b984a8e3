package cell

import (
	"net"
	"testing"
	"time"

	"tcpbench/lab"
)

func TestAHostIsAtRestWithListenersAndTheTimeWaitsThatItIsKnownToHave(t *testing.T) {
	if !inside(t) {
		return
	}
	if err := lab.Up(lab.Host{}); err != nil {
		t.Fatal(err)
	}
	h := newWatched("client", "self")
	if h.open(); h.err != nil {
		t.Fatal(h.err)
	}
	want := func(what string, timeWaits int, want bool) {
		t.Helper()
		h.ended = timeWaits
		for end := time.Now().Add(5 * time.Second); h.atRest() != want; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("with %s, and %d TIME_WAITs known, atRest() = %t, want %t", what, timeWaits, !want, want)
			}
		}
		if n, err := h.closing(); err != nil || want && len(n) > 0 {
			t.Fatalf("with %s, %v are being closed, %v; want none", what, n, err)
		}
	}
	want("nothing", 0, true)
	want("nothing", 1, false)
	listeners := make([]net.Listener, 2)
	for i, address := range []string{"127.0.0.1:0", "[::]:0"} {
		var err error
		if listeners[i], err = net.Listen("tcp", address); err != nil {
			t.Fatal(err)
		}
	}
	want("listeners", 0, true)
	client, err := net.Dial("tcp", listeners[0].Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := listeners[0].Accept()
	if err != nil {
		t.Fatal(err)
	}
	want("a connection", 0, false)
	client.Close()
	want("one that the server has yet to close", 0, false)
	want("one that the server has yet to close", 1, false)
	if n, err := h.closing(); err != nil || len(n) != 2 {
		t.Fatalf("%v are being closed, %v; want both ends", n, err)
	}
	server.Close()
	want("a TIME_WAIT", 1, true)
	want("a TIME_WAIT", 0, false)
}
