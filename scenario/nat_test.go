package scenario

import (
	"strings"
	"testing"
)

func TestANATThatCannotBeIsRefused(t *testing.T) {
	tests := []struct {
		name string
		set  map[string]string
		want string // "" for none
	}{
		{"a range", map[string]string{"nat": "20000-20063"}, ""},
		{"one port", map[string]string{"nat": "20000-20000"}, "nat: 20000-20000 is one port"},
		{"no port", map[string]string{"nat": "0-63"}, "nat: port 0 is outside 1 to 65535"},
		{"a number of ports", map[string]string{"nat": "64"}, `nat: "64" is not a range such as 40000-40999`},
		{"backwards", map[string]string{"nat": "2-1"}, "nat: 2-1 runs backwards"},
		{"clients without a NAT", map[string]string{"nat-clients": "2"}, "nat-clients: the lab has no NAT"},
		{"addresses without a NAT", map[string]string{"nat-addresses": "2"}, "nat-addresses: the lab has no NAT"},
		{"a spread without a NAT", map[string]string{"nat-spread": "turn"}, "nat-spread: the lab has no NAT"},
		{"flags without a NAT", map[string]string{"nat-flags": "random"}, "nat-flags: the lab has no NAT"},
		{"a sysctl without a NAT", map[string]string{"nat-sysctl.net.ipv4.ip_forward": "0"},
			"nat-sysctl: the lab has no NAT"},
		{"more clients than addresses", map[string]string{"nat": "1-9", "nat-clients": "3", "source": "2"},
			"nat-clients: 3 hosts need an address each, and --source gives 2"},
		{"as many clients as addresses", map[string]string{"nat": "1-9", "nat-clients": "3", "source": "3"}, ""},
		{"more clients than ports", map[string]string{"nat": "1-2", "nat-clients": "5", "nat-addresses": "2"},
			"nat-clients: 5 hosts need a port each, and the NAT has 4 for all of them"},
		{"as many clients as ports", map[string]string{"nat": "1-2", "nat-clients": "4", "nat-addresses": "2"}, ""},
		{"clients with rules on a link", map[string]string{"nat": "1-9", "nat-clients": "2", "link": "drop fin"},
			"nat-clients: each host has a link of its own, and drop fin is of one"},
		{"one client with rules on its link", map[string]string{"nat": "1-9", "link": "drop fin"}, ""},
		{"a spread over one address", map[string]string{"nat": "1-9", "nat-spread": "turn"},
			"nat-spread: the NAT has one address"},
		{"persistent in turn", map[string]string{"nat": "1-9", "nat-spread": "turn", "nat-addresses": "2",
			"nat-flags": "persistent"}, "nat-flags: persistent gives a client one address"},
		{"a hold without a NAT", map[string]string{"nat-hold": "1s"}, "nat-hold: the lab has no NAT"},
		{"a hold in part of a second", map[string]string{"nat": "1-9", "nat-hold": "1500ms"},
			"nat-hold: 1.5s is not whole seconds"},
		{"an unknown flag", map[string]string{"nat-flags": "fullyrandom"}, "nat-flags: "},
		{"no clients", map[string]string{"nat-clients": "0"}, "nat-clients: "},
		{"a loopback", map[string]string{"nat": "1-9", "link": "loopback"}, "nat: with a NAT there are three hosts"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := DefaultWorkload()
			var err error
			for name, value := range tt.set {
				if e := w.Set(name, value); e != nil {
					err = e
				}
			}
			if err == nil {
				err = w.Validate()
			}
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v: %v, want %q", tt.set, err, tt.want)
			}
		})
	}
}

func TestEachClientBehindANATHasAnAddress(t *testing.T) {
	w := DefaultWorkload()
	w.NAT.Clients = 3
	if got := w.From().Len(); got != 3 {
		t.Errorf("From() has %d addresses, want one of each of 3 clients", got)
	}
	w.Source.Count = 5
	if got := w.From().Len(); got != 5 {
		t.Errorf("From() has %d addresses, want the 5 that were asked for", got)
	}
}
