package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"tcpbench/results"
	"tcpbench/scenario"
	"tcpbench/scenario/scenariotest"
)

func TestFlagsChooseTheLabsServer(t *testing.T) {
	program := func(address string, command ...string) scenario.Program {
		return scenario.Program{Command: command, Addresses: []string{address}}
	}
	https := scenario.Server{Protocol: "https"}
	served := func(address string, command ...string) scenario.Server {
		return scenario.Server{Program: program(address, command...)}
	}
	onPath := scenario.Server{Protocol: "https", Program: program("https://{server}/x")}
	tests := []struct {
		name    string
		flags   labFlags
		targets []string
		outside []string // what is left of them without a lab
		want    scenario.Programs
	}{
		{"nothing said", labFlags{}, nil, nil, scenario.Programs{}},
		{"a target", labFlags{}, []string{"http://a/"}, []string{"http://a/"}, scenario.Programs{}},
		{"a protocol", labFlags{server: "https"}, nil, nil, scenario.Programs{Server: https}},
		{"a target in a lab says the protocol", labFlags{lab: true}, []string{"https://{server}/x"}, nil,
			scenario.Programs{Server: onPath}},
		{"a command", labFlags{command: `nginx -c "a b"`}, []string{"http://{server}/"}, nil,
			scenario.Programs{Server: served("http://{server}/", "nginx", "-c", "a b")}},
		{"a proxy before the embedded server", labFlags{proxy: "haproxy -db"}, []string{"http://{proxy}:8080/"}, nil,
			scenario.Programs{Server: scenario.Server{Protocol: "http"},
				Proxy: program("http://{proxy}:8080/", "haproxy", "-db")}},
		{"a proxy of connections", labFlags{proxy: "haproxy -db"}, []string{"{proxy}:8080"}, nil,
			scenario.Programs{Proxy: program("{proxy}:8080", "haproxy", "-db")}},
		{"a proxy before a command", labFlags{proxy: "haproxy -db", command: "nginx"},
			[]string{"http://{proxy}:8080/", "http://{server}:8000/"}, nil,
			scenario.Programs{
				Server: served("http://{server}:8000/", "nginx"),
				Proxy:  program("http://{proxy}:8080/", "haproxy", "-db"),
			}},
		{"braces stay", labFlags{command: "x {server}:80"}, []string{"{server}:80"}, nil,
			scenario.Programs{Server: served("{server}:80", "x", "{server}:80")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.flags.spec(tt.targets, scenario.DefaultWorkload())
			if diff := cmp.Diff(tt.want, got.Programs); diff != "" || err != nil {
				t.Errorf("spec(%q) = %v, programs (-want +got):\n%s", tt.targets, err, diff)
			}
			if diff := cmp.Diff(tt.outside, got.Targets); diff != "" {
				t.Errorf("spec(%q) targets (-want +got):\n%s", tt.targets, diff)
			}
		})
	}
}

// asNobody makes cmd's process one of a user without any right.
func asNobody(cmd *exec.Cmd) {
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
}

func TestAnUnprivilegedUserCanRunNginxInALab(t *testing.T) {
	t.Parallel()
	dir := shared(t)
	config, err := os.ReadFile("../../examples/nginx/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), config, 0o644); err != nil {
		t.Fatal(err)
	}
	r := runAsNobody(t, dir, "-n=1000", "--server-cmd", fmt.Sprintf("nginx -e stderr -p %s -c %s/nginx.conf", dir, dir),
		"http://{server}:8080/")
	if r.Totals.Succeeded != 1000 || r.Totals.Requests != 1000 || r.Environment.TargetKind != "command" {
		t.Errorf("%d of 1000 connections to a %s succeeded, with %d requests", r.Totals.Succeeded,
			r.Environment.TargetKind, r.Totals.Requests)
	}
}

// nginxProxy is a scenario of nginx as a proxy that closes first, with a
// thousand ports.
func nginxProxy() string {
	x := scenariotest.Nginx(scenariotest.ClosesFirst, "")
	return fmt.Sprintf(`name: proxy
target: {server: http}
proxy:
  command: [%s]
  address: %q
  files: {nginx.conf: %q}
workload:
  mode: keepalive
  count: 1500
  concurrency: 4
  duration: 30s
  proxy-sysctl: {net.ipv4.ip_local_port_range: "40000 40999"}
`, `"`+strings.Join(x.Command, `", "`)+`"`, x.Addresses[0], x.Files["nginx.conf"])
}

