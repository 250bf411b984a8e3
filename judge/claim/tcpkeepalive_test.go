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
		r.Options.CutLink, r.Options.Mode = cut, scenario.ModeIdle
		r.Options.TCPKeepalive, _ = scenario.ParseTCPKeepalive(keepalive)
		r.Totals.Attempted, r.Totals.Errors, r.DurationS = 20, map[string]int64{}, 10
		if r.Options.TCPKeepalive.Alone {
			r.Environment.Sysctls = map[string]string{"net.ipv4.tcp_keepalive_time": "7200",
				"net.ipv4.tcp_keepalive_intvl": "75", "net.ipv4.tcp_keepalive_probes": "9"}
		}
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
	r.Environment.Sysctls = map[string]string{"net.ipv4.tcp_keepalive_time": "30", "net.ipv4.tcp_keepalive_intvl": "10",
		"net.ipv4.tcp_keepalive_probes": "2"}
}

func TestKeepaliveFindsAVanishedPeerByTheLaw(t *testing.T) {
	const cut, ms = "recv: ETIMEDOUT", 200 * time.Millisecond
	off := result("without SO_KEEPALIVE", cutAfter(ms, "off"))
	one := result("SO_KEEPALIVE 1s,1s,1", cutAfter(ms, "1s,1s,1"), deadAfter(1.85, cut), ticking(1, 750, 500))
	two := result("SO_KEEPALIVE 1s,1s,2", cutAfter(ms, "1s,1s,2"), deadAfter(2.88, cut),
		ticking(2, 750, 500, 250, 0, 750, 500))
	alone := result("SO_KEEPALIVE alone, the kernel's default", cutAfter(ms, "on"), ticking(0, 7199750, 7199500))
	busy := result("SO_KEEPALIVE 1s,1s,1, a request on its way", cutAfter(500*time.Millisecond, "1s,1s,1"),
		deadAfter(4.05, "recv: TIMEOUT"))
	ping := result("a request every 250 ms, given up after 1 s", cutAfter(600*time.Millisecond, "off"),
		deadAfter(1.15, "recv: TIMEOUT"))
	wantText(t, wantAnswer(t, "tcp-keepalive", scenario.Depends, off, one, two, alone, busy, ping),
		"1.85 s with 1s,1s,1; 2.88 s with 1s,1s,2; without SO_KEEPALIVE it was not known in 9.8 s. With the kernel's "+
			"defaults "+
			"that is 7875 s (2h11m15s), by the law. And with a request "+
			"on its way there were 0 probes: it was known after 4.05 s by recv: TIMEOUT. A request every 250 ms")

	soon := result("SO_KEEPALIVE alone, the kernel's default", cutAfter(ms, "on"), quick, ticking(0, 29750, 29500))
	probed := result("SO_KEEPALIVE 1s,1s,1, a request on its way", cutAfter(500*time.Millisecond, "1s,1s,1"),
		deadAfter(1.9, cut), client("TcpExtTCPKeepAlive", 1))
	wantAnswer(t, "tcp-keepalive", scenario.Depends, off, one, two, alone, probed, ping)
	wantText(t, wantAnswer(t, "tcp-keepalive", scenario.Confirmed, off, one, two, soon, probed, ping),
		"with the kernel's defaults that is 50 s, by the law.")

	// Never, or not on every connection.
	const most = "SO_KEEPALIVE 1s,1s,2"
	never := result(most, cutAfter(ms, "1s,1s,2"), ticking(2, 750, 500, 250))
	wantText(t, wantAnswer(t, "tcp-keepalive", scenario.Refuted, off, one, never, alone, busy, ping),
		"SO_KEEPALIVE 1s,1s,2: not in 9.8 s.")
	some := result(most, cutAfter(ms, "1s,1s,2"), deadAfter(2.88, cut), ticking(2, 750, 500, 250),
		func(r *results.Run) { r.Latency.Dead.Count = 19 })
	wantText(t, wantAnswer(t, "tcp-keepalive", scenario.Refuted, off, one, some, alone, busy, ping),
		"SO_KEEPALIVE 1s,1s,2: known after 2.88 s on 19 of 20 connections")

	// What was not open when the link was cut, SO_KEEPALIVE is not to find.
	unopened := result(most, cutAfter(ms, "1s,1s,2"), deadAfter(2.88, cut), ticking(2, 750, 500, 250),
		func(r *results.Run) { r.Latency.Dead.Count, r.Totals.Errors["connect: TIMEOUT"] = 18, 2 })
	wantText(t, wantAnswer(t, "tcp-keepalive", scenario.Unclear, off, one, unopened, alone, busy, ping),
		"the connections were open when the link was cut\": 2 connections failed in connect(2)")

	// It knows, and not by the law: too soon, too late, by another error, and
	// without a timer.
	for _, wrong := range []*results.Run{
		result(most, cutAfter(ms, "1s,1s,2"), deadAfter(1.2, cut), ticking(2, 750, 500, 250)),
		result(most, cutAfter(ms, "1s,1s,2"), deadAfter(8, cut), ticking(2, 750, 500, 250)),
		result(most, cutAfter(ms, "1s,1s,2"), deadAfter(2.88, "recv: ECONNRESET"), ticking(2, 750, 500, 250)),
		result(most, cutAfter(ms, "1s,1s,2"), deadAfter(2.88, cut), ticking(0, 750, 750, 750)),
	} {
		wantText(t, wantAnswer(t, "tcp-keepalive", scenario.Unclear, off, one, wrong, alone, busy, ping),
			"SO_KEEPALIVE 1s,1s,2: ")
	}
	told := result("without SO_KEEPALIVE", cutAfter(ms, "off"), deadAfter(1.2, "recv: ECONNRESET"))
	wantText(t, wantAnswer(t, "tcp-keepalive", scenario.Unclear, told, one, two, alone, busy, ping),
		"without SO_KEEPALIVE it is not known, for longer than with it\": without SO_KEEPALIVE: known after 1.2 s")

	// One probe too many in all cases, by the count of probes and by the time.
	const late, more = true, true
	for _, tt := range []struct {
		late, more bool
		text       string
	}{
		{late, more, "known after 3.35 s by recv: ETIMEDOUT, by the law 2 s after it was last heard, with 2 probes"},
		{late, !more, "known after 3.35 s by recv: ETIMEDOUT, by the law 2 s after it was last heard, with 1 probe"},
		{!late, more, "known after 2.35 s by recv: ETIMEDOUT, by the law 2 s after it was last heard, with 2 probes"},
	} {
		runs := tcpKeepaliveTruth()
		for _, r := range runs[1:6] {
			k := r.Options.TCPKeepalive
			if tt.late {
				r.Latency.Dead.MaxUS += float64(k.Interval.Microseconds())
			}
			probes := k.Count + 1
			for i := range r.Intervals {
				if tt.more {
					r.Intervals[i].KeepaliveProbes = &probes
				}
			}
		}
		wantText(t, wantAnswer(t, "tcp-keepalive", scenario.Unclear, runs...), "SO_KEEPALIVE 1s,1s,1: "+tt.text)
	}
	wantPractice(t, wantAnswer(t, "tcp-keepalive", scenario.Depends, tcpKeepaliveTruth()...), "set TCP_KEEPIDLE, "+
		"TCP_KEEPINTVL and TCP_KEEPCNT with SO_KEEPALIVE, or a dead peer is known after 7875 s (2h11m15s). Give each")
}
