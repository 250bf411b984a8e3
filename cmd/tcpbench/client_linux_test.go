package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	programs "tcpbench/internal/program"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
)

// pythonClient connects, exchanges 64 bytes and closes, until connect(2) fails: it then
// writes how often it had not. With "quiet" it does not say why, with "held" it closes
// nothing before its end, and with a number it ends after so many connections.
const pythonClient = `import socket, sys
host, port, how = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
n, kept = 0, []
while True:
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        s.connect((host, port))
    except OSError as e:
        print(n if "quiet" in how else "after %d: %s" % (n, e), file=sys.stderr)
        sys.exit(1)
    n += 1
    s.sendall(b"x" * 64)
    s.recv(64)
    if str(n) in how:
        sys.exit()
    if "held" in how:
        kept.append(s)
    else:
        s.close()
`

// python is the command of pythonClient, in a directory that every user can read.
func python(t *testing.T, dir string, args ...string) string {
	t.Helper()
	path := filepath.Join(dir, "client.py")
	if err := os.WriteFile(path, []byte(pythonClient), 0o644); err != nil {
		t.Fatal(err)
	}
	return strings.Join(append([]string{"/usr/bin/python3", path, "{server}", "{port}"}, args...), " ")
}

// checkProgram checks that ports ran out of a program after so many connections, exactly.
func checkProgram(t *testing.T, r *results.Run, want int64) {
	t.Helper()
	f := r.Exhaustion
	if !f.Exhausted || *f.AfterConnections != want || f.RanOut() != "client" || r.Totals.Attempted != want ||
		r.Totals.Succeeded != want {
		t.Errorf("exhaustion = %+v, totals %+v, want %d connections before the first that failed", f, r.Totals.Counts,
			want)
	}
	if r.Kernel.Client["TcpActiveOpens"] != want {
		t.Errorf("TcpActiveOpens = %d, want %d", r.Kernel.Client["TcpActiveOpens"], want)
	}
	if r.CPU == nil || r.CPU.PerConnectionUS == nil || *r.CPU.PerConnectionUS < 10 {
		t.Errorf("cpu = %+v, want more than 10 us a connection", r.CPU)
	}
	if l := r.Latency.Phases(); len(l) > 0 || r.ConnectCost != nil || r.Stalls != nil ||
		r.Lateness != nil || r.Threads != nil {
		t.Errorf("latencies %v, connect_cost %v: want none, of a program that is seen from outside", l, r.ConnectCost)
	}
	if r.Limit == nil || r.Limit.What != exhaustion.ByPorts {
		t.Errorf("limit = %+v, want the ports, which ran out", r.Limit)
	}
}

func TestAProgramOfTheUsersRunsOutOfPorts(t *testing.T) {
	tests := []struct {
		name   string
		python []string
		args   []string
		want   int64
		said   bool
	}{
		{"that closes", nil, []string{narrow}, 1000, true},
		{"that holds its connections", []string{"held"}, []string{narrow}, 1000, true},
		{"that does not say why", []string{"quiet"}, []string{narrow}, 1000, false},
		{"that is over before anybody looks", []string{"quiet"},
			[]string{"--sysctl=net.ipv4.ip_local_port_range=40000 40029"}, 30, false},
		{"of an even range with reserved ports", nil, []string{narrow,
			"--sysctl=net.ipv4.ip_local_reserved_ports=40000-40099"}, 900, true},
		{"over IPv6", nil, []string{narrow, "--ip=6"}, 1000, true},
		{"for two destinations, of which it uses one", nil, []string{narrow, "--destinations=2"}, 1000, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := measure(t, append(tt.args, "--until=exhausted", "--client-cmd",
				python(t, t.TempDir(), tt.python...))...)
			checkProgram(t, r, tt.want)
			if said := r.Exhaustion.Errno == "EADDRNOTAVAIL" && strings.Contains(r.Exhaustion.Said,
				"Cannot assign requested address"); said != tt.said {
				t.Errorf("errno %q, said %q, want it heard: %v", r.Exhaustion.Errno, r.Exhaustion.Said, tt.said)
			}
			if unknown := r.Exhaustion.Uncertain != ""; unknown == tt.said {
				t.Errorf("uncertain = %q, where it was heard to say so: %v", r.Exhaustion.Uncertain, tt.said)
			}
			if p := r.Program; !p.Stopped && (p.ExitStatus == nil || *p.ExitStatus != 1) {
				t.Errorf("program = %+v, want exit status 1 where it was its own", p)
			}
		})
	}
}

