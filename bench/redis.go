package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tcpbench/lab/target"
	"tcpbench/scenario"
)

// What redis-benchmark sends, and what is answered.
const (
	ping = `*1\r\n$4\r\nPING\r\n`
	pong = `+PONG\r\n`
)

// redisRequestsPerSecond is how many requests redis-benchmark gets for each second of a
// turn: it ends by their number alone.
const redisRequestsPerSecond = 50_000

// redisServer is a server of Debian's, which counts commands itself.
func redisServer(t tools) service {
	return service{Port: serverPort, Redis: true, Command: []string{t.RedisServer.Path,
		"--port", strconv.Itoa(serverPort), "--bind", labAddress().Addr().String(), "--protected-mode", "no",
		"--save", "", "--loglevel", "warning", "--maxclients", "1000"}}
}

// redisBenchmark is redis' own load generator, one request in flight on each connection.
func redisBenchmark(t tools) contender {
	return external("redis-benchmark -P 1", t.RedisBenchmark, redisServer(t), func(l load) []string {
		n := redisRequestsPerSecond * int64(l.turn/time.Second)
		return []string{"-h", l.target.Addr().String(), "-p", strconv.Itoa(int(l.target.Port())), "-c", l.flight(),
			"-n", strconv.FormatInt(n, 10), "-P", "1", "-t", "ping_mbulk"}
	}, parseRedisBenchmark)
}

// nativePings are those of one of our engines.
func nativePings(t tools, engine scenario.EngineName) contender {
	return native(string(engine), redisServer(t), func(w *scenario.Workload) {
		w.Engine, w.Mode = engine, scenario.ModeKeepalive
		_ = w.Exchange.AddSend(ping) // valid
		_ = w.Exchange.AddExpect(pong)
	})
}

// parseRedisBenchmark reads the report of one test: its count, and its rate, which has more
// digits than its time.
func parseRedisBenchmark(out []byte) (tally, error) {
	count := regexp.MustCompile(`(?m)^ *(\d+) requests completed in`).FindSubmatch(out)
	rate := regexp.MustCompile(`throughput summary: ([0-9.]+) requests per second`).FindSubmatch(out)
	if count == nil || rate == nil {
		return tally{}, errors.New("it has no count of requests, or no rate")
	}
	n, err1 := strconv.ParseInt(string(count[1]), 10, 64)
	perSecond, err2 := strconv.ParseFloat(string(rate[1]), 64)
	if err := errors.Join(err1, err2); err != nil {
		return tally{}, err
	}
	d, err := elapsed(float64(n) / perSecond)
	return tally{Elapsed: d, Requests: &n}, err
}

// askRedis has a server count the commands that it got before, as in its own statistics.
func askRedis(at netip.AddrPort) (*target.Stats, error) {
	c, err := net.DialTimeout("tcp", at.String(), commandGrace)
	if err != nil {
		return nil, fmt.Errorf("ask redis: %w", err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(commandGrace)); err != nil {
		return nil, fmt.Errorf("ask redis: %w", err)
	}
	if _, err := io.WriteString(c, "INFO stats\r\nQUIT\r\n"); err != nil {
		return nil, fmt.Errorf("ask redis: %w", err)
	}
	said := map[string]int64{}
	for lines := bufio.NewScanner(c); lines.Scan(); {
		name, text, _ := strings.Cut(lines.Text(), ":")
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			said[name] = n
		}
	}
	requests, counted := said["total_commands_processed"]
	bytes, measured := said["total_net_output_bytes"]
	if !counted || !measured {
		return nil, errors.New("ask redis: it does not say how many commands it processed, or what it sent")
	}
	return &target.Stats{Requests: requests, BytesSent: bytes}, nil
}
