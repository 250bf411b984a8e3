package capacity

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// one is a NAT of so many ports, with one of each.
func one(ports int) NAT { return NAT{Ports: ports, Addresses: 1, Clients: 1, Destinations: 1} }

func TestPredictNAT(t *testing.T) {
	with := func(n NAT, change func(*NAT)) NAT { change(&n); return n }
	tests := []struct {
		name        string
		nat         NAT
		least, most int64
		safe, cps   float64
	}{
		{"64 ports", one(64), 64, 64, 0, 0},
		{"as many as one search looks at", one(128), 128, 128, 0, 0},
		{"more, of which some are passed over", one(1000), 850, 1000, 0, 0},
		{"two destinations", with(one(64), func(n *NAT) { n.Destinations = 2 }), 128, 128, 0, 0},
		{"two clients share them", with(one(64), func(n *NAT) { n.Clients = 2 }), 64, 64, 0, 0},
		{"two addresses by a hash, one client", with(one(64), func(n *NAT) { n.Addresses = 2 }), 64, 64, 0, 0},
		{"two addresses by a hash, ten clients", with(one(64), func(n *NAT) { n.Addresses, n.Clients = 2, 10 }), 64,
			128, 0, 0},
		{"two addresses in turn", with(one(64), func(n *NAT) { n.Addresses, n.InTurn = 2, true }), 128, 128, 0, 0},
		{"a hold of 10 s", with(one(64), func(n *NAT) { n.Hold = 10 * time.Second }), 64, 64, 6.4, 6.4},
	}
	for _, tt := range tests {
		p := PredictNAT(tt.nat)
		if p.ConnectionsAtLeast != tt.least || p.ConnectionsUntilExhaustion != tt.most || p.SafeCPS != tt.safe ||
			p.SustainableCPS != tt.cps {
			t.Errorf("%s: PredictNAT = %d to %d, %v to %v/s, want %d to %d, %v to %v/s", tt.name, p.ConnectionsAtLeast,
				p.ConnectionsUntilExhaustion, p.SafeCPS, p.SustainableCPS, tt.least, tt.most, tt.safe, tt.cps)
		}
	}
}

func TestNATRemediesAreThoseThatHelp(t *testing.T) {
	range2 := one(64)
	range2.Addresses = 2
	whole := one(Widest().Len())
	tests := []struct {
		name string
		nat  NAT
		held map[string]int
		want []string // the beginnings of the first ones
		not  string
	}{
		{"open connections", one(64), map[string]int{"ESTABLISHED": 64}, []string{"give the NAT the ports 1024-65535",
			"give the NAT 2 addresses"}, "close every connection at both ends"},
		{"half closed ones", one(64), map[string]int{"FIN_WAIT": 60, "ESTABLISHED": 4},
			[]string{"close every connection at both ends"}, "find out why the server"},
		{"unanswered ones", one(64), map[string]int{"SYN_SENT": 64},
			[]string{"find out why the server does not answer"}, "close every connection at both ends"},
		{"a range of addresses", range2, nil,
			[]string{"give the NAT the ports", "take the NAT's addresses in turn"}, ""},
		{"all ports there are", whole, nil, []string{"give the NAT 2 addresses"}, "give the NAT the ports"},
	}
	for _, tt := range tests {
		all := NATRemedies(tt.nat, tt.held)
		for i, want := range tt.want {
			if !strings.HasPrefix(all[i].Change, want) {
				t.Errorf("%s: remedy %d = %q, want %q", tt.name, i+1, all[i].Change, want)
			}
		}
		useless := func(r Remedy) bool { return tt.not != "" && strings.HasPrefix(r.Change, tt.not) }
		if slices.ContainsFunc(all, useless) {
			t.Errorf("%s: a remedy is %q, which is of no use", tt.name, tt.not)
		}
		for _, r := range all {
			if r.Price == "" || r.Host == "" || r.Connections == 0 {
				t.Errorf("%s: %+v lacks a price, a host or what it gives", tt.name, r)
			}
		}
	}
	if got := NATRemedies(range2, nil)[1].Connections; got != 128 {
		t.Errorf("addresses in turn give %d connections, want 128", got)
	}
}

func TestEvictsSinceLinux65(t *testing.T) {
	for kernel, want := range map[string]bool{"Linux 6.4.9": false, "Linux 6.5.0": true, "Linux 7.0": true,
		"Linux 5.15.0": false, "": false} {
		if got := Evicts(kernel); got != want {
			t.Errorf("Evicts(%q) = %t, want %t", kernel, got, want)
		}
	}
}
