package cell

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/fault"
	"tcpbench/lab/target"
)

// unserved is an address at which nobody listens: a port that was free a moment ago may be
// another's by now.
func unserved() netip.AddrPort { return netip.MustParseAddrPort("127.0.0.1:1") }

func TestACommandThatDoesNotServeIsNamedForWhatItDid(t *testing.T) {
	tests := []struct {
		name   string
		words  []string
		want   string
		status int
	}{
		{"a program that is not there", []string{"no-such-server"}, `there is no program "no-such-server" here`,
			fault.StatusHost},
		{"a file that is not there", []string{"./no-such-server"}, `there is no program "./no-such-server" here`,
			fault.StatusHost},
		{"a file that is no program", []string{os.DevNull}, "permission denied", fault.StatusHost},
		{"it fails", []string{"sh", "-c", "echo first >&2; echo second; exit 3"},
			"(exit status 3); it said: first | second",
			fault.StatusFailed},
		{"it says nothing", []string{"false"}, "(exit status 1)", fault.StatusFailed},
		{"it says much", []string{"sh", "-c", "seq 100000; exit 1"}, "it said: 1 | 2 | 3 | 4 | 5", fault.StatusFailed},
		{"it goes to the background", []string{"sh", "-c", "sleep 60 & exit 0"},
			"(exit status 0); one that goes to the background must be kept in the foreground", fault.StatusFailed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := startCommand(orderOf(unserved(), tt.words...), nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) || fault.Status(err) != tt.status {
				t.Errorf("startCommand(%q) = %v, status %d, want %q with %d", tt.words, err, fault.Status(err),
					tt.want, tt.status)
			}
		})
	}
}

// An ordinary user's PATH has no /usr/sbin, where servers are.
func TestACommandFindsTheServersThatALabFinds(t *testing.T) {
	t.Setenv("PATH", "/usr/bin:/bin")
	_, err := startCommand(orderOf(unserved(), "sh", "-c", "command -v nginx; command -v haproxy; exit 1"), nil)
	if err == nil || !strings.Contains(err.Error(), "it said: /usr/sbin/nginx | /usr/sbin/haproxy") {
		t.Errorf("startCommand(sh) = %v, want that it finds nginx and haproxy", err)
	}
}

// orderOf is that of a program which listens at an address.
func orderOf(at netip.AddrPort, words ...string) order {
	return order{Command: words, Config: target.Config{Listen: []netip.AddrPort{at}}}
}

// listening is a command that serves on an address of its own, as this test
// sees it: the test holds the listener.
func listening(t *testing.T, words ...string) *command {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	c, err := startCommand(orderOf(netip.MustParseAddrPort(l.Addr().String()), words...), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.stop)
	return c
}

func TestACommandThatEndsWhileItServesIsAFailure(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	c := listening(t, "sh", "-c", "read line <"+pipe+"; echo out of luck; exit 7")
	if err := os.WriteFile(pipe, []byte("go\n"), 0); err != nil {
		t.Fatal(err)
	}
	if err := c.Serve(t.Context()); err == nil || err.Error() != "sh ended (exit status 7); it said: out of luck" {
		t.Errorf("Serve = %v, want that it ended", err)
	}
}

func TestACommandEndsWithItsGroup(t *testing.T) {
	for _, tt := range []struct{ name, script string }{
		{"after SIGTERM", "sleep 1000 & wait"},
		{"one that ignores SIGTERM", "trap '' TERM; sleep 1000 & sleep 1000"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := listening(t, "sh", "-c", tt.script)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := c.Serve(ctx); err != nil {
				t.Errorf("Serve = %v, want no error", err)
			}
			group := -c.cmd.Process.Pid
			gone := func() bool { return errors.Is(unix.Kill(group, 0), unix.ESRCH) }
			for end := time.Now().Add(10 * time.Second); !gone(); time.Sleep(time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("the process group is there after 10 s")
				}
			}
		})
	}
}
