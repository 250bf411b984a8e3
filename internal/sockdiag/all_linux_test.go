package sockdiag

import (
	"net"
	"net/netip"
	"testing"
)

func open(t *testing.T) *Lister {
	t.Helper()
	c, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestConnectionsTellsBothEnds(t *testing.T) {
	for _, network := range []struct{ name, addr string }{
		{"tcp4", "127.0.0.1:0"},
		{"tcp6", "[::1]:0"},
	} {
		t.Run(network.name, func(t *testing.T) {
			a := listenOn(t, network.name, network.addr)
			conn := connect(t, a)
			local := conn.LocalAddr().(*net.TCPAddr).AddrPort()
			var got []Connection
			err := open(t).Connections(local.Port(), local.Port(), NotTimeWait, func(c Connection) {
				if c.Peer == netip.MustParseAddrPort(a) {
					got = append(got, c)
				}
			})
			if err != nil || len(got) != 1 || got[0].Local != local || got[0].TimeWait || got[0].Over {
				t.Errorf("Connections(%d) towards %s = %+v, %v, want one from %s", local.Port(), a, got, err, local)
			}
		})
	}
}

// What a socket for both families accepts or connects to by IPv4 is listed
// among the IPv6 ones, with a mapped address.
func TestConnectionsTellsAMappedAddressAsIPv4(t *testing.T) {
	a := listenOn(t, "tcp", "[::]:0")
	port := netip.MustParseAddrPort(a).Port()
	conn := connect(t, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port).String())
	client := conn.LocalAddr().(*net.TCPAddr).AddrPort()
	found := 0
	err := open(t).Connections(port, port, NotTimeWait, func(c Connection) {
		if c.Peer == client {
			found++
		}
	})
	if err != nil || found != 1 {
		t.Errorf("Connections(%d) tells %d with the peer %s, %v, want 1", port, found, client, err)
	}
}

func TestConnectionsTellsATimeWait(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	local, peer := closeFirst(t, l), l.Addr().(*net.TCPAddr).AddrPort()
	found := 0
	err = open(t).Connections(local.Port(), local.Port(), AnyState, func(c Connection) {
		if c.TimeWait && c.Local == local && c.Peer == peer && c.Expires > 0 && c.Expires.Seconds() <= 60 {
			found++
		}
	})
	if err != nil || found != 1 {
		t.Errorf("Connections(%d) tells %d TIME_WAITs of at most 60 s, %v, want 1", local.Port(), found, err)
	}
}

// closeFirst connects to l, closes the client's end first, then the server's,
// and returns the address that is in TIME_WAIT.
func closeFirst(t *testing.T, l net.Listener) netip.AddrPort {
	t.Helper()
	client := connect(t, l.Addr().String())
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	client.Close()
	if n, err := server.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Fatalf("Read = %d, %v, want the end", n, err)
	}
	server.Close()
	return client.LocalAddr().(*net.TCPAddr).AddrPort()
}

func TestListenersTellTheirQueue(t *testing.T) {
	a := netip.MustParseAddrPort(listenOn(t, "tcp4", "127.0.0.1:0"))
	for range 3 {
		dial(t, a.String())
	}
	var got []Listener
	err := open(t).Listeners(func(l Listener) {
		if l.Addr == a {
			got = append(got, l)
		}
	})
	if err != nil || len(got) != 1 || got[0].Waiting != 3 || got[0].Backlog < 3 {
		t.Errorf("Listeners tells %+v at %s, %v, want one with 3 waiting", got, a, err)
	}
}
