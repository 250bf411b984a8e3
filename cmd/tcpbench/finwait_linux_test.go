package main

import (
	"strings"
	"testing"

	"tcpbench/results"
)

// An orphan in FIN_WAIT_2 is kept for tcp_fin_timeout (tcp_close has
// tcp_time_wait with TCP_FIN_WAIT2 and that time), where TIME_WAIT takes 60 s.
func TestFinTimeoutShortensFinWait2(t *testing.T) {
	if testing.Short() {
		t.Skip("timed; the full suite runs it")
	}
	tests := []struct {
		name     string
		args     []string
		from, to float64 // recovered after so many seconds
	}{
		{"2 s", []string{"--sysctl=net.ipv4.tcp_fin_timeout=2"}, 1.5, 3.5},
		{"0 s is 3.5 retransmission timeouts", []string{"--sysctl=net.ipv4.tcp_fin_timeout=0"}, 0.4, 1.5},
		{"4 s", []string{"--sysctl=net.ipv4.tcp_fin_timeout=4"}, 3.5, 6},
		{"62 s is twice 2 s", []string{"--sysctl=net.ipv4.tcp_fin_timeout=62"}, 3.5, 6},
		{"2 s, http", []string{"--sysctl=net.ipv4.tcp_fin_timeout=2", "--server=http"}, 1.5, 3.5},
		{"2 s, nethttp", []string{"--sysctl=net.ipv4.tcp_fin_timeout=2", "--server=http", "--engine=nethttp", "-c=1"},
			1.5, 3.5},
		{"2 s, IPv6", []string{"--sysctl=net.ipv4.tcp_fin_timeout=2", "--ip=6"}, 1.5, 3.5},
		{"tcp_tw_reuse is not for FIN_WAIT_2",
			[]string{"--sysctl=net.ipv4.tcp_fin_timeout=2", "--sysctl=net.ipv4.tcp_tw_reuse=1",
				"--sysctl=net.ipv4.tcp_tw_reuse_delay=1"}, 1.5, 3.5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := measure(t, append([]string{"--server-close=never", "--sysctl=net.ipv4.ip_local_port_range=40000 40199",
				"--until=exhausted", "--on-exhausted=recover", "-z=30s", "--interval=100ms"}, tt.args...)...)
			if ex := r.Exhaustion; ex.AfterConnections == nil || *ex.AfterConnections != 200 ||
				ex.Errno != "EADDRNOTAVAIL" {
				t.Fatalf("exhausted %s after %s with %s, want EADDRNOTAVAIL after 200", ex.Outcome,
					optional(ex.AfterConnections), ex.Errno)
			}
			if got := r.Exhaustion.RecoveredAfterSeconds; got == nil || *got < tt.from || *got > tt.to {
				t.Errorf("recovered_after_seconds = %s, want %v to %v", optional(got), tt.from, tt.to)
			}
			if got := most(r, func(iv results.Interval) *int { return iv.FinWait2 }); got != 200 {
				t.Errorf("at most %d connections in FIN_WAIT_2, want 200", got)
			}
			if got := most(r, func(iv results.Interval) *int { return iv.PortsInUse }); got != 200 {
				t.Errorf("at most %d ports in use, want 200", got)
			}
			// inet_twsk_schedule counts those of more than 4 s.
			if n := r.Kernel.Client["TcpExtTW"]; n != 0 {
				t.Errorf("client TcpExtTW = %d, want 0", n)
			}
			if got := r.Prediction.HoldSeconds; got < tt.from-1 || got > tt.to {
				t.Errorf("hold_seconds = %v, want what recovery takes, %v to %v", got, tt.from, tt.to)
			}
			if v := r.Verdict.Headline; strings.Contains(v, "TIME_WAIT") ||
				!strings.Contains(v, "exactly as predicted") || !strings.Contains(v, "FIN_WAIT_2") {
				t.Errorf("headline = %q, want FIN_WAIT_2, exactly as predicted", v)
			}
			checkCounts(t, r)
		})
	}
}

// most is the largest value over the intervals that have one.
func most(r *results.Run, of func(results.Interval) *int) int {
	n := 0
	for _, iv := range r.Intervals {
		if v := of(iv); v != nil {
			n = max(n, *v)
		}
	}
	return n
}

