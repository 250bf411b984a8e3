package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A server on loopback whose accept queue is full shares the client's counters:
// they tell of the queue, and a late generator does not hide it.
func TestAFullAcceptQueueOnLoopbackIsReported(t *testing.T) {
	t.Parallel()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 3); err != nil { // and nobody accepts
		t.Fatal(err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	target := fmt.Sprintf("tcp://127.0.0.1:%d", name.(*unix.SockaddrInet4).Port)
	status, stdout, stderr := command("run", "-r=150", "-z=1500ms", "--timeout=250ms", "--linger=0",
		"-o", t.TempDir()+"/r.json", target)
	if status != 1 {
		t.Errorf("exit status %d, want 1, since nothing was answered; stderr: %s", status, stderr)
	}
	said := strings.Join(strings.Fields(stdout), " ")
	queue := strings.Index(said, "the server's accept queue was full")
	late := strings.Index(said, "the generator itself")
	if queue < 0 || late >= 0 && late < queue {
		t.Errorf("in %v the text does not tell of the accept queue, or too late:\n%s", 1500*time.Millisecond, stdout)
	}
}
