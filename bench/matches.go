package main

import (
	"cmp"
	"fmt"
	"runtime"

	"tcpbench/scenario"
)

// inFlight is how many connections the contenders keep open.
const inFlight = 64

// matches are who meets whom.
func matches(t tools) []match {
	return []match{shortTCP(t), shortFIN(t), shortServerFIN(t), connectTime(), allCPUs(), shortHTTP(t),
		keepaliveHTTP(t), keepaliveRedis(t), shortHTTPS(), keepaliveHTTPS(), recording(), recordingHTTP()}
}

const shortWork = "1 byte there, 1 byte back, closed with RST"

func shortTCP(t tools) match {
	loop, kept, dial, crr := bareLoop(t, echoServer(), "rst", "fresh"), bareLoop(t, echoServer(), "rst", "keep"),
		netDialLoop(1), neper(t)
	short := short(1)
	return match{
		name:     "short connections",
		work:     shortWork,
		note:     "neper's client has another server than the rest, its own.",
		unit:     connections,
		inFlight: inFlight,
		contenders: []contender{
			native("epoll", echoServer(), short),
			loop, kept, dial, crr,
			native("epoll, fresh sockets", echoServer(), changed(short, fresh)),
			native("epoll, a server that spins", spinning(echoServer()), short),
		},
		goals: []goal{
			{rival: loop.name, metric: rate, bound: 1.22},
			{rival: loop.name, metric: cost, bound: 0.83, most: true},
			{rival: kept.name, metric: rate, bound: 0.95},
			{rival: crr.name, metric: rate, bound: 1.25},
			{rival: crr.name, metric: cost, bound: 0.8, most: true},
			{rival: dial.name, metric: rate, bound: 1.5},
			{rival: dial.name, metric: cost, bound: 0.67, most: true},
		},
	}
}

func shortFIN(t tools) match {
	loop, short := bareLoop(t, echoServer(), "fin", "fresh"), changed(short(1), byFIN)
	return match{
		name:     "short connections, the client's FIN",
		work:     "1 byte there, 1 byte back, closed with FIN by the client",
		unit:     connections,
		inFlight: inFlight,
		sysctls:  manyPorts(),
		contenders: []contender{
			native("epoll, client closes", echoServer(), short), loop,
			native("epoll, client closes, fresh sockets", echoServer(), changed(short, fresh)),
		},
		goals: []goal{{rival: loop.name, metric: rate, bound: 1.15}},
	}
}

func shortServerFIN(t tools) match {
	server := echoServer()
	server.CloseFirst = true
	loop, short := bareLoop(t, server, "server", "fresh"), changed(changed(short(1), byFIN), byServer)
	return match{
		name:     "short connections, the server's FIN",
		work:     "1 byte there, 1 byte back, closed with FIN by the server first",
		unit:     connections,
		inFlight: inFlight,
		sysctls:  manyPorts(),
		contenders: []contender{
			native("epoll", server, short), loop,
			native("epoll, fresh sockets", server, changed(short, fresh)),
		},
		goals: []goal{{rival: loop.name, metric: rate, bound: 1.12}},
	}
}

// connectTime is whether connect(2) takes the same time with sockets of both kinds: the
// knee is found in it.
func connectTime() match {
	short := short(1)
	other := native("epoll, fresh sockets", echoServer(), changed(short, fresh))
	m := match{
		name:       "connect's own time",
		work:       shortWork,
		unit:       connections,
		inFlight:   inFlight,
		contenders: []contender{native("epoll", echoServer(), short), other},
	}
	for _, k := range []metric{connectP50, connectP99} {
		m.goals = append(m.goals, goal{rival: other.name, metric: k, bound: 0.97},
			goal{rival: other.name, metric: k, bound: 1.03, most: true})
	}
	return m
}

func allCPUs() match {
	n := runtime.NumCPU()
	return match{
		name:     fmt.Sprintf("short connections, %d threads", n),
		work:     shortWork,
		unit:     connections,
		inFlight: inFlight,
		contenders: []contender{
			native(fmt.Sprintf("epoll, %d threads", n), echoServer(), short(n)),
			native("epoll, 1 thread", echoServer(), short(1)),
			netDialLoop(n),
		},
	}
}

func shortHTTP(t tools) match {
	w, h, a := wrk(t, false), hey(t, false), ab(t)
	return match{
		name: "short HTTP",
		work: fmt.Sprintf("GET, an answer of %d bytes, a connection each, which the server is asked to close",
			bodySize),
		note:     "The last two of ours close first, one with FIN and one with RST, as no other can.",
		unit:     requests,
		inFlight: inFlight,
		sysctls:  manyPorts(),
		contenders: []contender{
			native("epoll", httpServer(), web(scenario.EngineEpoll, byServer)),
			w, h, a,
			native("epoll, fresh sockets", httpServer(), changed(web(scenario.EngineEpoll, byServer), fresh)),
			native("epoll, client closes", httpServer(), web(scenario.EngineEpoll, nil)),
			native("epoll, client resets", httpServer(),
				web(scenario.EngineEpoll, byRST)),
		},
		goals: []goal{
			{rival: h.name, metric: rate, bound: 2.3},
			{rival: w.name, metric: rate, bound: 1.25},
			{rival: a.name, metric: rate, bound: 1.25},
		},
	}
}