// Without --until a program goes on as long as it does.
func TestAProgramThatEndsByItselfEndsTheRun(t *testing.T) {
	t.Parallel()
	r := measure(t, narrow, "-z=60s", "--client-cmd", python(t, t.TempDir()))
	checkProgram(t, r, 1000)
	if r.DurationS > 30 || r.Program.EndedS > 30 {
		t.Errorf("the run took %v s, and the program %v s: want it to end with 1000 connections", r.DurationS,
			r.Program.EndedS)
	}
}

func TestAnUnprivilegedUsersProgramRunsOutOfPorts(t *testing.T) {
	t.Parallel()
	dir := shared(t)
	checkProgram(t, runAsNobody(t, dir, narrow, "--until=exhausted", "--client-cmd", python(t, dir)), 1000)
}

// net.Dial tries again without a word, and finds no port either.
func TestAProgramOfGosRunsOutOfPorts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "go-client")
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	r := measure(t, narrow, "--until=exhausted", "--client-cmd", path+" {server}:{port}")
	checkProgram(t, r, 1000)
	if !strings.Contains(r.Exhaustion.Said, "cannot assign requested address") {
		t.Errorf("said = %q, want Go's words", r.Exhaustion.Said)
	}
}

// A client that connects for each command, against the real server, which counts the
// connections that it accepted.
func TestAProgramRunsOutOfPortsTowardsRedis(t *testing.T) {
	t.Parallel()
	script := `import socket, sys
n = 0
while True:
    s = socket.socket()
    try:
        s.connect((sys.argv[1], int(sys.argv[2])))
    except OSError as e:
        sys.exit("after %d: %s" % (n, e))
    n += 1
    s.sendall(b"PING\r\n")
    assert s.recv(64) == b"+PONG\r\n"
    s.close()
`
	path := filepath.Join(t.TempDir(), "ping.py")
	if err := os.WriteFile(path, []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	r := measure(t, narrow, "--until=exhausted", "--server-cmd", "redis-server --port 6379 --save '' "+
		"--protected-mode no", "--client-cmd", "/usr/bin/python3 "+path+" {server} {port}", "{server}:6379")
	checkProgram(t, r, 1000)
	if r.Kernel.Server["TcpPassiveOpens"] != 1000 {
		t.Errorf("TcpPassiveOpens = %d, want 1000 connections that redis accepted", r.Kernel.Server["TcpPassiveOpens"])
	}
}

// What a program does wrong has a status and a sentence.
func TestAProgramThatDoesNotDoItsWork(t *testing.T) {
	tests := []struct {
		name, command string
		status        int
		want          string
	}{
		{"is not there", "no-such-program x", 4, `start client: there is no program "no-such-program" here`},
		{"is a directory", "/tmp", 4, `start client: there is no program "/tmp" here (is a directory)`},
		{"never connects, and ends", "true", 1,
			"the client's program opened no connection: it ended with exit status 0"},
		{"never connects, and goes on", "sleep 100", 1,
			"the client's program opened no connection: it was ended with the run"},
		{"ends at once with a status", "sh -c 'echo what; exit 7'", 1,
			`it ended with exit status 7, at `},
		{"ends with its last words", "sh -c 'echo first; echo last words >&2; exit 7'", 1,
			`its last line was "last words"`},
		{"is killed", "sh -c 'kill -SEGV $$'", 1, "it ended with SIGSEGV"},
		{"says that it has no port, and has some", "sh -c 'echo Cannot assign requested address; sleep 100'", 1,
			"and 0 of 1000 ports were in use towards one address at most: they had not run out"},
		{"has a blank name", "''", 2, "command: its first word, the program, is empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			status, _, stderr := command("run", "-o", t.TempDir()+"/r.json", narrow, "-z=300ms", "--client-cmd",
				tt.command)
			if status != tt.status || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit status %d, want %d; stderr %q, want it to say %q", status, tt.status, stderr, tt.want)
			}
		})
	}
}

