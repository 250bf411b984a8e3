// Package uringtest says which tests of io_uring can run here.
package uringtest

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tcpbench/internal/uring"
)

// Require skips a test where the kernel lacks io_uring or forbids it, and
// fails it where the kernel should have it.
func Require(t testing.TB) {
	t.Helper()
	err := uring.Probe()
	switch {
	case err == nil:
	case !errors.Is(err, errors.ErrUnsupported) || expected(t):
		t.Fatal(err)
	default:
		t.Skip(err)
	}
}

// expected reports whether this kernel is new enough and its setting permits it.
func expected(t testing.TB) bool {
	t.Helper()
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile("/proc/sys/kernel/io_uring_disabled") // every kernel that is new enough has it
	return newEnough(unix.ByteSliceToString(u.Release[:])) && strings.TrimSpace(string(b)) == "0"
}