func keepaliveHTTP(t tools) match {
	w, h, loop := wrk(t, true), hey(t, true), bareRequests(t)
	return match{
		name:     "keepalive HTTP",
		work:     fmt.Sprintf("GET, an answer of %d bytes, on connections that stay open", bodySize),
		unit:     requests,
		inFlight: inFlight,
		contenders: []contender{
			native("io_uring", httpServer(), web(scenario.EngineIOUring, held)),
			w, h, loop,
			native("epoll", httpServer(), web(scenario.EngineEpoll, held)),
		},
		goals: []goal{
			{rival: w.name, metric: rate, bound: 1.28},
			{rival: w.name, metric: cost, bound: 0.8, most: true},
			{rival: h.name, metric: rate, bound: 3},
		},
	}
}

// keepaliveRedis is a protocol of the user's own, against a real server.
func keepaliveRedis(t tools) match {
	b := redisBenchmark(t)
	all := []contender{nativePings(t, scenario.EngineIOUring), b, nativePings(t, scenario.EngineEpoll)}
	for i := range all {
		all[i].missing = cmp.Or(all[i].missing, t.RedisServer.Missing)
	}
	return match{
		name:       "keepalive Redis",
		work:       "PING as RESP, answered by redis-server, on connections that stay open",
		unit:       requests,
		inFlight:   inFlight,
		contenders: all,
		goals: []goal{
			{rival: b.name, metric: rate, bound: 1},
			{rival: b.name, metric: cost, bound: 1, most: true},
		},
	}
}

// shortHTTPS is what an https connection costs, and what of it is TLS.
func shortHTTPS() match {
	return match{
		name:     "short HTTPS",
		work:     fmt.Sprintf("GET over TLS 1.3, an answer of %d bytes, a connection each, closed with RST", bodySize),
		note:     "The server is Go's, but for the last, which speaks HTTP without TLS to ours.",
		unit:     connections,
		inFlight: inFlight,
		contenders: []contender{
			native("nethttp", httpsServer(), secure(byRST)),
			tlsLoop{}.contender("full handshakes"),
			tlsLoop{resumes: true}.contender("resumed sessions"),
			tlsLoop{silent: true}.contender("full handshakes alone"),
			tlsLoop{silent: true, resumes: true}.contender("resumed sessions alone"),
			native("epoll, without TLS", httpServer(), web(scenario.EngineEpoll, byRST)),
		},
	}
}

func keepaliveHTTPS() match {
	return match{
		name: "keepalive HTTPS",
		work: fmt.Sprintf("GET over TLS 1.3, an answer of %d bytes, on connections that stay open", bodySize),
		note: "nethttp speaks HTTP/2, in which requests share a connection; the loops speak HTTP/1.1. " +
			"The server is Go's, but for the last, which speaks HTTP without TLS to ours.",
		unit:     requests,
		inFlight: inFlight,
		contenders: []contender{
			native("nethttp", httpsServer(), secure(held)),
			transportLoop(),
			tlsLoop{held: true}.contender("HTTP/1.1"),
			native("io_uring, without TLS", httpServer(), web(scenario.EngineIOUring, held)),
		},
	}
}

// recording is what it costs to keep latencies.
func recording() match {
	off := bare("epoll, recording off", echoServer(), short(1))
	return match{
		name:       "recording",
		work:       shortWork,
		unit:       connections,
		inFlight:   inFlight,
		contenders: []contender{native("epoll", echoServer(), short(1)), off},
		goals: []goal{{rival: off.name, metric: rate, bound: 0.97},
			{rival: off.name, metric: cost, bound: 1.03, most: true}},
	}
}

func recordingHTTP() match {
	off := bare("io_uring, recording off", httpServer(), web(scenario.EngineIOUring, held))
	return match{
		name:       "recording of keepalive HTTP",
		work:       "as keepalive HTTP above",
		unit:       requests,
		inFlight:   inFlight,
		contenders: []contender{native("io_uring", httpServer(), web(scenario.EngineIOUring, held)), off},
		goals: []goal{{rival: off.name, metric: rate, bound: 0.97},
			{rival: off.name, metric: cost, bound: 1.03, most: true}},
	}
}

// manyPorts keeps a client that closes first from running out of ports in a
// turn: what is measured is the tool, not the search for a port.
func manyPorts() map[string]string {
	return map[string]string{
		"net.ipv4.ip_local_port_range": "1024 65535",
		"net.ipv4.tcp_tw_reuse":        "1",
	}
}
