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

// The lab's own server stays open, or closes after its answer; whether another does is not tcpbench's to say.
func TestOnlyTheLabsOwnServerThatTheClientMeetsTakesAServerClose(t *testing.T) {
	server, proxy := programs()
	target := Spec{Targets: []string{"tcp://127.0.0.1:1"}}
	tests := []struct {
		name, option string
		spec         Spec
		want         string // part of the error
	}{
		{"a program stays open", "never", server, "nginx decides by itself when it closes"},
		{"a proxy stays open", "never", proxy, "the client's FIN is for the proxy"},
		{"a target stays open", "never", target, "a target decides by itself when it closes"},
		{"a program closes after its answer", "answer", server, "nginx decides by itself when it closes"},
		{"a proxy closes after its answer", "answer", proxy, "the client's answers come from the proxy"},
		{"a program does not answer", "unread", server, "nginx decides by itself when it closes"},
		{"a proxy's server does not answer", "unanswered", proxy, "it is the proxy that the client meets"},
		{"a target does not answer", "unread", target, "a target decides by itself when it closes"},
		{"a server of https does not answer", "unanswered", Spec{Programs: scenario.Programs{Server: scenario.Server{
			Protocol: scenario.ServerHTTPS}}}, "https decides by itself when it closes; use the embedded server, echo"},
		{"a target closes after its answer", "answer", target, "a target decides by itself when it closes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.spec.Workload = workloadWith(t, "server-close="+tt.option)
			err := tt.spec.Validate()
			if want := "server-close: " + tt.want; err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("Validate() = %v, want an error with %q", err, want)
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
		if got := serverFiles(Spec{Workload: workloadWith(t, tt.options...)}); got != whole(tt.want) {
			t.Errorf("serverFiles(%v) = %+v, want %d", tt.options, got, tt.want)
		}
	}
}
