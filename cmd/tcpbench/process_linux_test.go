package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tcpbench/results"
)

// subprocess is the command as a process of its own. Its name is what makes
// this test binary behave as the command (testscript.Main).
func subprocess(args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = append([]string{"tcpbench"}, args...)
	return cmd
}

// startEndless starts a run that lasts until it is ended, and returns when it
// has begun to open connections.
func startEndless(t *testing.T, stderr io.Writer, more ...string) (cmd *exec.Cmd, output string) {
	t.Helper()
	output = filepath.Join(t.TempDir(), "r.json")
	cmd = subprocess(append([]string{"run", "--linger=0", "-c=2", "-z=10m", "--interval=50ms", "-o", output},
		more...)...)
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the journal has an interval", func() bool {
		intervals, err := journalOf(output)
		return err == nil && len(intervals) > 0
	})
	return cmd, output
}

// journalOf are the intervals in the journal of a result.
func journalOf(output string) ([]results.Interval, error) {
	f, err := os.Open(results.JournalPath(output))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	_, intervals, err := results.ReadJournal(f)
	return intervals, err
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not in 20 s: %s", what)
}

func TestSIGTERMSavesWhatThereWas(t *testing.T) {
	t.Parallel()
	cmd, output := startEndless(t, nil)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 130 {
		t.Errorf("Wait = %v, want exit status 130", err)
	}
	r, err := results.Read(output)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Interrupted || r.Totals.Succeeded == 0 {
		t.Errorf("interrupted = %v after %d connections, want true after some", r.Interrupted, r.Totals.Succeeded)
	}
}

func TestNothingIsLeftWhenTheParentIsKilled(t *testing.T) {
	t.Parallel()
	cmd, output := startEndless(t, nil)
	cells := descendants(t, cmd.Process.Pid)
	if len(cells) != 2 {
		t.Fatalf("the run has the processes %v, want a client's and a server's", cells)
	}
	namespaces := map[string]bool{}
	for _, pid := range cells {
		ns, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", pid))
		if err != nil {
			t.Fatal(err)
		}
		namespaces[ns] = true
	}
	own, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	if len(namespaces) != 2 || namespaces[own] {
		t.Errorf("network namespaces = %v, want two that are not the host's %s", namespaces, own)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for _, pid := range cells {
		eventually(t, fmt.Sprintf("process %d is gone", pid), func() bool { return !alive(pid) })
	}
	if intervals, err := journalOf(output); err != nil || len(intervals) == 0 {
		t.Errorf("the journal of a killed run has %d intervals, %v; want what there was", len(intervals), err)
	}
}

// roleOf is the name that a process of the tool has in ps.
func roleOf(pid int) string {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)) // gone: no name
	return strings.TrimSpace(string(b))
}

func TestAKilledProcessOfTheLabFailsTheRun(t *testing.T) {
	tests := []struct{ name, role, link, want string }{
		{"the server", "tcpbench-server", "veth", "the lab's server died: signal: killed"},
		{"the link", "tcpbench-link", "pass", "the lab's link died: signal: killed"},
		{"the client", "tcpbench-cell", "veth", "the cell's process ended without a result: signal: killed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.link == "pass" && !linkWithRules(t) {
				return
			}
			var errs bytes.Buffer
			cmd, output := startEndless(t, &errs, "--link="+tt.link)
			for _, pid := range descendants(t, cmd.Process.Pid) {
				if roleOf(pid) == tt.role {
					if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
						t.Fatal(err)
					}
				}
			}
			var exit *exec.ExitError
			if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Errorf("Wait = %v, want exit status 1", err)
			}
			journal := results.JournalPath(output)
			for _, want := range []string{tt.want, "intervals are in " + journal} {
				if !strings.Contains(errs.String(), want) {
					t.Errorf("stderr = %q, want it to say %q", errs.String(), want)
				}
			}
			if _, err := os.Stat(journal); err != nil {
				t.Errorf("the journal: %v, want it kept", err)
			}
		})
	}
}

