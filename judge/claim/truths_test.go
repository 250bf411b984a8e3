package claim

import (
	"strings"
	"time"

	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/scenario"
)

// truths are, for each rule, results of all its scenario's cases with what Linux
// 6.18 does, as far as the rule reads them: what a rule does not read is left
// out, so that all that is there has to matter.
func truths() map[string][]*results.Run {
	return map[string][]*results.Run{
		"close-modes":          closeModesTruth(),
		"dead-peer":            deadPeerTruth(),
		"fin-timeout":          finTimeoutTruth(),
		"go-http-client":       goHTTPTruth(),
		"haproxy-upstream":     haproxyTruth(),
		"health-check":         healthCheckTruth(),
		"keepalive":            keepaliveRuns(1990, 19_700, true),
		"last-ack":             lastACKTruth(),
		"late-packets":         latePacketsTruth(),
		"linger-blocks":        lingerBlocksTruth(),
		"linger-loses-data":    lingerLosesTruth(),
		"nat-exhaustion":       natExhaustionTruth(),
		"nat-idle":             natIdleTruth(),
		"nat-race":             natRaceTruth(),
		"nginx-lingering":      nginxLingeringTruth(),
		"nginx-lingering-time": nginxLingeringTimeTruth(),
		"nginx-upstream":       nginxUpstreamTruth(),
		"php-fpm":              phpTruth(),
		"port-order":           portOrderTruth(),
		"port-range":           portRangeTruth(),
		"port-walk":            portWalkTruth(),
		"redis-short":          redisTruth(),
		"reset-by-peer":        resetByPeerTruth(),
		"safe-rate":            safeRateTruth(),
		"source-addresses":     sourceRuns(1),
		"tcp-keepalive":        tcpKeepaliveTruth(),
		"time-wait":            timeWaitTruth(),
		"tw-buckets":           twBucketsTruth(),
		"tw-reuse":             twReuseTruth(),
	}
}

func closeModesTruth() []*results.Run {
	return append(byFIN(closed(2, 2, 0, ">F. <F. >."), closed(2, 0, 2, "<F. >F. <.")), resetOrCrossing()...)
}

func finTimeoutTruth() []*results.Run {
	return []*results.Run{
		result("TIME_WAIT, tcp_fin_timeout=60", recovered(61.3)), result("TIME_WAIT, tcp_fin_timeout=2",
			recovered(61.4)),
		result("FIN_WAIT_2, tcp_fin_timeout=60", recovered(61.2)), result("FIN_WAIT_2, tcp_fin_timeout=2",
			recovered(2.05)),
	}
}

func goHTTPTruth() []*results.Run {
	return []*results.Run{
		result("2 idle connections a host, the default", ranOutAfter(1000), carried(2020, 1000)),
		result("100 idle connections a host", carried(180_000, 200)),
		result("100, answers of 64 B closed unread", ranOutAfter(1000), carried(1010, 1000)),
		result("100, answers of 64 KiB closed unread", carried(37_000, 37_000), client("TcpOutRsts", 37_400)),
		result("2, SetLinger(0) in DialContext", carried(65_000, 26_000), client("TcpOutRsts", 26_010)),
		result("2, HTTP/1.1 over TLS", carried(1619, 609), byHTTP1, client("TcpOutRsts", 1208),
			client("TcpExtTW", 663)),
		result("2, HTTP/2 over TLS", carried(43_000, 1), byHTTP2, client("TcpOutRsts", 100)),
		result("2, HTTP/2 over TLS, answers of 64 B closed unread", carried(42_000, 1), byHTTP2,
			client("TcpOutRsts", 100)),
	}
}

func haproxyTruth() []*results.Run {
	few := throughHaproxy("http, source of 20 ports", 4000, 4000, 0)
	few.Totals.Status = map[string]int64{"200": 1000, "503": 3000}
	few.Kernel.Proxy = nil
	runs := append(haproxyRuns(true, false), few)
	// Connections are a few more or less in each case, and the ports that were held, so that
	// a figure that stands where another belongs shows.
	for i, r := range runs[:10] {
		r.Kernel.Proxy["TcpActiveOpens"] += int64(i)
		r.Kernel.Proxy["TcpOutRsts"] += int64(2 * i)
	}
	runs[4].Kernel.Server["TcpExtTW"] = 3900
	runs[5].Hosts = nil
	return runs
}

