package main

import (
	"testing"

	"tcpbench/results"
)

// measureHTTP runs against a server in the lab that speaks a protocol.
func measureHTTP(t *testing.T, server string, args ...string) *results.Run {
	t.Helper()
	return measure(t, append([]string{"--server=" + server}, args...)...)
}

// goRuns is how often a Go client may miss the count by some: its goroutines
// begin connections in no fixed order, and on a busy machine one source or
// destination can be out of ports before the others have had their last.
const goRuns = 4

// measureGo runs until ports run out after that many connections.
func measureGo(t *testing.T, after int64, args ...string) *results.Run {
	t.Helper()
	var r *results.Run
	for range goRuns {
		r = measureHTTP(t, "http", append([]string{narrow, "--until=exhausted", "--engine=nethttp"}, args...)...)
		if ex := r.Exhaustion; ex.AfterConnections != nil && *ex.AfterConnections == after {
			break
		}
	}
	return r
}

func TestAGoClientRunsOutOfPortsAsTheLawSays(t *testing.T) {
	tests := []struct {
		name  string
		args  []string
		after int64
	}{
		{"a connection for each request", nil, 1000},
		{"one in flight", []string{"-c=1"}, 1000},
		{"two destinations", []string{"--destinations=2"}, 2000},
		{"two sources", []string{"--source=2"}, 2000},
		{"ports of its own", []string{"--source-ports=40100-40299"}, 200},
		{"IPv6", []string{"--ip=6"}, 1000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := measureGo(t, tt.after, tt.args...)
			ex := r.Exhaustion
			if !ex.Exhausted || ex.Errno != "EADDRNOTAVAIL" || ex.Call != "connect" ||
				*ex.AfterConnections != tt.after {
				t.Fatalf("exhaustion = %+v, want connect: EADDRNOTAVAIL after %d", ex, tt.after)
			}
			checkCounts(t, r)
			if tw := r.Kernel.Client["TcpExtTW"]; tw != tt.after || r.Totals.Requests != tt.after {
				t.Errorf("client TcpExtTW = %d, requests = %d, want %d", tw, r.Totals.Requests, tt.after)
			}
			// Each failure that a Go program sees was three of the kernel's.
			if d := r.Dialer; d.Retried != 2*r.Totals.Failed || d.Dials != r.Totals.Attempted ||
				warning(r, "dialer-retried") == "" {
				t.Errorf("dialer = %+v for %d failures of %d, want two retries for each, and a warning", d,
					r.Totals.Failed, r.Totals.Attempted)
			}
			if d := r.Delivery; d == nil || d.LostBytes != 0 {
				t.Errorf("delivery = %+v, want nothing lost", d)
			}
		})
	}
}

func TestAGoClientWithASourceThatReservesPorts(t *testing.T) {
	r := measureGo(t, 2000, "--source=2", "--bind-no-port=false")
	if ex := r.Exhaustion; !ex.Exhausted || ex.Call+": "+ex.Errno != inUse || *ex.AfterConnections != 2000 {
		t.Errorf("exhaustion = %+v, want %s after 2000", ex, inUse)
	}
	if r.Dialer.Retried != 0 {
		t.Errorf("retried = %d, want 0: Go tries again after EADDRNOTAVAIL only", r.Dialer.Retried)
	}
}

func TestAGoClientThatClosesWithRSTDoesNotRunOut(t *testing.T) {
	r := measureHTTP(t, "http", narrow, "--until=exhausted", "--steady=0", "--engine=nethttp", "--linger=0",
		"-n=5000", "-z=60s")
	if r.Exhaustion.Exhausted || r.Totals.Succeeded != 5000 || r.Kernel.Client["TcpExtTW"] != 0 ||
		r.Kernel.Client["TcpOutRsts"] != 5000 {
		t.Errorf("exhausted %v, succeeded %d, counters %v, want 5000 resets and no TIME_WAIT", r.Exhaustion.Exhausted,
			r.Totals.Succeeded, r.Kernel.Client)
	}
	checkCounts(t, r)
}

func TestAutoTakesNetHTTPForHTTPS(t *testing.T) {
	r := measureHTTP(t, "https", "--insecure", "-n=100")
	if r.Environment.Engine != "nethttp" || r.Totals.Requests != 100 || r.Latency.TLS == nil ||
		r.Latency.TLS.Count != 100 || r.Totals.Protocols["HTTP/1"] != 100 {
		t.Errorf("engine %s, %d requests, TLS %v, protocols %v, want nethttp and 100 of each", r.Environment.Engine,
			r.Totals.Requests, r.Latency.TLS, r.Totals.Protocols)
	}
	r = measureHTTP(t, "https", "--insecure", "-n=100", "--mode=keepalive", "-c=10")
	if r.Totals.Protocols["HTTP/2"] != 100 || warning(r, "http2") == "" {
		t.Errorf("protocols = %v, warnings %v, want 100 by HTTP/2 and a warning", r.Totals.Protocols, r.Warnings)
	}
}

func TestHeyInALab(t *testing.T) {
	r := measureHTTP(t, "http", "--engine=hey", "--mode=keepalive", "-c=20", "-n=1000")
	if r.Environment.Engine != "hey" || r.Totals.Requests != 1000 || r.Options.Count != 1000 ||
		r.Totals.Status["200"] != 1000 || r.Totals.Failed != 0 {
		t.Errorf("engine %s, totals %+v, count %d, want hey with 1000", r.Environment.Engine, r.Totals, r.Options.Count)
	}
	if r.Latency.Service.Count != 1000 || r.Latency.Response != nil || r.Latency.Request.Count != 1000 ||
		r.Latency.Close != nil || r.Keepalive != nil || r.Dialer != nil || r.Totals.BytesSent != 0 {
		t.Errorf("latency = %+v, keepalive %v, dialer %v, want what hey does not measure absent", r.Latency,
			r.Keepalive, r.Dialer)
	}
	if n := len(r.Intervals); n != 1 {
		t.Errorf("intervals = %d, want 1: hey reports at its end", n)
	}
	if got, want := r.Kernel.Client["TcpActiveOpens"], r.Totals.Obtained; got != want {
		t.Errorf("client TcpActiveOpens = %d, want %d", got, want)
	}
}

func TestHeyRunsForADuration(t *testing.T) {
	r := measureHTTP(t, "http", "--engine=hey", "--close=server", "-c=20", "-z=300ms")
	if r.Totals.Requests == 0 || r.Totals.Failed != 0 || r.Totals.Succeeded != r.Totals.Requests || r.DurationS < 0.3 ||
		r.DurationS > 5 {
		t.Errorf("totals = %+v in %.2f s, want a connection for each request in 0.3 s", r.Totals, r.DurationS)
	}
}

func TestHeyRunsOutOfPorts(t *testing.T) {
	// Its pool keeps all of its connections, so there must be more in flight
	// than ports.
	r := measureHTTP(t, "http", "--sysctl=net.ipv4.ip_local_port_range=40000 40099", "--until=exhausted",
		"--engine=hey", "--mode=keepalive", "-c=200", "-z=5s")
	ex := r.Exhaustion
	if !ex.Exhausted || ex.Call+": "+ex.Errno != noAddress || *ex.AfterConnections != 100 {
		t.Errorf("exhaustion = %+v, want %s after 100", ex, noAddress)
	}
}
