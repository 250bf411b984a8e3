package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tcpbench/results"
)

// What the client counted, the server and the kernels of both counted too.
func TestBothSidesAgree(t *testing.T) {
	tests := []struct {
		name    string
		args    []string
		closers string // "all" stands for the number of connections
	}{
		{"the client closes", nil, "client all, server 0"},
		{"the client closes with RST", []string{"--linger=0"}, "client all with RST, server 0"},
		{"the client sends FIN and reads to the end", []string{"--close=shutdown"}, "client all, server 0"},
		{"the server closes", []string{"--close=server"}, "client 0, server all"},
		{"the client's RST answers the server's FIN", []string{"--close=server", "--linger=0"}, "client 0, server all"},
		{"connections that carry ten requests", []string{"--mode=keepalive", "--requests-per-conn=10", "-n=5000",
			"-c=5"}, "client all, server 0"},
		{"HTTP", []string{"--server=http"}, "client all, server 0"},
		{"a planned rate", []string{"-r=2000"}, "client all, server 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := measure(t, append([]string{"-n=500", "-z=10s"}, tt.args...)...)
			if got := results.Delivered(r); !r.Agree() || r.Delivery.RequestsAnswered != r.Totals.Requests ||
				r.Totals.Requests == 0 {
				t.Errorf("both sides: %s, want them to agree on %d requests", got, r.Totals.Requests)
			}
			want := strings.ReplaceAll(tt.closers, "all", fmt.Sprint(r.Totals.Succeeded))
			if c, ok := r.Closers(); !ok || c.String() != want {
				t.Errorf("Closers() = %q, %t, want %q", c, ok, want)
			}
		})
	}
}

// A ramp is reported by the latency at each rate.
func TestIntervalsHaveTheLatencyOfRequests(t *testing.T) {
	t.Parallel()
	r := measure(t, "-z=1s", "--interval=200ms", "--linger=0", "-r=100..2000")
	some := slices.DeleteFunc(slices.Clone(r.Intervals),
		func(iv results.Interval) bool { return iv.RequestsPerSecond == 0 })
	if len(some) == 0 {
		t.Fatalf("none of %d intervals has a request", len(r.Intervals))
	}
	for _, iv := range some {
		if iv.RequestP50US == nil || iv.RequestP99US == nil || iv.ResponseP99US == nil {
			t.Fatalf("the interval to %v s has no latency of requests", iv.TS)
		}
		if *iv.RequestP50US > *iv.RequestP99US || *iv.ResponseP99US <= 0 {
			t.Errorf("the interval to %v s: request p50 %v us, p99 %v us, response p99 %v us", iv.TS, *iv.RequestP50US,
				*iv.RequestP99US, *iv.ResponseP99US)
		}
	}
	closed := measure(t, "-n=200")
	for _, iv := range closed.Intervals {
		if iv.ResponseP99US != nil {
			t.Errorf("a closed loop has a response time of %v us from a plan that it has not", *iv.ResponseP99US)
		}
	}
}

// Connections that are held have sent no request that could be lost.
func TestHeldConnectionsLoseNoRequests(t *testing.T) {
	t.Parallel()
	r := measure(t, "--mode=idle", "-c=20", "-z=2s") // a tenth of a second for each
	if d := r.Delivery; d == nil || d.LostConnections != 0 || results.Delivered(r) != "" {
		t.Errorf("delivery = %+v, want nothing sent and nothing lost", d)
	}
	const want = "Done: 20 connections held for 2 s, none lost."
	if r.Verdict.Headline != want {
		t.Errorf("headline = %q, want %q", r.Verdict.Headline, want)
	}
}
