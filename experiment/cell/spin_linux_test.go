package cell

import (
	"fmt"
	"testing"

	"tcpbench/internal/machine"
	"tcpbench/scenario"
)

func TestHaveRoom(t *testing.T) {
	tests := []struct {
		name                 string
		client, others, cpus int
		want                 bool
	}{
		{"one thread each on two", 1, 1, 2, true},
		{"both on one", 1, 1, 1, false},
		{"two threads of the client on two", 2, 1, 2, false},
		{"two threads of the client on three", 2, 1, 3, true},
		{"two threads of the server on two", 1, 2, 2, false},
		{"two threads each on four", 2, 2, 4, true},
		{"a number that is not known", 1, -1, 64, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := haveRoom(tt.client, tt.others, tt.cpus); got != tt.want {
				t.Errorf("haveRoom(%d, %d, %d) = %t, want %t", tt.client, tt.others, tt.cpus, got, tt.want)
			}
		})
	}
}

// Where a server may spin it depends on what else there is, and on this host.
func TestAServerSpinsWhereItAndTheClientAreAlone(t *testing.T) {
	server, proxy := programs()
	http := Spec{}
	http.Server.Protocol = scenario.ServerHTTP
	https := Spec{}
	https.Server.Protocol = scenario.ServerHTTPS
	two := machine.CPUs() >= 2
	tests := []struct {
		name    string
		spec    Spec
		link    *peer
		options []string
		want    bool
	}{
		{"echo", Spec{}, nil, nil, two},
		{"http, held connections", http, nil, []string{"mode=keepalive"}, two},
		{"loopback", Spec{}, nil, []string{"link=loopback"}, two},
		{"as many threads of the client as processors", Spec{}, nil, []string{fmt.Sprint("threads=", machine.CPUs())},
			false},
		{"as many of the server", Spec{}, nil, []string{fmt.Sprint("server-threads=", machine.CPUs())}, false},
		{"a client that runs on all of Go's threads", http, nil, []string{"engine=nethttp"}, false},
		{"https, whose client is such a one", https, nil, nil, false},
		{"a proxy in between", proxy, nil, nil, false},
		{"another server", server, nil, nil, false},
		{"a link that is a program", Spec{}, &peer{}, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.spec.Workload = workloadWith(t, tt.options...)
			p := &Place{speaks: tt.spec.Server.Speaks(), link: tt.link}
			if got := p.spins(tt.spec); got != tt.want {
				t.Errorf("spins() = %t, want %t", got, tt.want)
			}
		})
	}
}
