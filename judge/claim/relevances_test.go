package claim

// relevances are, for each rule, what its answer does not rest on, and why.
func relevances() map[string]relevance {
	const bound = "a control asks for so many at least"
	return map[string]relevance{
		"dead-peer": {ignored: map[string]string{
			"*host is gone: duration_s": "they end before", "*: intervals.*": "one of several samples, the most counts",
			"PING*: latency.dead.count doubled": "one at a time", "PING*gone: totals.errors.*": "named, not counted",
			"PING*: totals.requests halved": bound, "PING*: totals.requests doubled": bound,
		}},
		"fin-timeout": {ignored: map[string]string{
			"*: exhaustion.after_connections": "for how long ports are held, not how many",
			"*: duration_s":                   "asked only where no port was free again before the end",
		}},
		"go-http-client": {
			parts: []string{"100, answers of 64 KiB closed unread", "2, SetLinger(0) in DialContext",
				"2, HTTP/1.1 over TLS", "2, HTTP/2 over TLS", "2, HTTP/2 over TLS, answers of 64 B closed unread"},
			ignored: map[string]string{
				"*: prediction.ports halved": bound, "*: prediction.ports doubled": bound,
			},
		},
		"haproxy-upstream": {
			shown: []string{"http, source of 20 ports"},
			told: []string{"*: kernel.proxy.TcpOutRsts", "*: hosts.proxy.*", "*: kernel.server.TcpExtTW",
				"http, http-reuse never, clients that stay: *", "tcp, *: kernel.proxy.TcpActiveOpens",
				"tcp, source address:1025-65000: *"},
			ignored: map[string]string{
				"http, source of 20 ports: hosts.proxy.ports_capacity": "it has 20",
				"tcp, source address:*: hosts.proxy.ports_capacity":    "they have ports of their own",
				"*: as http, source of 20 ports":                       "which decides nothing",
				"*clients that stay: most of its answers*":             "which decides nothing",
				"tcp, source address:1025-65000: most of its answers*": "which has more ports than requests",
				"http, http-reuse never, clients that stay: as *":      "which decides nothing",
				"tcp, source address:1025-65000: as *":                 "which has more ports than requests",
				"http, *: as tcp, source address:1025-65000":           "which has more ports than requests",
			},
		},
		"health-check": {
			parts: []string{"Go's http.Client", "Go's http.Client, SetLinger(0)"},
			shown: []string{"haproxy's check", "haproxy's check, option httpchk"},
			ignored: map[string]string{
				"haproxy's check*: kernel.client.*":   "the prober is the proxy",
				"*: kernel.client.TcpOutRsts doubled": bound,
			},
		},
		"last-ack": {
			parts: []string{"the last ACK and each RST are lost"},
			ignored: map[string]string{
				"it is lost, and there is no TIME_WAIT: no result": "one of several of its kind; those there are, " +
					"are named",
				"the last ACK and each RST are lost: no result": "a footnote",
				"*: kernel.*.TcpExtTCPSYNChallenge doubled":     bound,
				"*: kernel.*.TcpExtTCPSynRetrans doubled":       bound,
				"*: kernel.*.TcpOutRsts doubled":                bound,
				"*: totals.errors.*":                            "named, not counted",
			},
		},
		"late-packets": {
			shown:   []string{"old numbers, 16 MiB each, no timestamps"},
			ignored: map[string]string{"*: totals.errors.*": "named, not counted"},
		},
		"linger-loses-data": {
			shown: []string{"RST, 64 B", "RST, 64 B over 50 ms", "RST, 64 KiB", "RST, 64 KiB over 50 ms",
				"RST, 64 KiB to a small window", "RST, 1 MiB", "RST, 1 MiB over 50 ms"},
			told: []string{"*: delivery.*"},
			ignored: map[string]string{
				"*: kernel.client.TcpOutRsts doubled": bound,
				"*: latency.connect.p50_us halved":    bound, "*: latency.connect.p50_us doubled": bound,
			},
		},
		"nat-exhaustion": {
			parts: []string{"half closed", "half closed, nf_conntrack_tcp_timeout_time_wait=1"},
		},
		"nat-idle": {
			told: []string{"*60 s: totals.requests", "a request each second*: totals.requests"},
			ignored: map[string]string{
				"*: totals.errors.*":               "named, not counted",
				"*60 s: as a request each second*": "both are controls, of which nothing is lost",
			},
		},
		"nginx-upstream": {
			shown: []string{"HTTP/1.0, the backend closes", "HTTP/1.1, nginx closes"},
			told:  []string{"HTTP/1.0, nginx closes: *"},
			ignored: map[string]string{
				"*: hosts.proxy.said.0.count":       "that it was said is what counts",
				"*: totals.status.200":              "an answer is good that is no error",
				"*closes: most of its answers*":     "ports ran out all the same, by its log and TIME_WAITs",
				"keepalive alone: most of its ans*": "the same",
				"the same, and*: most of its answ*": "the same",
			},
		},
		"port-range": {
			parts: []string{"40000-41999", "40000-47999", "40000-41999 less 200 reserved",
				"40000-41999 and IP_LOCAL_PORT_RANGE 40100-40299", "40000-41999, 30/s", "40000-41999, 36/s",
				"40000-47999, 120/s", "40000-47999, 140/s", "400 ports held for 1 s, 300/s",
				"400 ports held for 1 s, 500/s", "32768-60999, the default", "1024-65535"},
			told: []string{"*/s: prediction.*", "*the default: prediction.*", "1024-65535: prediction.*",
				"*: connect_cost.*"},
			ignored: map[string]string{
				"*: as *":      "each case is held against its own prediction",
				"*: no result": "the short version has other ranges and rates; those there are, are counted",
				"1024-65535: too few connections and requests to run out":     "its connects are what is read",
				"1024-65535: prediction.connections_until_exhaustion doubled": "it did not run out of fewer",
				"1024-65535: no exhaustion":                                   "its connects are what is read",
				"*: prediction.hold_seconds *":                                "it ended long before",
				"*: connect_cost.0.*":                                         "before half of the ports",
				"*: connect_cost.1.after_connections zeroed":                  "the same",
				"*: lateness.*": "whether the rate was offered: faults " +
					"have no lateness",
				"*: prediction.connections_at_least *":           "ranges are of even length",
				"*/s: prediction.connections_at_least *":         "ranges are of even length",
				"*default: prediction.ports *":                   "the cost is told",
				"1024-65535: prediction.ports *":                 "the cost is told",
				"*/s: prediction.ports *":                        "that they are offered on; others are on as many",
				"*: prediction.safe_cps *":                       "decides only whether a rate is judged",
				"*/s: prediction.safe_cps *":                     "decides only whether a rate is judged",
				"*/s: prediction.connections_until_exhaustion *": "asked only where ports ran out",
			},
		},
		"port-walk": {ignored: map[string]string{
			"bind*: exhaustion.after_connections": "its connections are what is told",
			"*: duration_s":                       "only for the rate at the end",
			"*: connect_cost.0.*":                 "before half of the ports",
			"*: connect_cost.1.call_us":           "in the table; the rate at the end is what is compared",
			"*: prediction.hold_seconds *":        "it ended long before",
			"the kernel*: prediction.ports *":     "only where the half begins; the law's are those of the walk",
		}},
		"php-fpm": {ignored: map[string]string{
			"*: hosts.proxy.said.0.count":    "that it was said is what counts",
			"*: totals.status.200":           "an answer is good that is no error",
			"connect*: most of its answers*": "ports ran out all the same, by its log and TIME_WAITs",
		}},
		"redis-short": {parts: []string{redisDefault}},
		"reset-by-peer": {ignored: map[string]string{
			"*: kernel.server.TcpPassiveOpens doubled": bound, "*: totals.failed": "they are told by their errors",
			"*: hosts.client.said.0.first_s": "whenever it was said",
		}},
		"safe-rate": {
			parts: []string{"held 60 s, 99 %", "held 5 s, 99 %"}, // one that runs out is enough
			ignored: map[string]string{
				"*: lateness.*":                                   "whether it was offered: faults have no lateness",
				"*: as *":                                         "each case is held against its own prediction",
				"*99 %: duration_s":                               "of one that runs out, when it did is told",
				"*105 %: duration_s":                              "the same",
				"*: prediction.connections_at_least *":            "the range is of even length",
				"*105 %: prediction.connections_until_*":          "a bound",
				"*80 %: prediction.connections_until_*":           "a bound",
				"*90 %: prediction.connections_until_*":           "a bound",
				"*99 %: prediction.connections_until_* halved":    "a bound",
				"*[89][50] %: prediction.hold_seconds_max halved": "it has lasted for that all the more",
				"*105 %: prediction.safe_cps *":                   "it is above that all the more",
				"*105 %: prediction.sustainable_cps *":            "the same",
			},
		},
		"tcp-keepalive": {
			parts: []string{"a request every 250 ms, given up after 1 s"},
			ignored: map[string]string{
				"*: too few connections and requests to run out": "no case is about ports",
				"*: intervals.*":            "one of several samples, of which the most counts",
				"SO_KEEPALIVE*: duration_s": "they end before", "a request*: duration_s": "it ends before",
				"*request*: latency.dead.count *": "one at a time", "*: totals.errors.recv: TIMEOUT": "named, not " +
					"counted",
			},
		},
		"time-wait": {ignored: map[string]string{
			"*: exhaustion.after_connections": "for how long ports are held, not how many",
			"*: duration_s":                   "asked only where no port was free again before the end",
			"*twice*: *.TcpOutRsts doubled":   bound,
		}},
		"tw-buckets": {ignored: map[string]string{
			"*: kernel.server.TcpRetransSegs doubled": bound, "*lost: kernel.client.TcpExtTW doubled": bound,
		}},
		"tw-reuse": {
			parts: []string{"tcp_tw_reuse=2 over a link", "tcp_tw_reuse=2 on loopback", "tcp_tw_reuse=1 and " +
				"delay=200 ms"},
			ignored: map[string]string{
				"tcp_tw_reuse=2 on loopback: no result":  "a footnote",
				"*delay=200 ms: no result":               "a footnote, of Linux 6.14 and later",
				"*: prediction.safe_cps doubled":         "half of the ports are fewer",
				"tcp_tw_reuse=[12]*: exhaustion.after_*": "it goes on after that",
			},
		},
	}
}
