package lab

import (
	"testing"

	"tcpbench/scenario"
)

func TestClientAddrs(t *testing.T) {
	addrs := ClientAddrs(300)
	v4, v6 := OfFamily(addrs, scenario.IPv4), OfFamily(addrs, scenario.IPv6)
	if len(v4) != 300 || len(v6) != 300 {
		t.Fatalf("ClientAddrs(300) has %d IPv4 and %d IPv6 addresses, want 300 of each", len(v4), len(v6))
	}
	seen := map[string]bool{}
	for _, a := range append(addrs, ServerAddrs()...) {
		if seen[a.String()] {
			t.Errorf("%s is there twice", a)
		}
		seen[a.String()] = true
	}
	if got := len(OfFamily(ClientAddrs(0), scenario.IPv4)); got != 1 {
		t.Errorf("ClientAddrs(0) has %d IPv4 addresses, want 1", got)
	}
}
