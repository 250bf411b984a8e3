package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"tcpbench/lab/labtest"
	"tcpbench/results"
)

// A Unix socket is the control without ports: what is of them is absent, and the verdict
// says that no law of them applies.
func TestAUnixSocketIsAControlWithoutPorts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "s.sock")
	l, err := net.Listen("unix", file)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go labtest.Serve(l, func(c net.Conn) { // ends with the listener
		for b := make([]byte, 64); ; {
			if _, err := io.ReadFull(c, b); err != nil {
				return
			}
			_, _ = c.Write(b)
		}
	})
	for _, args := range [][]string{{"-n=500"}, {"-n=500", "--mode=keepalive"}, {"-c=20", "--mode=idle", "-z=200ms"},
		{"--rate=1000", "-z=300ms", "--threads=2"}, {"-n=100", "--send=" + strings.Repeat("x", 64),
			"--expect=len:64"}} {
		t.Run(strings.Join(args, " ")[:6], func(t *testing.T) {
			r := measure(t, append(args, "-c=4", "unix:"+file)...)
			if r.Totals.Failed != 0 || r.Totals.Succeeded == 0 || r.Targets[0] != "unix:"+file {
				t.Errorf("totals = %+v of %v, want no failure", r.Totals, r.Targets)
			}
			if r.Prediction.Reason != "" || r.Prediction.Ports != 0 || r.PortsAtStart != nil || r.Exhaustion.Exhausted {
				t.Errorf("prediction = %+v, ports at the start %v, exhaustion %+v, want none", r.Prediction,
					r.PortsAtStart,
					r.Exhaustion)
			}
			for _, iv := range r.Intervals {
				if iv.PortsInUse != nil || iv.PortsCapacity != nil || iv.TimeWait != nil {
					t.Errorf("interval = %+v, want nothing of ports", iv)
				}
			}
			checkNoLaw(t, r)
		})
	}
}

func checkNoLaw(t *testing.T, r *results.Run) {
	t.Helper()
	details := strings.Join(r.Verdict.Sentences(), " ")
	const says = "A Unix socket has no ports: no law of them applies to it."
	if !strings.Contains(details, says) || strings.Contains(r.Verdict.Headline+details, "ports were held") ||
		strings.Contains(details, "settings hold") {
		t.Errorf("verdict = %q, %q, want %q and no law", r.Verdict.Headline, details, says)
	}
}

func TestAUnixSocketThatIsNotThere(t *testing.T) {
	output := filepath.Join(t.TempDir(), "r.json")
	for _, tt := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"run", "-n=3", "-c=1", "-o", output, "unix:/no/such.sock"}, 1,
			"there is no such Unix socket: start the server"},
		{[]string{"plan", output}, 2, "is of a Unix socket, which has no ports to plan"},
		{[]string{"run", "--until=exhausted", "unix:/no/such.sock"}, 2, "a Unix socket has no ports to run out of"},
		{[]string{"run", "unix:/a", "unix:/b"}, 2, "a run has one Unix socket"},
		{[]string{"run", "--lab", "unix:/a"}, 2, "a lab reaches its own server only"},
		{[]string{"report", "-o", output + ".html", output}, 0, ""},
	} {
		if status, _, stderr := command(tt.args...); status != tt.status || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v: exit status %d, %q, want %d and %q", tt.args, status, stderr, tt.status, tt.want)
		}
	}
}

// redisAtSocket are flags of a lab whose server is redis at a Unix socket alone.
func redisAtSocket(client string) []string {
	return []string{"--server-cmd=redis-server --port 0 --unixsocket {dir}/r.sock --save ''", "--client-cmd=" + client,
		narrow, "unix:{dir}/r.sock"}
}

// A program in a lab is given the socket of the lab's server. What the kernel does not count
// is absent from the result, and that no port was taken is what it says.
func TestAProgramAtAUnixSocketTakesNoPort(t *testing.T) {
	t.Parallel()
	const client = "sh -c 'redis-benchmark -s {socket} -t ping_mbulk -n 20000 -c 5 -k 0 >/dev/null && " +
		"redis-cli -s {socket} info stats | grep total_connections_received'"
	r := measure(t, redisAtSocket(client)...)
	checkAtSocket(t, r)
	nobody := runAsNobody(t, shared(t), redisAtSocket(client)...)
	checkAtSocket(t, nobody)
	var b bytes.Buffer
	if err := results.Encode(&b, r); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"attempted", "obtained", "succeeded", "failed", "requests", "connections_per_second"} {
		if strings.Contains(b.String(), fmt.Sprintf("%q:", key)) {
			t.Errorf("the result has %q, which nobody counted", key)
		}
	}
}

// checkAtSocket checks what is known of more than 20,000 connections to a Unix socket, of
// which redis counts each.
func checkAtSocket(t *testing.T, r *results.Run) {
	t.Helper()
	var n int
	if _, err := fmt.Sscanf(r.Program.LastLine, "total_connections_received:%d", &n); err != nil || n < 20_000 {
		t.Errorf("last line = %q, want redis' own count of 20,000 connections and more", r.Program.LastLine)
	}
	if m := r.Program.OpenMax; m == nil || *m < 1 {
		t.Errorf("open_max = %v, want some of 5 at a time", m)
	}
	const says = "Done: on a Unix socket the client's program took no local port, as it opened no connection of TCP"
	if !strings.HasPrefix(r.Verdict.Headline, says) || r.Targets[0] != "unix:{dir}/r.sock" ||
		r.Kernel.Client["TcpActiveOpens"] != 0 {
		t.Errorf("verdict = %q of %v, TcpActiveOpens %d, want %q", r.Verdict.Headline, r.Targets,
			r.Kernel.Client["TcpActiveOpens"], says)
	}
	checkNoLaw(t, r)
}