// At a rate that tcp_fin_timeout sustains, ports do not run out.
func TestFinWait2IsSustainedAtTheRateOfTheLaw(t *testing.T) {
	if testing.Short() {
		t.Skip("timed; the full suite runs it")
	}
	t.Parallel()
	r := measure(t, "--server-close=never", "--sysctl=net.ipv4.ip_local_port_range=40000 40999",
		"--sysctl=net.ipv4.tcp_fin_timeout=2",
		"--until=exhausted", "--rate=200", "--steady=4s", "-z=30s", "--timeout=10s")
	if r.Exhaustion.Exhausted || string(r.Exhaustion.Outcome) != "sustained" ||
		strings.Contains(r.Verdict.Headline, "TIME_WAIT") {
		t.Errorf("outcome = %s: %s, want sustained in FIN_WAIT_2", r.Exhaustion.Outcome, r.Verdict.Headline)
	}
	if p := r.Prediction; p.HoldSeconds != 2 || p.SustainableCPS != 500 {
		t.Errorf("prediction = %+v, want 500/s for ever, each held 2 s", p)
	}
}

// What ss -o shows: the timer counts down to the next probe, and after the cut
// probes have no answer.
func TestTheKeepaliveTimerCountsDown(t *testing.T) {
	if testing.Short() {
		t.Skip("timed; the full suite runs it")
	}
	t.Parallel()
	for _, engine := range engines(t) {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			r := measure(t, "--mode=idle", "-c=1", "--engine="+engine, "--tcp-keepalive=3s,1s,3", "--cut-link=4s",
				"-z=15s", "--interval=250ms")
			var timers []int64
			probes, falls := 0, 0
			for _, iv := range r.Intervals {
				if iv.KeepaliveTimerMS == nil {
					continue
				}
				if n := len(timers); n > 0 && *iv.KeepaliveTimerMS < timers[n-1] {
					falls++
				}
				timers = append(timers, *iv.KeepaliveTimerMS)
				probes = max(probes, *iv.KeepaliveProbes)
				if iv.TS < 3.9 && *iv.KeepaliveProbes != 0 {
					t.Errorf("at %v s: %d probes without an answer, want 0 before the cut", iv.TS, *iv.KeepaliveProbes)
				}
			}
			if len(timers) < 20 || timers[0] > 3000 || timers[0] < 2000 || falls < len(timers)/2 {
				t.Errorf("keepalive_timer_ms = %v, want from 3000 down, again and again", timers)
			}
			if probes != 3 {
				t.Errorf("keepalive_probes = %d at most, want 3; timers %v", probes, timers)
			}
			if r.Latency.Dead == nil || r.Latency.Dead.Count != 1 {
				t.Errorf("dead = %+v, want 1; errors %v, timers %v", r.Latency.Dead, r.Totals.Errors, timers)
			}
			if last := r.Intervals[len(r.Intervals)-1]; last.KeepaliveTimerMS != nil {
				t.Errorf("keepalive_timer_ms = %d when the connection is gone, want none", *last.KeepaliveTimerMS)
			}
		})
	}
}

func TestWithoutKeepaliveThereIsNoTimer(t *testing.T) {
	for _, args := range [][]string{{"--mode=idle"}, {"--mode=keepalive", "--tcp-keepalive=1s,1s,3", "--rate=10"}} {
		r := measure(t, append(args, "-c=1", "-z=500ms", "--interval=100ms")...)
		for _, iv := range r.Intervals {
			if iv.KeepaliveTimerMS != nil || iv.KeepaliveProbes != nil || iv.FinWait2 != nil {
				t.Errorf("%v: timer %s, probes %s, FIN_WAIT_2 %s, want none", args, optional(iv.KeepaliveTimerMS),
					optional(iv.KeepaliveProbes), optional(iv.FinWait2))
			}
		}
	}
}

// A request now and then finds a silent peer after an interval and a timeout.
func TestAnApplicationPingFindsTheCut(t *testing.T) {
	if testing.Short() {
		t.Skip("timed; the full suite runs it")
	}
	t.Parallel()
	tests := [][]string{{"--engine=epoll"}, {"--engine=io_uring"}, {"--server=http", "--engine=epoll"},
		{"--server=http", "--engine=nethttp"}}
	for _, args := range tests {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			r := measure(t, append([]string{"--mode=keepalive", "-c=1", "--rate=2", "--timeout=1s", "--cut-link=2200ms",
				"-z=6s"}, args...)...)
			d := r.Latency.Dead
			if d == nil || d.Count != 1 || d.MaxUS < 0.9e6 || d.MaxUS > 2.5e6 {
				t.Fatalf("dead = %+v, want 1 after 1 to 1.5 s", d)
			}
			if !strings.Contains(r.Verdict.Headline, "1 connection found dead") {
				t.Errorf("headline = %q, want 1 connection found dead", r.Verdict.Headline)
			}
		})
	}
}
