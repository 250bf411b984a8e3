package claim

import (
	"math"
	"strconv"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// The cases of redis-short.
const (
	redisEach    = "a connection for each command, 1000 ports"
	redisDefault = "a connection for each command, the default ports"
	redisOne     = "one connection, 1000 ports"
	redisPool    = "50 connections, 1000 ports"
	redisSocket  = "a connection for each command, over a Unix socket"
)

// redisShort judges whether it is the connection for each command that uses up the ports
// of a client of redis. The client is redis-benchmark, which closes first where it is told
// not to keep its connections, and is seen from outside: how many commands there were is
// told by the segments that came to redis, of which each needs one, and on a Unix socket by
// redis itself, which is asked in the end.
func redisShort() Rule {
	return Rule{
		Figures: []Figure{connectionsOpened(), UntilExhausted(), segmentsToServer(), countedByRedis(), Outcome()},
		Judge:   judgeRedisShort,
	}
}

// connectionsOpened are connects that obtained a port.
func connectionsOpened() Figure { return Counter("connections opened", "TcpActiveOpens") }

// segmentsToServer came to the server's host.
func segmentsToServer() Figure { return ServerCounter("segments to the server", "TcpInSegs") }

// countedByRedis are connections that redis had, as the program's last line has it.
func countedByRedis() Figure {
	return Figure{Name: "counted by redis", Of: func(r *results.Run) (float64, bool) {
		if r.Program == nil {
			return 0, false
		}
		n, ok := strings.CutPrefix(r.Program.LastLine, "total_connections_received:")
		v, err := strconv.ParseFloat(n, 64)
		return v, ok && err == nil
	}}
}

func judgeRedisShort(e *Evidence) Verdict {
	ran, lasted, told := e.Exhausted(redisEach), true, ""
	if !e.Check(ran, "%s: ports %s", redisEach, e.fate(redisEach)) {
		n := e.Of(redisEach, connectionsOpened())
		e.Needs(n > 2*e.Of(redisEach, ports()), redisEach+": it opened more connections than there are ports",
			"%v on %v ports", n, e.Of(redisEach, ports()))
	}
	for _, name := range []string{redisOne, redisPool} {
		lasted = lasted && !e.Exhausted(name)
		what := figure.Sprintf("%v segments to redis over %s, on %v ports", e.Of(name, segmentsToServer()),
			figure.Counted(e.Of(name, connectionsOpened()), "connection"), e.Of(name, ports()))
		e.Needs(e.Exhausted(name) || e.Of(name, segmentsToServer()) > 2*e.Of(name, ports()),
			name+": more commands than ports", "%s", what)
		e.Check(!e.Exhausted(name), "%s: %s: ports %s", name, what, e.fate(name))
		told += "; with " + name + ": " + what
	}
	portless, socket := e.redisOnSocket()
	switch {
	case !ran:
		return verdict(scenario.Refuted, "with a connection for each command %s.", e.redisRan()).
			practice("look for what else takes the ports: a connection for each command did not.")
	case !lasted:
		return verdict(scenario.Refuted, "with connections that are kept ports ran out too: %s%s.", e.redisRan(),
			told).practice("do not count on kept connections: count those that the client opens (TcpActiveOpens).")
	}
	if !portless {
		return verdict(scenario.Refuted, "ports were used all the same: %s.", socket).
			practice("look for what else opens connections of TCP: those to a Unix socket take no port.")
	}
	n, all := e.Of(redisEach, UntilExhausted()), e.Of(redisEach, ports())
	e.Needs(math.Abs(n-all) < 0.1*all, redisEach+": each port is taken once", "%v connections on %v ports", n, all)
	return verdict(scenario.Confirmed, "with a connection for each command %s%s: ports did not run out; %s.",
		e.redisRan(), told, socket).
		practice("keep the connection (a pool, or pconnect): as many ports as connections, %s instead of one for each "+
			"command. On one host a Unix socket needs none.", figure.Number(e.Of(redisOne, connectionsOpened())))
}

// redisOnSocket says what a connection for each command took of the ports over a Unix
// socket, and whether that was nothing.
func (e *Evidence) redisOnSocket() (portless bool, told string) {
	n, tcp := e.Of(redisSocket, countedByRedis()), e.Of(redisSocket, connectionsOpened())
	e.Needs(n > 2*e.Of(redisEach, ports()), redisSocket+": more connections than ports", "redis counted %v", n)
	told = figure.Sprintf("over a Unix socket redis counted %v connections, and %v of TCP took a port", n, tcp)
	return e.Check(tcp == 0, "%s", told), told
}

// redisRan says after how many connections ports ran out, on few and on the default ports.
func (e *Evidence) redisRan() string {
	out := e.redisOn(redisEach)
	if e.Has(redisDefault) {
		out += ", and " + e.redisOn(redisDefault)
	}
	return out
}

// redisOn says it of one case. Where the search for a port is slow, those of the first
// connections are free again before the last one is taken.
func (e *Evidence) redisOn(name string) string {
	if e.Exhausted(name) {
		return figure.Sprintf("%v ports ran out after %v connections", e.Of(name, ports()),
			e.Of(name, UntilExhausted()))
	}
	return figure.Sprintf("%v connections found one of %v ports", e.Of(name, connectionsOpened()), e.Of(name, ports()))
}
