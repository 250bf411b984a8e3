package main

import (
	"fmt"
	"runtime"

	"tcpbench/scenario"
)

// inFlight is how many connections the contenders keep open.
const inFlight = 64

// matches are who meets whom.
func matches(t tools) []match {
	return []match{shortTCP(t), shortUring(), allCPUs(), shortHTTP(t), keepaliveHTTP(t)}
}

const shortWork = "1 byte there, 1 byte back, closed with RST"

func shortTCP(t tools) match {
	loop, dial := bareLoop(t), netDialLoop(1)
	return match{
		name:     "short connections",
		work:     shortWork,
		note:     "neper's client has another server than the rest, its own.",
		unit:     connections,
		inFlight: inFlight,
		contenders: []contender{
			native("epoll", echoServer(), short(scenario.EngineEpoll, 1)),
			loop, dial, neper(t),
		},
		goals: []goal{
			{rival: loop.name, metric: rate, bound: 0.95},
			{rival: dial.name, metric: rate, bound: 1.5},
			{rival: dial.name, metric: cost, bound: 0.6, most: true},
		},
	}
}

func shortUring() match {
	return match{
		name:     "short connections, io_uring",
		work:     shortWork,
		unit:     connections,
		inFlight: inFlight,
		contenders: []contender{
			native("io_uring", echoServer(), short(scenario.EngineIOUring, 1)),
			native("epoll", echoServer(), short(scenario.EngineEpoll, 1)),
			netDialLoop(1),
		},
	}
}

func allCPUs() match {
	n := runtime.NumCPU()
	return match{
		name:     fmt.Sprintf("short connections, %d threads", n),
		work:     shortWork,
		unit:     connections,
		inFlight: inFlight,
		contenders: []contender{
			native(fmt.Sprintf("epoll, %d threads", n), echoServer(), short(scenario.EngineEpoll, n)),
			native(fmt.Sprintf("io_uring, %d threads", n), echoServer(), short(scenario.EngineIOUring, n)),
			netDialLoop(n),
		},
	}
}

func shortHTTP(t tools) match {
	return match{
		name:       "short HTTP",
		work:       fmt.Sprintf("GET, an answer of %d bytes, a connection each", bodySize),
		unit:       requests,
		inFlight:   inFlight,
		sysctls:    manyPorts(),
		contenders: []contender{wrk(t, false), hey(t, false), ab(t)},
	}
}

func keepaliveHTTP(t tools) match {
	return match{
		name:       "keepalive HTTP",
		work:       fmt.Sprintf("GET, an answer of %d bytes, on connections that stay open", bodySize),
		unit:       requests,
		inFlight:   inFlight,
		contenders: []contender{wrk(t, true), hey(t, true)},
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