// A program that connects and ends with a status is a failure, unless ports ran out.
func TestAProgramThatFailsAfterSomeConnections(t *testing.T) {
	t.Parallel()
	r := measureTo(t, 1, narrow, "--client-cmd", `/usr/bin/python3 -c 'import socket, sys
for i in range(7): socket.create_connection((sys.argv[1], int(sys.argv[2]))).close()
sys.exit("enough")' {server} {port}`)
	want := `ended with exit status 1, at `
	if v := r.Verdict.Headline; r.Totals.Attempted != 7 || !strings.Contains(v, want) ||
		!strings.Contains(v, `after 7 connections; its last line was "enough"`) {
		t.Errorf("%d connections: %q, want it to say %q", r.Totals.Attempted, v, want)
	}
}

// Its connections are counted, and they went to another port than the target's.
func TestAProgramThatConnectsElsewhere(t *testing.T) {
	t.Parallel()
	r := measureTo(t, 1, narrow, "-z=5s", "--client-cmd", `/usr/bin/python3 -c 'import socket, time
l = socket.create_server(("127.0.0.1", 9))
for i in range(5):
    socket.create_connection(("127.0.0.1", 9)).close()
time.sleep(0.3)'`, "--interval=100ms")
	if v := r.Verdict.Headline; !strings.Contains(v, "opened 5 connections, and the target's host accepted none") {
		t.Errorf("verdict = %q, want that none came to the target", v)
	}
	warned := false
	for _, w := range r.Warnings {
		warned = warned || w.Code == "other-targets" && strings.Contains(w.Text, "127.0.0.1:9 (5 ports at most)")
	}
	if !warned {
		t.Errorf("warnings = %v, want one of what is no target", r.Warnings)
	}
}

// Nothing of it is left behind, however it ends, and its output has no end.
func TestNothingOfAProgramIsLeftBehind(t *testing.T) {
	tests := []struct {
		name, script string
		status       int
		check        func(*results.Program) bool
	}{
		{"it ignores SIGTERM", `trap "" TERM; : MARK; while :; do sleep 0.05; done`, 1,
			func(p *results.Program) bool { return p.Stopped && p.Killed && p.Signal == "SIGKILL" }},
		{"it leaves children", `sleep 1000.MARK & sleep 1000.MARK & exit 0`, 1,
			func(p *results.Program) bool { return !p.Stopped && p.LeftBehind != nil && *p.LeftBehind == 2 }},
		{"its children are in sessions of their own", `setsid sleep 1000.MARK & setsid sleep 1000.MARK & sleep 1000`, 1,
			func(p *results.Program) bool { return p.Stopped && !p.Killed }},
		{"it writes without end", `: MARK; yes "0123456789 0123456789 0123456789 0123456789"`, 1,
			func(p *results.Program) bool { return p.Stopped && strings.HasPrefix(p.LastLine, "0123456789") }},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			mark := fmt.Sprintf("%d%d", os.Getpid(), i)
			r := measureTo(t, tt.status, narrow, "-z=500ms", "--client-cmd",
				"sh -c '"+strings.ReplaceAll(tt.script, "MARK", mark)+"'")
			if !tt.check(r.Program) {
				t.Errorf("program = %+v", r.Program)
			}
			if left := processesWith(t, mark); len(left) > 0 {
				t.Errorf("processes are left behind: %q", left)
			}
		})
	}
}

// processesWith lists the command lines that have a word, without this process's.
func processesWith(t *testing.T, word string) []string {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, path := range paths {
		line, err := os.ReadFile(path)
		if err == nil && bytes.Contains(line, []byte(word)) {
			out = append(out, string(bytes.ReplaceAll(line, []byte{0}, []byte{' '})))
		}
	}
	return out
}