// A link that was stopped says nothing of its rules at the end, and takes
// nothing else from the result.
func TestAStoppedLinkLeavesTheResult(t *testing.T) {
	t.Parallel()
	if !linkWithRules(t) {
		return
	}
	var errs bytes.Buffer
	cmd, output := startEndless(t, &errs, "--link=pass", "-z=2s", "--timeout=300ms")
	for _, pid := range descendants(t, cmd.Process.Pid) {
		if roleOf(pid) == "tcpbench-link" {
			if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("Wait = %v, want exit status 0; stderr: %s", err, &errs)
	}
	r, err := results.Read(output)
	if err != nil {
		t.Fatal(err)
	}
	if r.Totals.Succeeded == 0 || r.Link != nil ||
		!slices.ContainsFunc(r.Warnings, func(w results.Warning) bool { return w.Code == "link-silent" }) {
		t.Errorf("%d connections, link %v, warnings %v; want what was measured, no counts of the link, and a warning",
			r.Totals.Succeeded, r.Link, r.Warnings)
	}
}

// descendants are the processes below pid, from /proc.
func descendants(t *testing.T, pid int) []int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	children := map[int][]int{}
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it has just ended
		}
		_, rest, _ := strings.Cut(string(b), ") ")
		fields := strings.Fields(rest) // state, parent, ...
		child, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		parent, _ := strconv.Atoi(fields[1])
		children[parent] = append(children[parent], child)
	}
	var out []int
	for _, c := range children[pid] {
		out = append(out, c)
		out = append(out, descendants(t, c)...)
	}
	return out
}

// alive reports whether a process exists and is no zombie.
func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(rest, "Z")
}

func TestTheHostIsLeftAsItWas(t *testing.T) {
	before := hostState(t)
	measure(t, narrow, "--until=exhausted", "--sysctl=net.ipv4.tcp_tw_reuse=0",
		"--server-sysctl=net.ipv4.tcp_timestamps=0")
	if after := hostState(t); after != before {
		t.Errorf("the host's settings and links changed\nbefore:\n%s\nafter:\n%s", before, after)
	}
}

// hostState are the sysctls that labs set, and the host's links.
func hostState(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, name := range []string{"net/ipv4/ip_local_port_range", "net/ipv4/tcp_tw_reuse", "net/ipv4/tcp_timestamps",
		"net/core/somaxconn", "net/ipv4/tcp_max_syn_backlog"} {
		v, err := os.ReadFile("/proc/sys/" + name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s", name, v)
	}
	links, err := os.ReadDir("/sys/class/net")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		fmt.Fprintln(&b, l.Name())
	}
	return b.String()
}

func TestAnUnprivilegedUserCanRunALab(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		return // every other test here shows it
	}
	r := runAsNobody(t, shared(t), narrow, "--until=exhausted")
	if got := *r.Exhaustion.AfterConnections; got != 1000 {
		t.Errorf("after_connections = %d, want 1000", got)
	}
	checkCounts(t, r)
}

// runAsNobody is what `tcpbench run` with these arguments gives a user without
// privileges, who keeps it in dir.
func runAsNobody(t *testing.T, dir string, args ...string) *results.Run {
	t.Helper()
	cmd := exec.Command(copyOfSelf(t, dir))
	cmd.Args = append([]string{"tcpbench", "run", "--format=json", "-o", filepath.Join(dir, "r.json")}, args...)
	asNobody(cmd)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("as uid 65534, %v: %v\n%s", args, err, errs.String())
	}
	r, err := results.Decode(out)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// shared is a directory that every user can write to.
func shared(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tcpbench-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// copyOfSelf is this test binary where every user can run it. Another process
// writes the copy: a file that this one had open for writing could be held
// open by a child of a parallel test, and then not be run (ETXTBSY).
func copyOfSelf(t *testing.T, dir string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "tcpbench")
	if out, err := exec.Command("install", "-m", "755", self, path).CombinedOutput(); err != nil {
		t.Fatalf("copy the test binary: %v: %s", err, out)
	}
	return path
}

// A user namespace whose limits forbid further ones stands for a host that
// forbids them.
func TestAHostThatForbidsNamespacesGetsStatus4(t *testing.T) {
	tests := []struct{ name, setting string }{
		{"no network namespaces", "user.max_net_namespaces"},
		{"no user namespaces", "user.max_user_namespaces"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := shared(t)
			self := copyOfSelf(t, dir)
			// Without capabilities in it, the inner process needs a user
			// namespace for its lab, as an unprivileged user does.
			path := "/proc/sys/" + strings.ReplaceAll(tt.setting, ".", "/")
			script := fmt.Sprintf("echo 0 > %s && exec setpriv --bounding-set=-all --inh-caps=-all %s run "+
				"-n 1 -o %s/r.json", path, self, dir)
			if tt.setting == "user.max_net_namespaces" {
				script = fmt.Sprintf("echo 0 > %s && exec %s run -n 1 -o %s/r.json", path, self, dir)
			}
			cmd := exec.Command("unshare", "--user", "--map-root-user", "sh", "-c", script)
			var errs bytes.Buffer
			cmd.Stderr = &errs
			err := cmd.Run()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 4 {
				t.Errorf("Run = %v, want exit status 4\n%s", err, errs.String())
			}
			if want := tt.setting + " is 0; as root: sysctl -w " + tt.setting; !strings.Contains(errs.String(), want) {
				t.Errorf("stderr = %q, want it to say %q", errs.String(), want)
			}
		})
	}
}
