package cell

import (
	"context"
	"net"
	"testing"

	"tcpbench/scenario"
)

func TestHeldCountsPortsTowardsTheTarget(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	held := func() int {
		t.Helper()
		n, law, err := Held(context.Background(), Spec{Workload: scenario.DefaultWorkload(),
			Targets: []string{l.Addr().String()}})
		if err != nil {
			t.Fatal(err)
		}
		if law.Ports == 0 || law.Destinations != 1 {
			t.Errorf("Held() predicts %+v, want ports towards 1 destination", law)
		}
		return n
	}
	if got := held(); got != 0 {
		t.Errorf("Held() = %d before the first connection, want 0", got)
	}
	var conns []net.Conn
	for range 3 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
	}
	if got := held(); got != 3 {
		t.Errorf("Held() = %d with 3 connections, want 3", got)
	}
	for _, c := range conns {
		c.(*net.TCPConn).SetLinger(0) // no TIME_WAIT
		c.Close()
	}
	if got := held(); got != 0 {
		t.Errorf("Held() = %d after they were reset, want 0", got)
	}
}
