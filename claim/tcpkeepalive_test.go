package claim

import (
	"testing"
	"time"

	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// cutAfter ran with SO_KEEPALIVE on connections whose link was cut.
func cutAfter(cut time.Duration, keepalive string) func(*results.Run) {
	return func(r *results.Run) {
		r.Options.CutLink = cut
		r.Options.TCPKeepalive, _ = scenario.ParseTCPKeepalive(keepalive)
		r.Totals.Attempted, r.Totals.Errors, r.DurationS = 20, map[string]int64{}, 10
		r.Environment.Sysctls = map[string]string{"net.ipv4.tcp_keepalive_time": "7200", "net.ipv4.tcp_keepalive_intvl": "75", "net.ipv4.tcp_keepalive_probes": "9"}
	}
}

// deadAfter found all its connections dead, by an error.
func deadAfter(seconds float64, err string) func(*results.Run) {
	return func(r *results.Run) {
		r.Latency.Dead = &metrics.Summary{Count: r.Totals.Attempted, MaxUS: 1e6 * seconds}
		r.Totals.Errors[err] = r.Totals.Attempted
	}
}

// ticking had timers of so many milliseconds one after the other.
func ticking(probes int, ms ...int64) func(*results.Run) {
	return func(r *results.Run) {
		for _, left := range ms {
			r.Intervals = append(r.Intervals, results.Interval{KeepaliveTimerMS: &left, KeepaliveProbes: &probes})
		}
	}
}

// quick is a kernel whose default is to find a vanished peer in 50 s.
func quick(r *results.Run) {
	r.Environment.Sysctls = map[string]string{"net.ipv4.tcp_keepalive_time": "30", "net.ipv4.tcp_keepalive_intvl": "10", "net.ipv4.tcp_keepalive_probes": "2"}
}

func TestKeepaliveFindsAVanishedPeerByTheLaw(t *testing.T) {
	const cut, ms = "recv: ETIMEDOUT", 200 * time.Millisecond
	off := result("without SO_KEEPALIVE", cutAfter(ms, "off"))
	one := result("SO_KEEPALIVE 1s,1s,1", cutAfter(ms, "1s,1s,1"), deadAfter(1.85, cut))
	two := result("SO_KEEPALIVE 1s,1s,2", cutAfter(ms, "1s,1s,2"), deadAfter(2.88, cut), ticking(2, 750, 500, 250, 0, 750, 500))
	alone := result("SO_KEEPALIVE alone, the kernel's default", cutAfter(ms, "on"), ticking(0, 7199750, 7199500))
	busy := result("SO_KEEPALIVE 1s,1s,1, a request on its way", cutAfter(500*time.Millisecond, "1s,1s,1"), deadAfter(4.05, "recv: TIMEOUT"))
	ping := result("a request every 250 ms, given up after 1 s", cutAfter(600*time.Millisecond, "off"), deadAfter(1.15, "recv: TIMEOUT"))
	wantAnswer(t, "tcp-keepalive", scenario.Depends, off, one, two, alone, busy, ping)

	soon := result("SO_KEEPALIVE alone, the kernel's default", cutAfter(ms, "on"), quick, ticking(0, 29750, 29500))
	probed := result("SO_KEEPALIVE 1s,1s,1, a request on its way", cutAfter(500*time.Millisecond, "1s,1s,1"), deadAfter(1.9, cut))
	wantAnswer(t, "tcp-keepalive", scenario.Depends, off, one, two, alone, probed, ping)
	wantAnswer(t, "tcp-keepalive", scenario.Confirmed, off, one, two, soon, probed, ping)

	// It does not follow the law: never, too soon, too late, and without a timer.
	for _, wrong := range []*results.Run{
		result("SO_KEEPALIVE 1s,1s,2", cutAfter(ms, "1s,1s,2"), deadAfter(1.2, cut), ticking(2, 750, 500, 250)),
		result("SO_KEEPALIVE 1s,1s,2", cutAfter(ms, "1s,1s,2"), ticking(2, 750, 500, 250)),
		result("SO_KEEPALIVE 1s,1s,2", cutAfter(ms, "1s,1s,2"), deadAfter(8, cut), ticking(2, 750, 500, 250)),
		result("SO_KEEPALIVE 1s,1s,2", cutAfter(ms, "1s,1s,2"), deadAfter(2.88, cut), ticking(0, 750, 750, 750)),
	} {
		wantAnswer(t, "tcp-keepalive", scenario.Refuted, off, one, wrong, alone, busy, ping)
	}
}
