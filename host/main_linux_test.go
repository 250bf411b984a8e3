package host

import (
	"net"
	"net/netip"
	"os"
	"testing"

	"tcpbench/lab/labtest"
)

// 100,000 TIME_WAITs are not to be left on the host.
func TestMain(m *testing.M) {
	labtest.Enter()
	os.Exit(m.Run())
}

// peer is a server that accepts and waits for the client's end.
func peer(t testing.TB, network, addr string) netip.AddrPort {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() { // ended by the listener's end
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { // ended by the client's end
				_, _ = c.Read(make([]byte, 1)) // the end, or the reset: either way
				c.Close()
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

func dial(t testing.TB, to netip.AddrPort) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	return c
}
