package uring

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestErrorsAreSortedByWhoHasToAct(t *testing.T) {
	for _, tt := range []struct {
		name        string
		errno       unix.Errno
		unsupported bool
		text        string
	}{
		{"no such system call", unix.ENOSYS, true, "CONFIG_IO_URING"},
		{"forbidden", unix.EPERM, true, "seccomp"},
		{"an old kernel", unix.EINVAL, true, "Linux 6.11"},
		{"anything else is broken", unix.EIO, false, "input/output error"},
	} {
		err := explain(os.NewSyscallError("io_uring_setup", tt.errno))
		if errors.Is(err, errors.ErrUnsupported) != tt.unsupported || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: explain(%v) = %v, want unsupported %v with %q", tt.name, tt.errno, err,
				tt.unsupported, tt.text)
		}
	}
}

func TestForbiddenByNamesTheSetting(t *testing.T) {
	for disabled, want := range map[string]string{
		"0": "seccomp profile",
		"1": "kernel.io_uring_disabled=1 forbids it to this user; as root",
		"2": "kernel.io_uring_disabled=2 forbids it; as root",
		"":  "seccomp profile",
	} {
		if got := forbiddenBy(disabled); !strings.Contains(got, want) {
			t.Errorf("forbiddenBy(%q) = %q, want it to say %q", disabled, got, want)
		}
	}
}
