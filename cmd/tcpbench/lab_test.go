package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"tcpbench/cell"
	"tcpbench/results"
	"tcpbench/scenario"
)

func TestFlagsChooseTheLabsServer(t *testing.T) {
	tests := []struct {
		name    string
		flags   labFlags
		targets []string
		want    cell.Spec
	}{
		{"nothing said", labFlags{}, nil, cell.Spec{}},
		{"a target", labFlags{}, []string{"http://a/"}, cell.Spec{Targets: []string{"http://a/"}}},
		{"a protocol", labFlags{server: "https"}, nil, cell.Spec{Server: scenario.Server{Protocol: "https"}}},
		{"a target in a lab says the protocol", labFlags{lab: true}, []string{"https://{server}/x"},
			cell.Spec{Server: scenario.Server{Protocol: "https", Addresses: []string{"https://{server}/x"}}}},
		{"a command", labFlags{command: `nginx -c "a b"`}, []string{"http://{server}/"},
			cell.Spec{Server: scenario.Server{Command: []string{"nginx", "-c", "a b"}, Addresses: []string{"http://{server}/"}}}},
		{"braces stay", labFlags{command: "x {server}:80"}, []string{"{server}:80"},
			cell.Spec{Server: scenario.Server{Command: []string{"x", "{server}:80"}, Addresses: []string{"{server}:80"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.flags.spec(tt.targets)
			if diff := cmp.Diff(tt.want.Server, got.Server); diff != "" || err != nil {
				t.Errorf("spec(%q) = %v, server (-want +got):\n%s", tt.targets, err, diff)
			}
			if diff := cmp.Diff(tt.want.Targets, got.Targets); diff != "" {
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
	cmd := exec.Command(copyOfSelf(t, dir))
	cmd.Args = []string{"tcpbench", "run", "-n=1000", "--format=json", "-o", filepath.Join(dir, "r.json"),
		"--server-cmd", fmt.Sprintf("nginx -e stderr -p %s -c %s/nginx.conf", dir, dir), "http://{server}:8080/"}
	asNobody(cmd)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("nginx in a lab: %v\n%s", err, errs.String())
	}
	r, err := results.Decode(out)
	if err != nil {
		t.Fatal(err)
	}
	if r.Totals.Succeeded != 1000 || r.Totals.Requests != 1000 || r.Environment.TargetKind != "command" {
		t.Errorf("%d of 1000 connections to a %s succeeded, with %d requests", r.Totals.Succeeded, r.Environment.TargetKind, r.Totals.Requests)
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
	cmd := exec.Command("prlimit", "--nofile="+limits, "bash", "-c", fmt.Sprintf("exec -a tcpbench %s \"$@\"", self), "tcpbench",
		"run", fmt.Sprintf("-c=%d", concurrency), "-n=1", "-o", result, "--server-cmd",
		fmt.Sprintf(`bash -c "(ulimit -Sn; ulimit -Hn) >%s; exec -a tcpbench %s serve --listen {server}:7000"`, said, self), "{server}:7000")
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
// needed, and who may not is told what to do.
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
	want := "concurrency: 100000 connections need 100064 open files, and this process may have 8192 (ulimit -Hn); take --engine io_uring --threads 13, whose sockets are no descriptors, towards servers that run already, or lower --concurrency to 8128, or raise the limit as root: ulimit -Hn 100064"
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 4 || !strings.Contains(stderr, want) {
		t.Errorf("Run = %v, %q, want exit status 4 and %q", err, stderr, want)
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
