package lab

import (
	"fmt"
	"runtime"

	"github.com/vishvananda/netns"
)

// Inside calls f in the network namespace of process pid, on a thread of its
// own. What f opens there stays in that namespace: a socket, say. It must not
// start processes, which the kernel would kill with the thread.
func Inside(pid int, f func() error) error {
	done := make(chan error)
	go func() { // ends before Inside does
		// A thread that cannot go back is not given back: it ends with the goroutine.
		runtime.LockOSThread()
		back, err := inside(pid, f)
		if back {
			runtime.UnlockOSThread()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		return fmt.Errorf("in the network namespace of process %d: %w", pid, err)
	}
	return nil
}

// inside moves the calling thread, and reports whether it is back.
func inside(pid int, f func() error) (back bool, err error) {
	here, err := netns.Get()
	if err != nil {
		return true, err
	}
	defer here.Close()
	there, err := netns.GetFromPid(pid)
	if err != nil {
		return true, err
	}
	defer there.Close()
	if err := netns.Set(there); err != nil {
		return true, err
	}
	err = f()
	return netns.Set(here) == nil, err
}