func healthCheckTruth() []*results.Run {
	runs := probeRuns(15_000, 0, 200, 0)
	for i, r := range runs {
		r.Hosts.Client, r.Hosts.Proxy = nil, nil
		if i%3 != 0 || i > 3 {
			continue
		}
		held := 12_326 - i
		r.DurationS, r.Options.Rate = 75, scenario.Rate{From: 200, To: 200}
		r.Kernel.Client["TcpActiveOpens"], r.Kernel.Server["TcpPassiveOpens"] = 15_000, 15_000
		r.Hosts.Client = &results.Host{TimeWaitMax: &held}
		r.Hosts.Server.Said[0].Count = 15_000
	}
	return runs
}

func lastACKTruth() []*results.Run {
	arrives := reused("the last ACK arrives", 20, 0, time.Millisecond, server("IpInReceives", 20),
		client("IpInReceives", 20))
	out := []*results.Run{
		arrives, reused("the last ACK is lost", 20, 0, 12*time.Millisecond, met(19)),
		reused("it is lost, and there is no TIME_WAIT", 20, 0, 0, met(19)),
		reused("it is lost, and tcp_tw_reuse=1", 4, 0, 0, met(3)),
		reused("the last ACK and each RST are lost", 2, 1, 0, failures("connect: TIMEOUT", 1)),
	}
	for _, r := range out[2:] {
		r.Latency.Connect = nil
	}
	for _, r := range out[2:4] {
		r.Kernel.Client = nil
	}
	return out
}

func failures(name string, n int64) func(*results.Run) {
	return func(r *results.Run) { r.Totals.Errors = map[string]int64{name: n} }
}

func latePacketsTruth() []*results.Run {
	many := replays("old numbers, 16 MiB each, no timestamps", 1080, 0, 0)
	many.Kernel.Server["TcpExtTCPChallengeACK"] = 1080
	many.Delivery = nil
	harm := replays("numbers that fit, no timestamps", 9, 576, 0)
	harm.Totals.Failed = 9
	harm.Totals.Errors = map[string]int64{"recv: TIMEOUT": 9}
	return []*results.Run{
		replays("old numbers, no timestamps", 9, 0, 0), many, harm, replays("numbers that fit, timestamps", 9, 0, 9),
		replays("numbers that fit, tcp_tw_reuse=1", 3, 0, 3),
		replays("numbers that fit, timestamps, within a millisecond", 36, 1152, 18),
	}
}

func lingerBlocksTruth() []*results.Run {
	return []*results.Run{
		result("SO_LINGER off, non-blocking", closes(0.0023)), result("SO_LINGER 2 s, non-blocking", closes(100.3)),
		result("SO_LINGER 2 s, blocking", closes(104)),
		result("SO_LINGER off, non-blocking, no ACK", closes(0.0036)),
		result("SO_LINGER 1 s, non-blocking, no ACK", closes(1010)),
		result("SO_LINGER 1 s, blocking, no ACK", closes(1014)),
		result("SO_LINGER 3 s, non-blocking, no ACK", closes(3244)),
	}
}

