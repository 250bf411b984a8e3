package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcpbench/results"
)

// listening starts a server as the test's user, and returns its address.
func listening(t *testing.T, words func(port string) []string) string {
	dir := t.TempDir()
	return daemon{dir: dir, log: journal(filepath.Join(dir, "log"))}.start(t, words)
}

func redis(t *testing.T) string {
	return listening(t, func(port string) []string {
		return []string{"redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--loglevel", "warning"}
	})
}

// redisServer and memcached are servers with their counters, of which the asking has a part.
func redisServer(t *testing.T) (addr string, seen count) {
	addr = redis(t)
	return addr, ofStats(addr, "INFO stats", ":", map[string]int{"total_connections_received": 1,
		"total_commands_processed": 2}) // INFO and QUIT
}

func memcached(t *testing.T) (addr string, seen count) {
	addr = listening(t, func(port string) []string {
		// One thread counts connections in their order; with several, one may not be counted yet.
		return []string{"memcached", "-p", port, "-l", "127.0.0.1", "-U", "0", "-u", "root", "-t", "1"}
	})
	return addr, ofStats(addr, "stats", " ", map[string]int{"total_connections": 1})
}

// stats are what a server says of itself after a command, before it ends the connection:
// lines of a name and a count.
func stats(t *testing.T, addr, command, separator string, names ...string) []int64 {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, command+"\r\nquit\r\n"); err != nil {
		t.Fatal(err)
	}
	said := map[string]int64{}
	for lines := bufio.NewScanner(c); lines.Scan(); {
		name, value, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "STAT "), separator)
		var n int64
		if _, err := fmt.Sscan(value, &n); err == nil {
			said[name] = n
		}
	}
	var out []int64
	for _, name := range names {
		if _, ok := said[name]; !ok {
			t.Fatalf("%s says nothing of %s", command, name)
		}
		out = append(out, said[name])
	}
	return out
}

// What a real server counts is what the run counts, whatever is said.
func TestRedisCountsWhatWeCount(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		args     []string
		commands int64 // of a request
	}{
		{"PING", []string{"--send", `PING\r\n`, "--expect", `+PONG\r\n`}, 1},
		{"SET of RESP", []string{"--send", `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n`, "--expect", "line"}, 1},
		{"a pipeline", []string{"--send", `PING\r\nPING\r\nGET k\r\n`, "--expect", `+PONG\r\n+PONG\r\n`,
			"--expect", `/^\$(-1\r\n|5\r\nvalue\r\n)/`}, 3},
	}
	modes := [][]string{
		{"--engine=epoll", "--sockets=fresh"}, {"--engine=epoll", "--sockets=keep"}, {"--engine=io_uring"},
		{"--engine=epoll", "--mode=keepalive"}, {"--engine=io_uring", "--mode=keepalive"},
		{"--engine=epoll", "--mode=keepalive", "--requests-per-conn=7", "--hello-send", `ECHO hi\r\n`,
			"--hello-expect", `$2\r\nhi\r\n`},
	}
	addr := redis(t)
	for _, tt := range tests {
		for _, mode := range modes {
			t.Run(tt.name+" "+strings.Join(mode, " "), func(t *testing.T) {
				if mode[0] == "--engine=io_uring" && len(engines(t)) < 2 {
					return // it is not there, as was checked
				}
				seen := func() []int64 {
					return stats(t, addr, "INFO stats", ":", "total_connections_received", "total_commands_processed")
				}
				before := seen()
				r := measure(t, append(append(mode, tt.args...), "-n=700", "-c=8", "--linger=0", "tcp://"+addr)...)
				after := seen()
				checkExchanged(t, r, 700)
				hello := int64(0)
				if len(r.Options.Hello) > 0 {
					hello = r.Totals.Attempted
				}
				connections, commands := after[0]-before[0]-1, after[1]-before[1]-2 // INFO and QUIT
				if connections != r.Totals.Attempted || commands != 700*tt.commands+hello {
					t.Errorf("redis saw %d connections and %d commands, want %d and %d", connections, commands,
						r.Totals.Attempted, 700*tt.commands+hello)
				}
			})
		}
	}
}

// checkExchanged checks that every exchange was as it should.
func checkExchanged(t *testing.T, r *results.Run, requests int64) {
	t.Helper()
	if r.Totals.Requests != requests || r.Totals.Failed > 0 || *r.Totals.SurplusBytes > 0 {
		t.Errorf("%d requests, %d failed, %d bytes of surplus, want %d and none; errors %v, mismatch %+v",
			r.Totals.Requests, r.Totals.Failed, *r.Totals.SurplusBytes, requests, r.Totals.Errors, r.Totals.Mismatch)
	}
}

// The law is exact with a real server and a real protocol.
func TestPortsRunOutAgainstRedis(t *testing.T) {
	t.Parallel()
	r := measure(t, "--server-cmd", `redis-server --bind {server} --protected-mode no --save "" --loglevel warning`,
		"--until=exhausted", "--sysctl=net.ipv4.ip_local_port_range=40000 40999", noRSTEnds,
		"--send", `PING\r\n`, "--expect", `+PONG\r\n`, "tcp://{server}:6379")
	if ex := r.Exhaustion; !ex.Exhausted || *ex.AfterConnections != 1000 {
		t.Errorf("exhaustion = %+v, want it after 1000 connections", ex)
	}
}
