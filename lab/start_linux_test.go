package lab

import (
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// onAThread calls f on a thread that then ends: not the process's first one,
// which Go keeps.
func onAThread(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		if unix.Gettid() == os.Getpid() {
			onAThread(f)
			return
		}
		f()
	}()
	<-done
}

// A process outlives the thread on which it was asked for.
func TestAProcessDoesNotDieWithAThread(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	var err error
	onAThread(func() { err = StartHelper(cmd) })
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		t.Fatalf("the process ended with the thread: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	<-ended
}
