package labtest

import (
	"net"
	"sync/atomic"
	"testing"
)

// Serve accepts connections until the listener is closed. It does this with each, beside the others, and
// closes it then.
func Serve(l net.Listener, do func(net.Conn)) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() { // ends with the connection
			defer c.Close()
			do(c)
		}()
	}
}

// Accepting is a target on loopback that accepts connections, counts them and closes them at
// once, until the test ends.
func Accepting(t testing.TB) (target string, accepted *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	accepted = new(atomic.Int64)
	go func() { // ends with the test
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			c.Close()
		}
	}()
	return "tcp://" + l.Addr().String(), accepted
}
