package cell

import (
	"strings"
	"testing"

	"tcpbench/scenario"
)

// programs are labs whose server is nginx, and whose proxy is haproxy.
func programs() (server, proxy Spec) {
	server.Server.Program = scenario.Program{Command: []string{"nginx"}, Addresses: []string{"http://{server}:8080/"}}
	proxy.Proxy = scenario.Program{Command: []string{"haproxy"}, Addresses: []string{"tcp://{proxy}:8080"}}
	return server, proxy
}

func TestOnlyTheLabsOwnServerCanStayOpen(t *testing.T) {
	server, proxy := programs()
	tests := []struct {
		name string
		spec Spec
		want string // part of the error
	}{
		{"a program", server, "server-close: nginx decides by itself when it closes"},
		{"a proxy", proxy, "server-close: the client's FIN is for the proxy"},
		{"a target", Spec{Targets: []string{"tcp://127.0.0.1:1"}},
			"server-close: a target decides by itself when it closes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.spec.Workload = workloadWith(t, "server-close=never")
			if err := tt.spec.Validate(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Validate() = %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestOnlyAnEmbeddedServerThatTheClientMeetsClosesAfterItsAnswer(t *testing.T) {
	server, proxy := programs()
	tests := []struct {
		name string
		spec Spec
		want string // part of the error
	}{
		{"a program", server, "server-close: nginx decides by itself when it closes"},
		{"a proxy", proxy, "server-close: the client's answers come from the proxy"},
		{"a target", Spec{Targets: []string{"tcp://127.0.0.1:1"}},
			"server-close: a target decides by itself when it closes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.spec.Workload = workloadWith(t, "server-close=answer")
			if err := tt.spec.Validate(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Validate() = %v, want an error with %q", err, tt.want)
			}
		})
	}
}

// Each pair of addresses and ports can leave an end on the server.
func TestAServerThatStaysOpenNeedsAFileForEachPort(t *testing.T) {
	tests := []struct {
		options []string
		want    uint64
	}{
		{[]string{"concurrency=10"}, 74},
		{[]string{"concurrency=10", "server-close=never"}, 74 + 28232},
		{[]string{"concurrency=10", "server-close=never", "sysctl.net.ipv4.ip_local_port_range=40000 40199",
			"destinations=2",
			"source=3"}, 74 + 1200},
		{[]string{"concurrency=10", "server-close=never", "count=100"}, 174},
	}
	for _, tt := range tests {
		if got := serverFiles(Spec{Workload: workloadWith(t, tt.options...)}); got != tt.want {
			t.Errorf("serverFiles(%v) = %d, want %d", tt.options, got, tt.want)
		}
	}
}
