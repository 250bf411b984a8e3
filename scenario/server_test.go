package scenario

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestServerTargets(t *testing.T) {
	v4, v6 := netip.MustParseAddr("198.19.0.1"), netip.MustParseAddr("2001:2:0:2::1")
	tests := []struct {
		name   string
		server Server
		addr   netip.Addr
		ports  int
		want   []string
	}{
		{"the default is echo", Server{}, v4, 1, []string{"tcp://198.19.0.1:7000"}},
		{"several ports", Server{Protocol: ServerEcho}, v6, 2,
			[]string{"tcp://[2001:2:0:2::1]:7000", "tcp://[2001:2:0:2::1]:7001"}},
		{"http has a path", Server{Protocol: ServerHTTP}, v4, 1, []string{"http://198.19.0.1:7000/"}},
		{"a command's own address", Server{Program: Program{Command: []string{"nginx"},
			Addresses: []string{"https://{server}/x"}}}, v6, 1, []string{"https://[2001:2:0:2::1]/x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			targets, err := tt.server.Targets(tt.addr, 7000, tt.ports)
			var got []string
			for _, target := range targets {
				got = append(got, target.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("%+v.Targets(%s) = %v (-want +got):\n%s", tt.server, tt.addr, err, diff)
			}
		})
	}
}