// What is asked for and would have no effect is refused, with what does it instead.
func TestWhatAProgramDecidesIsRefused(t *testing.T) {
	for flag, want := range map[string]string{
		"-n=10":                      "count: engine exec cannot end a program after a number of connections",
		"-c=7":                       "concurrency: engine exec does as the program's own options say",
		"--rate=7":                   "rate: engine exec",
		"--mode=keepalive":           "mode: engine exec",
		"--linger=0":                 "linger: engine exec has no hand on the program's sockets; set SO_LINGER in it",
		"--close=server":             "close: engine exec",
		"--on-exhausted=recover":     "on-exhausted: engine exec",
		"--source=2":                 "source: engine exec",
		"--source-ports=40000-40010": "source-ports: engine exec",
		"--port-select=walk":         "port-select: engine exec",
		"--tcp-keepalive=on":         "tcp-keepalive: engine exec",
		"--timeout=1s":               "timeout: engine exec",
		"--threads=2":                "threads: engine exec",
		"--warmup=1s":                "warmup: engine exec",
		"--seed=3":                   "seed: engine exec",
		"--engine=epoll":             "engine: epoll and the program of --client-cmd are two clients",
	} {
		status, _, stderr := command("run", "-o", t.TempDir()+"/r.json", "--client-cmd=true", flag)
		if status != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit status %d, stderr %q, want 2 and %q", flag, status, stderr, want)
		}
	}
	for flag, want := range map[string]string{
		"--cacert=x":          "cacert: engine exec speaks TLS as the program's own options say",
		"--cert=x":            "cert: engine exec speaks TLS",
		"--key=x":             "key: engine exec speaks TLS",
		"--servername=x":      "servername: engine exec speaks TLS",
		"--http=1.1":          "http: engine exec speaks TLS",
		"--tls-resume=off":    "tls-resume: engine exec speaks TLS",
		"--insecure":          "insecure: engine exec sends what the program sends",
		"--proxy-protocol=v2": "proxy-protocol: engine exec sends what the program sends",
	} {
		status, _, stderr := command("run", "-o", t.TempDir()+"/r.json", "--server=https", "--client-cmd=true", flag)
		if status != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit status %d, stderr %q, want 2 and %q", flag, status, stderr, want)
		}
	}
	status, _, stderr := command("run", "-o", t.TempDir()+"/r.json", "--engine=exec")
	want := "exec runs your own program; name it with --client-cmd"
	if status != 2 || !strings.Contains(stderr, want) {
		t.Errorf("--engine=exec: exit status %d, stderr %q, want 2 and %q", status, stderr, want)
	}
}

// The knee is seen in what a connection costs the program.
func TestTheKneeOfAProgramIsItsCPUTime(t *testing.T) {
	t.Parallel()
	r := measure(t, "--sysctl=net.ipv4.ip_local_port_range=40000 53999", "-z=60s", "--client-cmd",
		python(t, t.TempDir(), "9000"))
	k := r.Knee()
	if k == nil || k.CPUAfterUS == nil || *k.CPUAfterUS < 3**k.CPUBeforeUS || k.ConnectAfterUS != nil ||
		*k.Occupancy < 0.45 || *k.Occupancy > 0.6 {
		t.Fatalf("knee = %+v of %d connections, want one at half of the ports, in CPU time", r.Exhaustion.Knee,
			r.Totals.Attempted)
	}
	found := false
	for _, d := range r.Verdict.Sentences() {
		found = found || strings.Contains(d, "the CPU time of a connection went from ")
	}
	if !found || r.Exhaustion.Outcome != exhaustion.Undecided {
		t.Errorf("outcome %s, details %q, want the knee of an undecided run", r.Exhaustion.Outcome,
			r.Verdict.Sentences())
	}
}

// Two clients in one scenario, one of which keeps its connection.
func TestAScenarioComparesClients(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "clients.yaml")
	text := `name: clients
target: {server: echo}
workload: {until: exhausted, duration: 1s, sysctl: {net.ipv4.ip_local_port_range: "40000 40199"}}
cases:
  - name: connects each time
    client: {command: [/usr/bin/python3, "{dir}/c.py", "{server}", "{port}"], files: {c.py: ` +
		strconv.Quote(pythonClient) + `}}
  - name: keeps one
    vars: {pause: "0.01"}
    client:
      command: [/usr/bin/python3, "{dir}/c.py", "{server}", "{port}"]
      files:
        c.py: |
          import socket, sys, time
          s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
          while True:
              s.sendall(b"x" * 64)
              s.recv(64)
              time.sleep({pause})
`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	if status, _, stderr := command("sweep", path, "-o", out); status != 0 {
		t.Fatalf("sweep: exit status %d\n%s", status, stderr)
	}
	base := filepath.Join(out, "cells", "001-connects-each-time", "result.json")
	kept := filepath.Join(out, "cells", "002-keeps-one", "result.json")
	r, err := results.Read(base)
	if err != nil {
		t.Fatal(err)
	}
	checkProgram(t, r, 200)
	if r, err := results.Read(kept); err != nil || r.Totals.Attempted != 1 || r.Exhaustion.Exhausted ||
		!r.Program.Stopped {
		t.Errorf("the client that keeps its connection: %v, %+v, program %+v", err, r.Totals.Counts, r.Program)
	}
	status, stdout, stderr := command("compare", base, kept)
	if status != 0 || !strings.Contains(stdout, "changed: client file c.py sha256:") ||
		strings.Contains(stdout, "requests_per_second") {
		t.Errorf("compare: exit status %d\n%s%s", status, stdout, stderr)
	}
	policy := filepath.Join(dir, "policy.yaml")
	const limits = `limits: ["exhausted == false", "connect_p99 < 5ms"]`
	if err := os.WriteFile(policy, []byte(limits), 0o644); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]int{base: 99, kept: 98} {
		if status, stdout, _ := command("gate", "-f", policy, file); status != want {
			t.Errorf("gate of %s: exit status %d, want %d\n%s", file, status, want, stdout)
		}
	}
	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	if err != nil || !bytes.Contains(page, []byte("Where the program&#39;s connections went")) {
		t.Errorf("report.html: %v, want where the program's connections went", err)
	}
}

