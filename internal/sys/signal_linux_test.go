package sys_test

import (
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/sys"
)

// A thread that has signals blocked is not woken from a system call by one.
func TestBlockedSignalsDoNotInterrupt(t *testing.T) {
	for _, blocked := range []bool{true, false} {
		tid, ended := make(chan int), make(chan error)
		go func() { // ends with the sleep, and its thread with it
			runtime.LockOSThread()
			if blocked {
				if err := sys.BlockSignals(); err != nil {
					ended <- err
					return
				}
			}
			sleep := unix.NsecToTimespec(int64(300 * time.Millisecond))
			tid <- unix.Gettid()
			ended <- unix.Nanosleep(&sleep, nil)
		}()
		id := <-tid
		time.Sleep(50 * time.Millisecond) // until it sleeps, most likely
		if err := unix.Tgkill(os.Getpid(), id, unix.SIGURG); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; (err == nil) != blocked {
			t.Errorf("Nanosleep() under SIGURG, blocked %v, = %v", blocked, err)
		}
	}
}
