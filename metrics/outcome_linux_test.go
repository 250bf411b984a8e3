package metrics

import (
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestOutcomesAreCountedByCallAndErrno(t *testing.T) {
	var a, b Outcomes
	a.Add(CallConnect, unix.EADDRNOTAVAIL)
	a.Add(CallConnect, unix.EADDRNOTAVAIL)
	a.Add(CallBind, unix.EADDRINUSE)
	a.Add(CallRecv, ErrEOF)
	a.Add(CallRecv, ErrSurplus)
	a.Add(CallSend, ErrTimeout)
	a.Add(CallClose, ErrCanceled)
	b.Add(CallConnect, unix.EADDRNOTAVAIL)
	b.Add(CallSocket, 199)
	b.Add(CallEpoll, 60000)
	a.Merge(&b)
	want := map[string]int64{
		"connect: EADDRNOTAVAIL": 3, "bind: EADDRINUSE": 1, "recv: EOF": 1, "recv: SURPLUS": 1, "send: TIMEOUT": 1,
		"close: CANCELED": 1, "socket: errno 199": 1, "epoll_ctl: errno 0": 1,
	}
	if diff := cmp.Diff(want, a.Errors()); diff != "" {
		t.Errorf("Errors() (-want +got):\n%s", diff)
	}
	if got := new(Outcomes).Errors(); got == nil || len(got) != 0 {
		t.Errorf("Errors() of no failure = %v, want an empty map", got)
	}
}

func TestEveryCallHasAName(t *testing.T) {
	seen := map[string]bool{}
	for c := range numCalls {
		name := c.String()
		if name == "" || seen[name] {
			t.Errorf("Call(%d).String() = %q, want a name of its own", c, name)
		}
		seen[name] = true
	}
}

func TestErrnoName(t *testing.T) {
	tests := []struct {
		name  string
		errno syscall.Errno
		want  string
	}{
		{"the kernel's", unix.EADDRNOTAVAIL, "EADDRNOTAVAIL"},
		{"the kernel's time limit", unix.ETIMEDOUT, "ETIMEDOUT"},
		{"the tool's time limit", ErrTimeout, "TIMEOUT"},
		{"an early end", ErrEOF, "EOF"},
		{"too much", ErrSurplus, "SURPLUS"},
		{"an interrupted run", ErrCanceled, "CANCELED"},
		{"one that Linux does not have", 150, "errno 150"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ErrnoName(tt.errno); got != tt.want {
				t.Errorf("ErrnoName(%d) = %q, want %q", int(tt.errno), got, tt.want)
			}
		})
	}
}

func TestPortsExhausted(t *testing.T) {
	tests := []struct {
		name  string
		call  Call
		errno syscall.Errno
		want  bool
	}{
		{"connect found no port", CallConnect, unix.EADDRNOTAVAIL, true},
		{"connect found the port that was bound taken", CallConnect, unix.EADDRINUSE, true},
		{"bind found no port", CallBind, unix.EADDRINUSE, true},
		{"bind to an address of another host", CallBind, unix.EADDRNOTAVAIL, false},
		{"no file descriptor", CallSocket, unix.EMFILE, false},
		{"a firewall", CallConnect, unix.EPERM, false},
		{"nobody listens", CallConnect, unix.ECONNREFUSED, false},
		{"no memory", CallConnect, unix.ENOBUFS, false},
		{"a time limit", CallConnect, ErrTimeout, false},
		{"an errno that means a port elsewhere", CallRecv, unix.EADDRNOTAVAIL, false},
		{"success", CallConnect, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := Failure{tt.call, tt.errno}
			if got := f.PortsExhausted(); got != tt.want {
				t.Errorf("Failure{%v}.PortsExhausted() = %t, want %t", f, got, tt.want)
			}
		})
	}
}