// found reports whether a program is here; else it checks that the run says what to install.
func found(t *testing.T, name string) bool {
	t.Helper()
	if _, err := programs.Find(name); err == nil {
		return true
	}
	status, _, stderr := command("run", "-o", t.TempDir()+"/r.json", "--client-cmd", name+" x")
	if want := "install it: apt-get install "; status != 4 || !strings.Contains(stderr, want) {
		t.Errorf("%s is not here: exit status %d, stderr %q, want 4 and %q", name, status, stderr, want)
	}
	return false
}

// A connection for each run of curl, which says nothing of ports.
func TestCurlInALoopRunsOutOfPorts(t *testing.T) {
	t.Parallel()
	if !found(t, "curl") {
		return
	}
	r := measure(t, "--sysctl=net.ipv4.ip_local_port_range=40000 40099", "--until=exhausted", "-z=60s", "--server=http",
		"--client-cmd", "sh -c 'while curl -sS -o /dev/null http://{server}:{port}/; do :; done'")
	checkProgram(t, r, 100)
	if *r.CPU.PerConnectionUS < 1000 {
		t.Errorf("%v us of CPU a connection, want that of a process each", *r.CPU.PerConnectionUS)
	}
}

// wrk has the server close first, where its TIME_WAITs hold no port of the client's.
func TestPortsOfWrkDoNotRunOut(t *testing.T) {
	t.Parallel()
	if !found(t, "wrk") {
		return
	}
	r := measure(t, narrow, "--until=exhausted", "-z=20s", "--server=http", "--client-cmd",
		"wrk -t1 -c10 -d2s -H 'Connection: close' http://{server}:{port}/")
	if r.Exhaustion.Exhausted || r.Totals.Succeeded < 1100 || r.Kernel.Server["TcpExtTW"] < r.Totals.Succeeded/2 ||
		*r.Program.ExitStatus != 0 {
		t.Errorf("%+v after %d connections, program %+v, want ports that last", r.Exhaustion, r.Totals.Succeeded,
			r.Program)
	}
	if v := r.Verdict.Headline; !strings.Contains(v, "the client's program was not heard to say that it found none") {
		t.Errorf("verdict = %q", v)
	}
}