func lingerLosesTruth() []*results.Run {
	lost := map[string]int64{"RST, 64 KiB over 10 ms": 779, "RST, 64 KiB over 50 ms": 780,
		"RST, 64 KiB to a small window": 660, "RST, 1 MiB over 10 ms": 639, "RST, 1 MiB over 50 ms": 624,
		"RST, 1 MiB to a small window": 516}
	var out []*results.Run
	for _, name := range []string{"RST, 64 B", "RST, 64 B over 10 ms", "RST, 64 B over 50 ms", "RST, 64 KiB",
		"RST, 64 KiB over 10 ms", "RST, 64 KiB over 50 ms", "RST, 64 KiB to a small window", "RST, 1 MiB",
		"RST, 1 MiB over 10 ms", "RST, 1 MiB over 50 ms", "RST, 1 MiB to a small window",
		"RST after the answer, 1 MiB over 10 ms", "FIN, 1 MiB over 10 ms", "FIN, 1 MiB to a small window",
		"SO_LINGER 10 s, 1 MiB over 10 ms"} {
		r := result(name, delivered(lost[name]))
		if !strings.HasSuffix(name, "over 10 ms") {
			r.Latency.Connect = nil
		}
		switch {
		case !strings.HasPrefix(name, "RST"):
			r.Kernel.Client = map[string]int64{"IpInReceives": 10}
		case strings.HasSuffix(name, "50 ms"), !strings.Contains(name, "over 10 ms") && name != "RST, 1 MiB to a "+
			"small window":
			r.Kernel.Client = nil
		}
		out = append(out, r)
	}
	return out
}

func nginxLingeringTruth() []*results.Run {
	none := losing(0, 0)
	return lingeringRuns(none, none, losing(170, 180), none, none, losing(0, 40))
}

func nginxUpstreamTruth() []*results.Run {
	const alone, all, trap = "keepalive alone", "keepalive, HTTP/1.1, no Connection header",
		"the same, and a header set in the location"
	return upstreamRuns(proxied(alone, 2000, 2000, 14_000), proxied(all, 200, 160_000, 0),
		proxied(trap, 2000, 2000, 13_000))
}

func portRangeTruth() []*results.Run {
	count := func(name string, ports int64) *results.Run {
		return result(name, ranOutAfter(ports),
			func(r *results.Run) { r.Prediction.ConnectionsUntilExhaustion = ports })
	}
	fast := func(name string, ports int64, us, rate float64) *results.Run {
		return result(name, law(ports), ranOutAfter(ports), searched(us, rate))
	}
	offered := func(name string, ports int64, perSecond float64, end func(*results.Run)) *results.Run {
		return result(name, law(ports), planned(perSecond), end)
	}
	minute := func(r *results.Run) { r.Prediction.SustainableCPS /= 60; r.Prediction.SafeCPS /= 60 }
	wide := fast("1024-65535", 64_512, 2027, 427)
	wide.Exhaustion.Exhausted, wide.Exhaustion.Outcome, wide.Exhaustion.AfterConnections = false,
		exhaustion.Undecided, nil
	wide.Totals.Succeeded = 60_000
	out := []*results.Run{
		fast("40000-41999", 2000, 184, 4600), fast("40000-47999", 8000, 626, 1577),
		count("40000-41999 less 200 reserved", 1800),
		count("40000-41999 and IP_LOCAL_PORT_RANGE 40100-40299", 200),
		fast("32768-60999, the default", 28_232, 843, 1034), wide,
		offered("40000-41999, 30/s", 2000, 30, succeeded(10_000)),
		offered("40000-41999, 36/s", 2000, 36, ranOutAfter(2000)),
		offered("40000-47999, 120/s", 8000, 120, succeeded(10_000)),
		offered("40000-47999, 140/s", 8000, 140, ranOutAfter(8000)),
	}
	for _, r := range out {
		minute(r)
	}
	return append(out, offered("400 ports held for 1 s, 300/s", 400, 300, succeeded(10_000)),
		offered("400 ports held for 1 s, 500/s", 400, 500, ranOutAfter(400)))
}

func safeRateTruth() []*results.Run {
	at := func(name string, hold, rate, ended float64) *results.Run {
		r := result(name, planned(rate), succeeded(10_000))
		late := hold + 2.048*hold/60
		r.Prediction = capacity.Prediction{SafeCPS: 1990 / late, SustainableCPS: 2000 / hold,
			ConnectionsUntilExhaustion: 2000, ConnectionsAtLeast: 2000}
		r.DurationS = 2.4 * hold
		if ended == 0 {
			r.Prediction.HoldSecondsMax = late
			return r
		}
		ranOutAfter(2000)(r)
		r.Exhaustion.AfterSeconds = &ended
		return r
	}
	above := func(r *results.Run) *results.Run {
		r.Exhaustion.AfterSeconds = nil
		return r
	}
	return []*results.Run{
		at("held 60 s, 90 %", 60, 30, 0), at("held 60 s, 99 %", 60, 33, 60.6),
		above(at("held 60 s, 105 %", 60, 35, 57.1)),
		at("held 5 s, 80 %", 5, 320, 0), at("held 5 s, 99 %", 5, 396, 5.05),
		above(at("held 5 s, 105 %", 5, 420, 4.76)),
	}
}

