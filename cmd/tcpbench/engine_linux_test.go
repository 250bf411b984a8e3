package main

import (
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
	for asked, want := range map[string]string{"auto": "io_uring", "io_uring": "io_uring", "epoll": "epoll"} {
		r := measure(t, "-n=10", "--engine="+asked)
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
	forbidIOUring(t)
	r := measure(t, "-n=10")
	if got := r.Environment.Engine; got != "epoll" || r.Totals.Succeeded != 10 {
		t.Errorf("environment.engine = %q, succeeded = %d, want epoll and 10", got, r.Totals.Succeeded)
	}
	if w := warning(r, "engine"); !strings.Contains(w, "security policy forbids it") ||
		!strings.Contains(w, "io_uring_setup: operation not permitted") {
		t.Errorf("warning engine = %q, want why io_uring did not run", w)
	}
}

func TestIOUringByNameIsRefusedWithTheRemedy(t *testing.T) {
	forbidIOUring(t)
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

// forbidIOUring makes io_uring_setup(2) fail with EPERM on this thread and in
// every process that it starts, as the seccomp profile of a container does.
// The thread ends with the test.
func forbidIOUring(t *testing.T) {
	t.Helper()
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	const number = 0 // offsetof(struct seccomp_data, nr)
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: number},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_IO_URING_SETUP, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
}