// Of an engine of tcpbench's own each connection is counted, in a lab as elsewhere.
func TestAnEngineReachesTheUnixSocketOfALab(t *testing.T) {
	t.Parallel()
	args := redisAtSocket("")
	r := measure(t, append([]string{args[0]}, "-n=500", "-c=4", `--send=PING\r\n`, `--expect=+PONG\r\n`, args[3])...)
	if r.Totals.Succeeded != 500 || r.Totals.Failed != 0 || !r.Environment.Lab {
		t.Errorf("totals = %+v in a lab: %v, want 500 that succeeded", r.Totals.Counts, r.Environment.Lab)
	}
	checkNoLaw(t, r)
}

// Whether a program used the socket is known where a connection was seen; whether it did
// well, by its exit status.
func TestAProgramThatNobodySawAtItsSocket(t *testing.T) {
	tests := []struct {
		name, client string
		status       int
		want         string
	}{
		{"never connects", "sleep 0.2", 0, "no connection to the Unix socket was open whenever it was looked"},
		{"fails", "sh -c 'echo no; exit 3'", 1, `the client's program ended with exit status 3, at `},
		{"uses TCP too", `/usr/bin/python3 -c 'import socket
l = socket.create_server(("127.0.0.1", 9))
for i in range(3): socket.create_connection(("127.0.0.1", 9)).close()'`, 0,
			"beside the Unix socket the client's program opened 3 connections of TCP"},
		{"stays until the end of the run", `/usr/bin/python3 -c 'import socket, sys, time
s = [socket.socket(socket.AF_UNIX) for i in range(7)]
for one in s: one.connect(sys.argv[1])
time.sleep(100)' {socket}`, 0, "the most that were seen open at a time to the socket: 7"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"run", "-o", t.TempDir() + "/r.json", "-z=1s"}, redisAtSocket(tt.client)...)
			status, stdout, stderr := command(args...)
			said := strings.Join(strings.Fields(stdout+stderr), " ")
			if status != tt.status || !strings.Contains(said, tt.want) {
				t.Errorf("exit status %d, want %d; it said %q, want %q", status, tt.status, said, tt.want)
			}
		})
	}
}

// A figure that nobody counted cannot be judged.
func TestALimitOfConnectionsThatNobodyCounted(t *testing.T) {
	t.Parallel()
	args := append([]string{"run", "-o", t.TempDir() + "/r.json", "--slo=connections_per_second>1"},
		redisAtSocket("true")...)
	const says = "connections to a Unix socket are not counted"
	if status, stdout, _ := command(args...); status != 98 ||
		!strings.Contains(strings.Join(strings.Fields(stdout), " "), says) {
		t.Errorf("exit status %d, %q, want 98 and %q", status, stdout, says)
	}
}

// What a Unix socket of a lab cannot go with is an error before anything is started.
func TestWhatAUnixSocketOfALabCannotBe(t *testing.T) {
	const server, target = "--server-cmd=redis-server --port 0 --unixsocket {dir}/r.sock", "unix:{dir}/r.sock"
	for _, tt := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{target}, 2, "{dir} is the directory of a lab's server; add --server-cmd"},
		{[]string{"--lab", target}, 2, "the embedded server echo is reached by tcp://"},
		{[]string{server, "unix:/run/r.sock"}, 2, "write unix:{dir}/NAME"},
		{[]string{server, "unix:{dir}"}, 2, "write unix:{dir}/NAME"},
		{[]string{server, "--client-cmd=true", "unix:{server}"}, 2, "write unix:{dir}/NAME"},
		{[]string{server, target, "--until=exhausted"}, 2, "a Unix socket has no ports to run out of"},
		{[]string{server, target, "--link=loopback"}, 2, "link: what goes through the server's Unix socket"},
		{[]string{server, target, "--cut-link=1s"}, 2, "cut-link: what goes through"},
		{[]string{server, target, "--nat=40000-40099"}, 2, "nat: what goes through"},
		{[]string{server, target, "--capture=10"}, 2, "capture: what goes through"},
		{[]string{server, target, "--engine=io_uring"}, 2, "makes TCP sockets only"},
		{[]string{server, "unix:{dir}/" + strings.Repeat("x", 101)}, 4, "by a TMPDIR with a shorter name"},
		{[]string{"--server-cmd=sh -c 'echo gone; exit 3'", target}, 1, "ended before it listened on"},
	} {
		args := append([]string{"run", "-n=1", "-o", t.TempDir() + "/r.json"}, tt.args...)
		if strings.Contains(strings.Join(tt.args, " "), "--until") {
			args = append(args[:1], args[2:]...)
		}
		if status, _, stderr := command(args...); status != tt.status || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v: exit status %d, %q, want %d and %q", tt.args, status, stderr, tt.status, tt.want)
		}
	}
}