func portWalkTruth() []*results.Run {
	return []*results.Run{
		result("the kernel searches", ranOutAfter(4000), has(4000), searched(100, 9000)),
		result("bind the next port", has(4000), lasting(1), succeeded(90_000), rate(57_000)),
		result("bind without timestamps", ranOutAfter(4000)),
		result("bind, the server without timestamps", ranOutAfter(4000)),
	}
}

func tcpKeepaliveTruth() []*results.Run {
	const cut, ms = "recv: ETIMEDOUT", 200 * time.Millisecond
	found := func(keepalive string, seconds float64, probes int) *results.Run {
		return result("SO_KEEPALIVE "+keepalive, cutAfter(ms, keepalive), deadAfter(seconds, cut),
			ticking(probes, 750, 500, 250, 0, 750, 500))
	}
	goes := found("15s,15s,9", 151, 9)
	goes.Cell[scenario.CaseLabel] += ", Go's default"
	return []*results.Run{
		result("without SO_KEEPALIVE", cutAfter(ms, "off")), found("1s,1s,1", 2.35, 1), found("1s,1s,2", 3.37, 2),
		found("1s,2s,3", 6.87, 3), found("4s,1s,3", 7.02, 3), goes,
		result("SO_KEEPALIVE alone, the kernel's default", cutAfter(ms, "on")),
		result("SO_KEEPALIVE 1s,1s,1, a request on its way", cutAfter(500*time.Millisecond, "1s,1s,1"),
			deadAfter(4.05, "recv: TIMEOUT"), client("IpInReceives", 1)),
		result("a request every 250 ms, given up after 1 s", cutAfter(600*time.Millisecond, "off"),
			deadAfter(1.15, "recv: TIMEOUT")),
	}
}

func twBucketsTruth() []*results.Run {
	return []*results.Run{
		result("the default", has(1000), ranOutAfter(1000), client("TcpExtTW", 1000)),
		result("tcp_max_tw_buckets=100", succeeded(5000), client("TcpExtTW", 100),
			client("TcpExtTCPTimeWaitOverflow", 4900)),
		lostACKs("the default, each last ACK lost", 100, 0),
		lostACKs("tcp_max_tw_buckets=0, each last ACK lost", 0, 100),
	}
}

func twReuseTruth() []*results.Run {
	taken := func(n int64) func(*results.Run) {
		return func(r *results.Run) { total(1000 + n)(r); client("TcpExtTWRecycled", n)(r) }
	}
	deaf := result("tcp_tw_reuse=1 without timestamps", ranOutAfter(1000), client("IpInReceives", 1000))
	return []*results.Run{
		result("tcp_tw_reuse=0", ranOutAfter(1000), client("IpInReceives", 1000)),
		result("tcp_tw_reuse=2 over a link", ranOutAfter(1000), client("IpInReceives", 1000)),
		result("tcp_tw_reuse=2 on loopback", ranOutAfter(1000), taken(3999)),
		result("tcp_tw_reuse=1", has(1000), ranOutAfter(1000), taken(4000), lasted(5), func(r *results.Run) {
			r.Prediction.SafeCPS = 949
		}), deaf,
		result("tcp_tw_reuse=1 and delay=200 ms", ranOutAfter(1000), taken(24_000)),
	}
}

// lasted is for how long a run was, in seconds; ports ran out at its beginning.
func lasted(seconds float64) func(*results.Run) {
	return func(r *results.Run) {
		at := 0.1
		r.DurationS, r.Exhaustion.AfterSeconds = seconds, &at
	}
}

// lasting is for how long a run was that did not run out of ports.
func lasting(seconds float64) func(*results.Run) {
	return func(r *results.Run) { r.DurationS = seconds }
}
