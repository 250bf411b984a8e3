package main

import (
	"testing"
)

// A close with an answer unread is an abort (RFC 2525, 2.17): RST instead of
// FIN, and no TIME_WAIT, although close(2) says that all is well.
func TestACloseWithUnreadDataIsAReset(t *testing.T) {
	tests := []struct {
		name string
		args []string
		more bool // comes after the first segment
	}{
		{"one byte", []string{"--response-size=1"}, false},
		{"more than the receive buffer", []string{"--response-size=1048576", "-n=500"}, true},
		{"http", []string{"--server=http"}, false},
		{"IPv6", []string{"--ip=6"}, false},
		{"two destinations and threads", []string{"--destinations=2", "--threads=2"}, false},
		{"an open loop", []string{"--rate=2000"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := measure(t, append([]string{narrow, "-n=3000", "--close=unread"}, tt.args...)...)
			n := r.Options.Count
			if r.Totals.Succeeded != n || r.Totals.Requests != 0 || r.Environment.Engine != "epoll" {
				t.Errorf("engine %s: %d of %d connections succeeded with %d whole answers, want all with none; "+
					"errors %v", r.Environment.Engine, r.Totals.Succeeded, n, r.Totals.Requests, r.Totals.Errors)
			}
			for name, want := range map[string]int64{"TcpExtTCPAbortOnClose": n, "TcpExtTW": 0} {
				if got := r.Kernel.Client[name]; got != want {
					t.Errorf("client %s = %d, want %d", name, got, want)
				}
			}
			// What is still on its way is answered with RST too.
			if got := r.Kernel.Client["TcpOutRsts"]; got != n && !(tt.more && got > n) {
				t.Errorf("client TcpOutRsts = %d, want %d", got, n)
			}
			if r.Latency.FirstByte == nil || r.Latency.FirstByte.Count != n {
				t.Errorf("first bytes = %+v, want %d", r.Latency.FirstByte, n)
			}
			checkCounts(t, r)
		})
	}
}

// O_NONBLOCK does not keep close(2) from lingering: tcp_close does not look at it.
func TestALingerTimeBlocksBothKindsOfSocket(t *testing.T) {
	if testing.Short() {
		t.Skip("timed; the full suite runs it")
	}
	t.Parallel()
	for _, engine := range engines(t) {
		for _, blocking := range []string{"false", "true"} {
			t.Run(engine+", blocking "+blocking, func(t *testing.T) {
				t.Parallel()
				// No request arrives, so that every close waits for its acknowledgement
				// as long as it may.
				r := measure(t, "-c=3", "--link=drop data from client", "--engine="+engine, "--linger=2s",
					"--blocking-close="+blocking, "-z=4s", "--timeout=1s", "--response-size=0")
				if r.Latency.Close == nil || r.Latency.Close.MinUS < 1.9e6 || r.Latency.Close.MaxUS > 4e6 {
					t.Errorf("closes = %+v, want about 2 s each", r.Latency.Close)
				}
			})
		}
	}
}