// The user's PATH has no /usr/sbin, where nginx is.
func TestAnUnprivilegedUserCanRunAProxyOutOfPorts(t *testing.T) {
	t.Parallel()
	dir := shared(t)
	if err := os.WriteFile(filepath.Join(dir, "proxy.yaml"), []byte(nginxProxy()), 0o644); err != nil {
		t.Fatal(err)
	}
	temp := filepath.Join(dir, "tmp")
	if err := errors.Join(os.Mkdir(temp, 0o777), os.Chmod(temp, 0o777)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(copyOfSelf(t, dir))
	cmd.Args = []string{"tcpbench", "sweep", "-o", filepath.Join(dir, "out"), filepath.Join(dir, "proxy.yaml")}
	cmd.Env = append(os.Environ(), "PATH=/usr/bin:/bin", "TMPDIR="+temp)
	asNobody(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("a proxy in a lab: %v\n%s", err, out)
	}
	set, err := results.Load(filepath.Join(dir, "out"))
	if err != nil || len(set.Runs) != 1 {
		t.Fatalf("Load = %v, %v, want one run", set, err)
	}
	r := set.Runs[0]
	if got := r.Totals.Status; got["200"] != 1000 || got["502"] != 500 {
		t.Errorf("answers = %v, want 1000 times 200, a port each, and 500 times 502", got)
	}
	if f := r.Exhaustion; f.Elsewhere() != "proxy" || *f.AfterConnections != 1000 || f.Uncertain != "" {
		t.Errorf("finding = %+v, want that the proxy's ports ran out after 1000 connections", f)
	}
	if h := r.Hosts.Proxy; *h.TimeWaitEnd != 1000 || len(h.Said) == 0 || h.Said[0].Count != 500 {
		t.Errorf("the proxy has %d TIME_WAITs and said %+v, want 1000, and first a line 500 times",
			*h.TimeWaitEnd, h.Said)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("temporary files that are left = %v, %v, want none", left, err)
	}
}

// haproxy's master and worker are in the proxy's process namespace.
func TestNothingIsLeftOfAProxy(t *testing.T) {
	t.Parallel()
	config, err := filepath.Abs("../../examples/haproxy/haproxy.cfg")
	if err != nil {
		t.Fatal(err)
	}
	cmd, _ := startEndless(t, nil, "--proxy-cmd", "haproxy -W -db -f "+config, "http://{proxy}:8080/")
	below := descendants(t, cmd.Process.Pid)
	if len(below) != 5 {
		t.Errorf("the run has the processes %v, want a client's, a server's, a proxy's, "+
			"and haproxy's master and worker", below)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for _, pid := range below {
		eventually(t, fmt.Sprintf("process %d is gone", pid), func() bool { return !alive(pid) })
	}
}

// A program that hides from its process group is still in the lab's process
// namespace.
func TestNothingIsLeftOfAServersCommand(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := fmt.Sprintf(`bash -c "setsid sleep 1000 & exec -a tcpbench %s serve --listen {server}:7000"`, self)
	cmd, _ := startEndless(t, nil, "--server-cmd", command, "{server}:7000")
	below := descendants(t, cmd.Process.Pid)
	if len(below) != 4 {
		t.Errorf("the run has the processes %v, want a client's, a server's, its command's and a hidden one", below)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for _, pid := range below {
		eventually(t, fmt.Sprintf("process %d is gone", pid), func() bool { return !alive(pid) })
	}
}

// fileLimits runs so many connections in a lab with the given limits, soft and
// hard, and returns those of the client and of the server's command.
func fileLimits(t *testing.T, concurrency int, limits string) (client, command unix.Rlimit, stderr string, err error) {
	t.Helper()
	dir := t.TempDir()
	result, said := filepath.Join(dir, "r.json"), filepath.Join(dir, "limits")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("prlimit", "--nofile="+limits, "bash", "-c", fmt.Sprintf("exec -a tcpbench %s \"$@\"", self),
		"tcpbench",
		"run", fmt.Sprintf("-c=%d", concurrency), "-n=1", "-o", result, "--server-cmd",
		fmt.Sprintf(`bash -c "(ulimit -Sn; ulimit -Hn) >%s; exec -a tcpbench %s serve --listen {server}:7000"`, said,
			self), "{server}:7000")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Run(); err != nil {
		return client, command, errs.String(), err
	}
	r, err := results.Read(result)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(said)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(string(b), &command.Cur, &command.Max); err != nil {
		t.Fatal(err)
	}
	client = unix.Rlimit{Cur: r.Environment.Limits["nofile_soft"], Max: r.Environment.Limits["nofile_hard"]}
	return client, command, errs.String(), nil
}

func TestBothSidesOfALabCanHaveTheFilesTheyNeed(t *testing.T) {
	client, command, stderr, err := fileLimits(t, 5000, "256:8192")
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	for name, got := range map[string]unix.Rlimit{"the client": client, "the server's command": command} {
		if got.Cur < 5064 || got.Max != 8192 {
			t.Errorf("limits of %s = %+v, want at least 5064 of 8192", name, got)
		}
	}
}

// Above the hard limit, who may (CAP_SYS_RESOURCE on the host) gets what is
// needed, and who may not learns what to do.
func TestTheHardLimitOfFilesIsRaisedByWhoMay(t *testing.T) {
	client, command, stderr, err := fileLimits(t, 100_000, "256:8192")
	if mayRaiseLimits(t) {
		if err != nil {
			t.Fatalf("%v\n%s", err, stderr)
		}
		for name, got := range map[string]unix.Rlimit{"the client": client, "the server's command": command} {
			if got.Cur < 100_064 || got.Max < 100_064 {
				t.Errorf("limits of %s = %+v, want at least 100064", name, got)
			}
		}
		return
	}
	want := "concurrency: 100000 connections need 100064 open files, and this process may have 8192 (ulimit -Hn); " +
		"lower --concurrency to 8128, or raise the limit as root: ulimit -Hn 100064"
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 4 || !strings.Contains(stderr, want) {
		t.Errorf("Run = %v, %q, want exit status 4 and %q", err, stderr, want)
	}
}

// Each thread has files of its own, so that anybody can have more connections than the
// hard limit: with as many threads as the message says, and not without them.
func TestThreadsHaveMoreConnectionsThanTheLimitOfFiles(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const held = 2000
	path := filepath.Join(t.TempDir(), "r.json")
	run := func(more ...string) (string, error) {
		// Without CAP_SYS_RESOURCE on the host, which no user namespace gives.
		cmd := exec.Command("prlimit", append([]string{"--nofile=1000:1000", "unshare", "--user", "--map-root-user",
			"bash", "-c", fmt.Sprintf("exec -a tcpbench %s \"$@\"", self), "tcpbench", "run", "--mode=idle", "-z=2s",
			fmt.Sprintf("-c=%d", held), "-o", path}, more...)...)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	said, err := run()
	offer := regexp.MustCompile(`use (--threads \d+) (--server-threads \d+), each of which`).FindStringSubmatch(said)
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 4 || offer == nil {
		t.Fatalf("one thread with 1000 files: %v, %s, want exit status 4 and how many threads to use", err, said)
	}
	for _, engine := range []string{"epoll", "io_uring"} {
		more := append(strings.Fields(offer[1]+" "+offer[2]), "--engine", engine, "--force")
		if said, err := run(more...); err != nil {
			t.Fatalf("%v: %v, %s", more, err, said)
		}
		r, err := results.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		most := 0
		for _, iv := range r.Intervals {
			most = max(most, iv.InFlight)
		}
		if most != held || r.Totals.Failed != 0 {
			t.Errorf("%v: %d connections were held and %d failed, want %d and none", more, most, r.Totals.Failed, held)
		}
	}
}

// mayRaiseLimits tries what the tool would have to do, in another process.
func mayRaiseLimits(t *testing.T) bool {
	t.Helper()
	var have unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &have); err != nil {
		t.Fatal(err)
	}
	return exec.Command("prlimit", fmt.Sprintf("--nofile=%d:%d", have.Max+1, have.Max+1), "true").Run() == nil
}

// Whoever starts a lab, its programs can do what servers do, and nothing to the
// host that only root can: root's labs have no user namespace.
func TestProgramsOfALabHaveTheCapabilitiesOfAServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	status := filepath.Join(dir, "status")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	code, _, stderr := command("run", "-n=1", "-o", filepath.Join(dir, "r.json"), "--server-cmd",
		fmt.Sprintf(`bash -c "cat /proc/self/status >%s; exec -a tcpbench %s serve --listen {server}:80"`, status,
			self), "{server}:80")
	if code != 0 {
		t.Fatalf("exit status %d: %s", code, stderr)
	}
	b, err := os.ReadFile(status)
	if err != nil {
		t.Fatal(err)
	}
	var want uint64
	for _, c := range []int{unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE, unix.CAP_FOWNER, unix.CAP_FSETID, unix.CAP_SETUID,
		unix.CAP_SETGID, unix.CAP_SETPCAP, unix.CAP_SYS_CHROOT, unix.CAP_KILL, unix.CAP_NET_BIND_SERVICE,
		unix.CAP_NET_ADMIN, unix.CAP_NET_RAW, unix.CAP_SYS_RESOURCE, unix.CAP_SYS_NICE} {
		want |= 1 << c
	}
	for _, set := range []string{"CapEff", "CapPrm", "CapBnd"} {
		_, after, ok := strings.Cut(string(b), set+":\t")
		var got uint64
		if _, err := fmt.Sscanf(after, "%x", &got); err != nil || !ok {
			t.Fatalf("%s in %q: %v", set, b, err)
		}
		if got&^want != 0 || got&(1<<unix.CAP_NET_BIND_SERVICE) == 0 {
			t.Errorf("%s of a program = %x, want at most %x, and what port 80 takes", set, got, want)
		}
	}
}
