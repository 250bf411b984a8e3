package procnet

import (
	"net"
	"testing"
	"time"

	"tcpbench/lab/labtest"
)

func TestMain(m *testing.M) {
	labtest.Enter()
	m.Run()
}

// The tests run in a network namespace of their own, which has no socket at first.
func TestSocketsAreThoseThatHoldAPort(t *testing.T) {
	want := func(what string, want SocketCount) {
		t.Helper()
		if got, err := Sockets("self"); err != nil || got != want {
			t.Fatalf("Sockets() with %s = %+v, %v, want %+v", what, got, err, want)
		}
	}
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		want("none", SocketCount{})
		l := listen(t, address)
		want("a listener on "+address, SocketCount{InUse: 1})
		c, s := connect(t, l)
		l.Close()
		want("a connection to "+address, SocketCount{InUse: 2})
		if err := c.(*net.TCPConn).SetLinger(0); err != nil { // with FIN a TIME_WAIT would be left
			t.Fatal(err)
		}
		c.Close()
		s.Close()
		await(t)
	}
	l := listen(t, "127.0.0.1:0")
	c, s := connect(t, l)
	c.Close()
	s.Close()
	l.Close()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		n, err := TimeWaits("self")
		if err != nil || time.Now().After(end) {
			t.Fatalf("%d TIME_WAITs, %v, want 1", n, err)
		}
		if n == 1 {
			break
		}
	}
	want("a TIME_WAIT alone", SocketCount{TimeWaits: 1})
}

func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// connect is a connection to l, both its ends.
func connect(t *testing.T, l net.Listener) (client, server net.Conn) {
	t.Helper()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return client, server
}

// await returns when the sockets that were closed are gone.
func await(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		n, err := Sockets("self")
		if err != nil || time.Now().After(end) {
			t.Fatalf("%+v are left, %v", n, err)
		}
		if n == (SocketCount{}) {
			return
		}
	}
}
