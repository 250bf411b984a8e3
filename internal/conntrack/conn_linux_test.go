package conntrack_test

import (
	"net"
	"net/netip"
	"os"
	"testing"

	"tcpbench/internal/conntrack"
	"tcpbench/lab"
	"tcpbench/lab/labtest"
	"tcpbench/scenario"
)

func TestMain(m *testing.M) {
	labtest.Enter()
	os.Exit(m.Run())
}

// With a NAT's rules the kernel tracks every connection of the network namespace.
func TestTheKernelTellsOfAConnection(t *testing.T) {
	if n, err := lab.SourceNATs(); n != 0 || err != nil {
		t.Errorf("SourceNATs() before there is a NAT = %d, %v, want 0", n, err)
	}
	nat := lab.NAT{Ports: scenario.PortRange{Lo: 1, Hi: 2}, Addrs: []netip.Addr{netip.MustParseAddr("198.19.3.1")}}
	if err := lab.Up(lab.Host{NAT: &nat}); err != nil {
		t.Fatal(err)
	}
	if n, err := lab.SourceNATs(); n != 1 || err != nil {
		t.Errorf("SourceNATs() = %d, %v, want 1 rule", n, err)
	}
	ns, err := os.Open("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	defer ns.Close()
	c, err := conntrack.Open(int(ns.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	found := 0
	n, err := c.Entries(func(e conntrack.Entry) {
		if e.From.String() == conn.LocalAddr().String() && e.To.String() == l.Addr().String() && e.Outer == e.From &&
			e.State.String() == "ESTABLISHED" {
			found++
		}
	})
	if err != nil || n < 1 || found != 1 {
		t.Errorf("Entries() = %d of %d, %v, want the connection once", found, n, err)
	}
	if s, err := c.Stats(); err != nil || s.Drop != 0 || s.InsertFailed != 0 {
		t.Errorf("Stats() = %+v, %v, want no drop", s, err)
	}
}
