package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tcpbench/law/lawtest"
)

// The model that the law is held against is held against the kernel: both play the
// same setups, and as many connections find a port. How timers end decides nothing
// that takes a second.
func TestTheModelIsTheKernels(t *testing.T) {
	local := func(lo, hi int) map[string]string {
		return map[string]string{"ip_local_port_range": fmt.Sprintf("%d %d", lo, hi)}
	}
	tests := []struct {
		name  string
		setup lawtest.Setup
		args  []string
	}{
		{"an odd range of a socket's own",
			lawtest.Setup{Sysctls: local(41000, 41400), SourcePorts: [2]int{41010, 41046}},
			[]string{"--source-ports=41010-41046"}},
		{"three destinations, an odd range, both ends reserved", lawtest.Setup{Destinations: 3,
			Sysctls: map[string]string{"ip_local_port_range": "41000 41030",
				"ip_local_reserved_ports": "41000-41001,41030"}}, []string{"--destinations=3"}},
		{"a source that takes the port for all destinations",
			lawtest.Setup{Sysctls: local(41000, 41053), Source: 2, Destinations: 2},
			[]string{"--source=2", "--destinations=2", "--bind-no-port=false"}},
		{"few buckets, which one destination may have alone", lawtest.Setup{Sysctls: map[string]string{
			"ip_local_port_range": "41000 41000", "tcp_max_tw_buckets": "1"}, Destinations: 3, Concurrency: 1},
			[]string{"--destinations=3", "-c=1"}},
		{"a server that keeps its end open", lawtest.Setup{ServerClose: "never", Sysctls: map[string]string{
			"ip_local_port_range": "41000 41059", "tcp_fin_timeout": "3"}},
			[]string{"--server-close=never"}},
		{"tcp_tw_reuse, 60 ports, at most 1 s each", lawtest.Setup{Sysctls: map[string]string{
			"ip_local_port_range": "41000 41059", "tcp_tw_reuse": "1", "tcp_tw_reuse_delay": "1000"}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := tt.setup
			s.HZ, s.Close, s.Timeout = 250, "client", 5*time.Second
			s.Destinations, s.Concurrency = max(s.Destinations, 1), max(s.Concurrency, 5)
			if s.ServerClose == "" {
				s.ServerClose = "eof"
			}
			args := []string{"--until=exhausted", "-z=3s", "--steady=0"}
			if s.Concurrency == 5 {
				args = append(args, "-c=5")
			}
			for name, value := range s.Sysctls {
				args = append(args, fmt.Sprintf("--sysctl=net.ipv4.%s=%s", name, value))
			}
			h := lawtest.Play(s, lawtest.Load{Cost: 10 * time.Microsecond, For: 3 * time.Second})
			r := measure(t, append(args, tt.args...)...)
			if h.Failed == nil {
				t.Fatalf("the model opens %d connections and never runs out", h.Began)
			}
			if e := r.Exhaustion; !e.Exhausted || *e.AfterConnections != int64(h.Began) || e.Call != h.Failed.Call {
				t.Errorf("tcpbench run %s\n%s\nwant %d connections until %s fails, as in the model",
					strings.Join(append(args, tt.args...), " "), r.Verdict.Headline, h.Began, h.Failed.Call)
			}
		})
	}
}
