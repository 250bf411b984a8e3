package main

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"tcpbench/internal/uring/uringtest"
	"tcpbench/results"
)

func TestTheResultSaysWhichEngineRan(t *testing.T) {
	uringtest.Require(t)
	tests := []struct{ asked, mode, want string }{
		{"auto", "short", "epoll"}, {"auto", "keepalive", "io_uring"}, {"io_uring", "short", "io_uring"},
		{"epoll", "keepalive", "epoll"},
	}
	for _, tt := range tests {
		asked, want := tt.asked+" --mode "+tt.mode, tt.want
		args := []string{"-n=10", "--engine=" + tt.asked, "--mode=" + tt.mode}
		if tt.mode == "keepalive" {
			args = append(args, "--requests-per-conn=1")
		}
		r := measure(t, args...)
		if got := r.Environment.Engine; got != want || warning(r, "engine") != "" {
			t.Errorf("--engine %s: environment.engine = %q with warning %q, want %q with none", asked, got,
				warning(r, "engine"), want)
		}
		if r.Totals.Succeeded != 10 {
			t.Errorf("--engine %s: succeeded = %d, want 10; errors %v", asked, r.Totals.Succeeded, r.Totals.Errors)
		}
	}
}

func TestWithoutIOUringEpollRunsAndSaysWhy(t *testing.T) {
	if !withoutIOUring(t) {
		return
	}
	r := measure(t, "-n=10", "--mode=keepalive", "--requests-per-conn=1")
	if got := r.Environment.Engine; got != "epoll" || r.Totals.Succeeded != 10 {
		t.Errorf("environment.engine = %q, succeeded = %d, want epoll and 10", got, r.Totals.Succeeded)
	}
	if w := warning(r, "engine"); !strings.Contains(w, "security policy forbids it") ||
		!strings.Contains(w, "io_uring_setup: operation not permitted") {
		t.Errorf("warning engine = %q, want why io_uring did not run", w)
	}
}

func TestIOUringByNameIsRefusedWithTheRemedy(t *testing.T) {
	if !withoutIOUring(t) {
		return
	}
	status, stdout, stderr := command("run", "--format=json", "-o", t.TempDir()+"/r.json", "-n=10", "--engine=io_uring")
	if status != 4 || stdout != "" || !strings.Contains(stderr, "allow io_uring_setup") ||
		!strings.Contains(stderr, "--engine epoll") {
		t.Errorf("exit status %d, want 4; stdout %q, stderr %q", status, stdout, stderr)
	}
}

// warning is the text of the warning with the code, empty if there is none.
func warning(r *results.Run, code string) string {
	for _, w := range r.Warnings {
		if w.Code == code {
			return w.Text
		}
	}
	return ""
}

// withoutIOUring runs the test again in a process whose io_uring_setup(2) fails with
// EPERM, as the seccomp profile of a container has it, and reports whether this is
// that process.
func withoutIOUring(t *testing.T) bool {
	t.Helper()
	const number = 0 // offsetof(struct seccomp_data, nr)
	return filtered(t, []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: number},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_IO_URING_SETUP, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	})
}

// filtered runs the test again in a process whose system calls, and those of what it starts,
// are filtered, and reports whether this is that process. No thread of it can be without the
// filter: labs have threads of their own that start their processes.
func filtered(t *testing.T, filter []unix.SockFilter) bool {
	t.Helper()
	const variable = "TCPBENCH_TEST_FILTERED"
	if os.Getenv(variable) != "" {
		filterCalls(t, filter)
		return true
	}
	again := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	again.Env = append(os.Environ(), variable+"=1")
	out, err := again.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("the test with filtered system calls: %v\n%s", err, out)
	}
	return false
}

// filterCalls filters the system calls of this process and those that it starts
// (seccomp(2), SECCOMP_FILTER_FLAG_TSYNC).
func filterCalls(t *testing.T, filter []unix.SockFilter) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		t.Fatal(errno)
	}
}
