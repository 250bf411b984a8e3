package main

import (
	"strings"
	"testing"
)

// What careless Go programs do: Body.Close without reading costs a connection
// for each answer, of whatever size (Go 1.26: earlyCloseFn in
// persistConn.readLoop drains nothing). Where some of the answer had arrived
// and was not read, the kernel sends RST instead of FIN; 64 B are in the
// Transport's buffer by then.
func TestAGoClientThatDoesNotReadBodiesReconnects(t *testing.T) {
	for _, size := range []string{"64", "65536", "1048576"} {
		for _, read := range []bool{true, false} {
			t.Run(size+" bytes, read "+map[bool]string{true: "true", false: "false"}[read], func(t *testing.T) {
				t.Parallel()
				args := []string{"--engine=nethttp", "--mode=keepalive", "-c=1", "-n=200", "-z=60s",
					"--response-size=" + size}
				want := int64(1)
				if !read {
					args, want = append(args, "--read-body=false"), 200
				}
				r := measureHTTP(t, "http", args...)
				if r.Totals.Attempted != want || r.Totals.Succeeded != want || r.Totals.Requests != 200 {
					t.Errorf("%d connections, %d of them succeeded, for %d requests, want %d for 200; errors %v",
						r.Totals.Attempted, r.Totals.Succeeded, r.Totals.Requests, want, r.Totals.Errors)
				}
				if got := warning(r, "unread-bodies"); (got == "") != read {
					t.Errorf("unread-bodies = %q, want a warning where bodies are not read", got)
				}
				aborts, waits := r.Kernel.Client["TcpExtTCPAbortOnClose"], r.Kernel.Client["TcpExtTW"]
				t.Logf("%s bytes, read %t: %d connections, %d closed with unread data, %d TIME_WAITs, %d bytes read",
					size, read, want, aborts, waits, r.Totals.BytesReceived)
				if aborts+waits != want || size == "64" && aborts != 0 {
					t.Errorf("%d TIME_WAITs, %d closed with unread data, want %d together", waits, aborts, want)
				}
			})
		}
	}
}

// A server may answer before it has read a body: nginx does with 413.
func TestAnAnswerBeforeTheBodyIsSentCounts(t *testing.T) {
	for _, engine := range []string{"auto", "nethttp"} {
		for _, lingering := range []string{"off", "on", "always"} {
			t.Run(engine+", lingering_close "+lingering, func(t *testing.T) {
				t.Parallel()
				// Every answer is an error, so the run fails.
				r := measureTo(t, 1, "--engine="+engine, "-n=50", "-c=4", "-z=60s", "--method=POST",
					"--body-size=4000000",
					"--server-cmd="+nginx(t, "client_max_body_size 1k; "+
						"lingering_close "+lingering+";"), "http://{server}:8080/")
				early, lost := *r.Totals.EarlyAnswers, int64(0)
				for name, n := range r.Totals.Errors {
					if !strings.HasPrefix(name, "send: ") && name != "recv: ECONNRESET" {
						t.Errorf("errors = %v, want resets alone", r.Totals.Errors)
					}
					lost += n
				}
				if n := r.Totals.Status["413"]; n+lost != 50 || early == 0 || early > n {
					t.Errorf("%d answers with 413, %d early, errors %v, want 50 with the resets", n, early,
						r.Totals.Errors)
				}
				checkCounts(t, r)
			})
		}
	}
}

// The embedded server reads a body whole before it answers.
func TestALargeBodyArrivesWhole(t *testing.T) {
	for _, args := range [][]string{{"--mode=short"}, {"--mode=keepalive"}, {"--engine=nethttp"},
		{"--engine=nethttp", "--mode=keepalive"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			r := measureHTTP(t, "http", append(args, "-n=40", "-c=4", "-z=60s", "--body-size=3000000")...)
			if r.Totals.Requests != 40 || r.Totals.Failed != 0 || *r.Totals.EarlyAnswers != 0 ||
				r.Totals.BytesSent < 40*3_000_000 || !r.Agree() {
				t.Errorf("totals = %+v, %d early, delivery %+v, want 40 bodies of 3 MB to arrive", r.Totals,
					*r.Totals.EarlyAnswers, r.Delivery)
			}
		})
	}
}
