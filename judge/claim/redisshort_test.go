package claim

import (
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// redisTruth is what redis-benchmark does to ports.
func redisTruth() []*results.Run {
	return []*results.Run{
		result(redisEach, ranOutAfter(1000), has(1000)), result(redisDefault, ranOutAfter(28_232), has(28_232)),
		redisKept(redisOne, 3), redisKept(redisPool, 52), redisAtSocket("total_connections_received:100003", 0),
	}
}

// redisAtSocket are connections to a Unix socket, as redis counts them, and some of TCP.
func redisAtSocket(last string, tcp int64) *results.Run {
	return result(redisSocket, client("TcpActiveOpens", tcp), func(r *results.Run) {
		r.Program, r.Targets = &results.Program{ExitStatus: new(0), LastLine: last}, []string{"unix:{dir}/redis.sock"}
		r.Totals = results.Totals{}
	})
}

// redisKept are 100,000 commands on so many connections.
func redisKept(name string, connections int64) *results.Run {
	return result(name, has(1000), client("TcpActiveOpens", connections), server("TcpInSegs", 200_000+connections))
}

func TestRedisAndAConnectionForEachCommand(t *testing.T) {
	with := func(i int, r *results.Run) []*results.Run {
		runs := redisTruth()
		runs[i] = r
		return runs
	}
	got := wantAnswer(t, "redis-short", scenario.Confirmed, redisTruth()...)
	wantText(t, got, "with a connection for each command 1000 ports ran out after 1000 connections, and 28232 ports "+
		"ran out after 28232 connections; with one connection, 1000 ports: 200003 segments to redis over 3 "+
		"connections, on 1000 ports; with 50 connections, 1000 ports: 200052 segments to redis over 52 connections, "+
		"on 1000 ports: ports did not run out; over a Unix socket redis counted 100003 connections, and 0 of TCP took "+
		"a port.")
	wantPractice(t, got, "keep the connection (a pool, or pconnect): as many ports as connections, 3 instead of one "+
		"for each command. On one host a Unix socket needs none.")
	// Ports that a Unix socket takes, and connections to it that nobody counted, or too few.
	wantText(t, wantAnswer(t, "redis-short", scenario.Refuted,
		with(4, redisAtSocket("total_connections_received:100003", 7))...),
		"ports were used all the same: over a Unix socket redis counted 100003 connections, and 7 of TCP")
	wantText(t, wantAnswer(t, "redis-short", scenario.Unclear, with(4, redisAtSocket("PONG", 0))...),
		`has no figure "counted by redis"`)
	wantText(t, wantAnswer(t, "redis-short", scenario.Unclear,
		with(4, redisAtSocket("total_connections_received:4", 0))...), "more connections than ports")
	// Ports that last although each command has a connection.
	lasts := result(redisEach, has(1000), client("TcpActiveOpens", 100_000))
	wantText(t, wantAnswer(t, "redis-short", scenario.Refuted, with(0, lasts)...),
		"with a connection for each command 100000 connections found one of 1000 ports, and 28232 ports ran out after "+
			"28232 connections.")
	// Too few to tell.
	few := result(redisEach, has(1000), client("TcpActiveOpens", 900))
	wantText(t, wantAnswer(t, "redis-short", scenario.Unclear, with(0, few)...),
		"it opened more connections than there are ports")
	idle := result(redisOne, has(1000), client("TcpActiveOpens", 1), server("TcpInSegs", 100))
	wantText(t, wantAnswer(t, "redis-short", scenario.Unclear, with(2, idle)...), "more commands than ports")
	// Kept connections that use up the ports.
	out := redisKept(redisPool, 1000)
	ranOutAfter(1000)(out)
	wantText(t, wantAnswer(t, "redis-short", scenario.Refuted, with(3, out)...),
		"with connections that are kept ports ran out too")
	// Ports that were taken more than once.
	twice := result(redisEach, ranOutAfter(2500), has(1000))
	wantText(t, wantAnswer(t, "redis-short", scenario.Unclear, with(0, twice)...), "each port is taken once")
	// The search for one of the default ports is so slow that others come free meanwhile.
	slow := result(redisDefault, has(28_232), client("TcpActiveOpens", 35_850))
	wantText(t, wantAnswer(t, "redis-short", scenario.Confirmed, with(1, slow)...),
		"1000 ports ran out after 1000 connections, and 35850 connections found one of 28232 ports; with one")
	// The short version has no default ports.
	wantText(t, wantAnswer(t, "redis-short", scenario.Confirmed, append(redisTruth()[:1], redisTruth()[2:]...)...),
		"1000 ports ran out after 1000 connections; with one connection")
}