// With tcp_tw_reuse a port comes free after a second: what counts is the first that failed.
func TestAProgramThatGoesOnWithoutPorts(t *testing.T) {
	t.Parallel()
	script := `import socket, sys, time
while True:
    s = socket.socket()
    try:
        if "bind" in sys.argv:
            s.bind(("0.0.0.0", 0))
        s.connect((sys.argv[1], int(sys.argv[2])))
        s.sendall(b"x" * 64)
        s.recv(64)
    except OSError as e:
        print(e, file=sys.stderr)
        time.sleep(0.001)
    s.close()
`
	path := filepath.Join(t.TempDir(), "retry.py")
	if err := os.WriteFile(path, []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	r := measure(t, "--sysctl=net.ipv4.ip_local_port_range=40000 40199", "--sysctl=net.ipv4.tcp_tw_reuse=1",
		"-z=3500ms", "--client-cmd", "/usr/bin/python3 "+path+" {server} {port}")
	if f := r.Exhaustion; !f.Exhausted || r.Totals.Attempted < 400 ||
		r.Kernel.Client["TcpExtTWRecycled"] != r.Totals.Attempted-200 {
		t.Fatalf("exhaustion = %+v of %d connections, %d on ports in TIME_WAIT, want a failure, and more later, all "+
			"but 200 on such ports", f, r.Totals.Attempted, r.Kernel.Client["TcpExtTWRecycled"])
	}
	ranOutBefore(t, r, 200, time.Second)
	r = measure(t, narrow, "--until=exhausted", "--client-cmd", "/usr/bin/python3 "+path+" {server} {port} bind")
	checkProgram(t, r, 1000)
	if f := r.Exhaustion; f.Call != "bind" || f.Errno != "EADDRINUSE" {
		t.Errorf("%s: %s, want bind: EADDRINUSE, of a program that binds without a port", f.Call, f.Errno)
	}
}

// With a NAT between, the target's host is still the server.
func TestAProgramBehindANAT(t *testing.T) {
	t.Parallel()
	r := measure(t, "--nat=40000-40999", "-z=20s", "--client-cmd", python(t, t.TempDir(), "300"))
	if r.Totals.Attempted != 300 || r.Totals.Succeeded != 300 || *r.Program.ExitStatus != 0 {
		t.Errorf("%+v, program %+v, want 300 connections that the server accepted", r.Totals.Counts, r.Program)
	}
	r = measure(t, "--nat=20000-20063", "-z=3s", "--client-cmd="+python(t, t.TempDir(), "held"))
	if f := r.Exhaustion; f.RanOut() != "nat" || f.AfterConnections == nil || *f.AfterConnections != 64 ||
		r.Totals.Succeeded != 64 {
		t.Errorf("exhaustion %+v, totals %+v, want the NAT's 64 ports to run out", f, r.Totals.Counts)
	}
}

// Its {dir} is there while it runs, and gone after it.
func TestAProgramThatNeedsADirectory(t *testing.T) {
	t.Parallel()
	r := measureTo(t, 1, narrow, "-z=5s", "--client-cmd", `sh -c 'cd {dir} && echo x > file && pwd'`)
	if dir := r.Program.LastLine; !filepath.IsAbs(dir) || *r.Program.ExitStatus != 0 {
		t.Errorf("program = %+v, want it in a directory", r.Program)
	} else if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("Stat(%s) = %v, want it removed", dir, err)
	}
}

// It may be the port of a listener of its own: ports are free.
func TestAnAddressInUseIsNoLackOfPorts(t *testing.T) {
	t.Parallel()
	r := measure(t, narrow, "--until=exhausted", "-z=20s", "--client-cmd", `/usr/bin/python3 -c 'import socket, sys
for i in range(7):
    socket.create_connection((sys.argv[1], int(sys.argv[2]))).close()
    print("[Errno 98] Address already in use")' {server} {port}`)
	if r.Exhaustion.Exhausted || r.Exhaustion.Refused != nil || r.Totals.Succeeded != 7 {
		t.Errorf("exhaustion = %+v of %d connections, want none", r.Exhaustion, r.Totals.Succeeded)
	}
	for _, w := range r.Warnings {
		if w.Code == "client-refused" {
			t.Errorf("warning %q, want none", w.Text)
		}
	}
}

// What limited the rate of a program is said where one side was busy all the time, and else
// that it is not known.
func TestWhatLimitsAProgram(t *testing.T) {
	busy := `/usr/bin/python3 -c 'import socket, sys
for i in range(13000): socket.create_connection((sys.argv[1], int(sys.argv[2]))).close()' {server} {port}`
	idle := `/usr/bin/python3 -c 'import socket, sys, time
for i in range(60):
    socket.create_connection((sys.argv[1], int(sys.argv[2]))).close()
    time.sleep(0.01)' {server} {port}`
	for _, tt := range []struct {
		name, client string
		want         exhaustion.What
	}{{"busy", busy, exhaustion.ByClient}, {"idle", idle, exhaustion.Uncertain}} {
		t.Run(tt.name, func(t *testing.T) {
			r := measure(t, "--client-cmd", tt.client)
			if r.Limit == nil || r.Limit.What != tt.want && r.Limit.What != exhaustion.Uncertain ||
				tt.want == exhaustion.Uncertain && r.Limit.What != tt.want {
				t.Errorf("limit = %+v, want %s", r.Limit, tt.want)
			}
			if r.Limit != nil && strings.Contains(r.Limit.Evidence, "the client's thread was not measured") {
				t.Errorf("limit = %+v, want how busy the program's threads were", r.Limit)
			}
		})
	}
}
