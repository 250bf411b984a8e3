package main

import (
	"strings"
	"testing"

	"tcpbench/law/exhaustion"
)

// Connections of 240 ms, seven at a time, make 29 a second, however much of the
// last ones lies after the end: the more so the slower the machine, which the
// lower bound leaves room for.
func TestARateIsOverTheTimeThatConnectionsTook(t *testing.T) {
	if !linkWithRules(t) {
		return
	}
	tests := []struct {
		name string
		args []string
	}{
		{"epoll", []string{"--engine=epoll"}},
		{"io_uring", []string{"--engine=io_uring"}},
		{"net/http", []string{"--engine=nethttp", "--server=http"}},
		{"hey", []string{"--engine=hey", "--server=http", "--close=server"}},
		{"more offered than these connections can do", []string{"--engine=epoll", "--rate=500"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := measure(t, append(tt.args, "--link=delay 60ms", "-c=7", "-z=400ms")...)
			if got := r.Rates.ConnectionsPerSecond; got > 7/0.24 || got < 15 {
				t.Errorf("%d connections at %v/s, want 7 in 240 ms: at most 29.2/s", r.Totals.Succeeded, got)
			}
		})
	}
}

// Where an open loop keeps to its plan, that is its rate, whatever a connection takes.
func TestTheRateOfAPlanThatWasKept(t *testing.T) {
	if !linkWithRules(t) {
		return
	}
	for _, end := range []string{"-z=800ms", "-n=64"} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			r := measure(t, "--link=delay 60ms", "-c=200", "--rate=80", end)
			if got := r.Rates.ConnectionsPerSecond; r.Totals.Succeeded == 64 && (got < 79.9 || got > 80.1) {
				t.Errorf("64 connections at %v/s, want 80/s, as planned", got)
			}
		})
	}
}

// Numbers, times and ports of a run are all on one clock: that of what is counted.
func TestAfterAWarmUpEverythingCountsFromItsEnd(t *testing.T) {
	r := measure(t, "--warmup=400ms", "--rate=500", "-z=600ms", "--interval=100ms", "--engine=epoll")
	cost := r.ConnectCost
	// The last connect returns when the run has ended, or as much later as it took.
	last := r.DurationS + r.DrainS + r.Latency.Connect.MaxUS/1e6
	if n := len(cost); n == 0 || cost[n-1].AfterConnections != r.Totals.Attempted || cost[n-1].AtSeconds > last {
		t.Fatalf("connect_cost = %v, want it to end with connection %d within the run, %v s", cost, r.Totals.Attempted,
			last)
	}
	if cost[0].AtSeconds < 0 || cost[0].AfterConnections > 10 {
		t.Errorf("connect_cost begins with %+v, want the first connections", cost[0])
	}
	samples := r.Samples()
	if len(samples) == 0 || r.PortsAtStart == nil {
		t.Fatalf("Samples() = %v, ports_at_start %v, want both", samples, r.PortsAtStart)
	}
	// Each closed connection keeps its port: in use are the warm-up's and those since.
	for _, s := range samples {
		warm := int64(s.InUse) - s.Connections
		if off := warm - int64(*r.PortsAtStart); off < -50 || off > 50 {
			t.Errorf("%d ports in use after %d connections, want some %d more", s.InUse, s.Connections, *r.PortsAtStart)
		}
	}
}

func TestALinkCutAfterTheWarmUpIsNamed(t *testing.T) {
	r := measure(t, "--warmup=700ms", "-z=600ms", "--cut-link=1s", "--timeout=200ms", "-c=5")
	if got, ok := r.CutAtS(); !ok || got < 0.29 || got > 0.31 {
		t.Errorf("CutAtS() = %v, %t, want 0.3: 1 s after the start, 0.3 s after the warm-up", got, ok)
	}
	if want := "the link was cut at 1 s"; !strings.Contains(r.Verdict.Headline, want) {
		t.Errorf("headline = %q, want %q in it", r.Verdict.Headline, want)
	}
}

func TestALinkThatDelaysIsTheLimit(t *testing.T) {
	if !linkWithRules(t) {
		return
	}
	r := measure(t, "--link=delay 35ms", "-c=6", "-z=600ms")
	if r.Limit == nil || r.Limit.What != exhaustion.ByLink || !strings.Contains(r.Limit.Evidence, "140 ms") {
		t.Errorf("limit = %+v, want the link, by its 35 ms for SYN, SYN-ACK, request and answer", r.Limit)
	}
}
