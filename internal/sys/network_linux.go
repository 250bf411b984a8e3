package sys

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Each calls do in each of them, one after the other, until an error; without any it calls
// it where it is. What do opens there stays in its namespace: a socket, say; files of
// /proc/thread-self/net are those of the namespace. It must start no process, which the
// kernel would kill with the thread.
func (n Networks) Each(do func() error) error {
	if len(n) == 0 {
		return do()
	}
	for i := range n {
		if err := n.In(i, do); err != nil {
			return err
		}
	}
	return nil
}

// In calls do in the namespace whose turn it is: number i, from 0 on, and over again.
func (n Networks) In(i int, do func() error) error {
	if len(n) == 0 {
		return do()
	}
	return elsewhere(func() error { return setNetwork(n[i%len(n)]) }, do)
}

// Enter takes the calling thread, which must be locked to its goroutine, to the namespace
// whose turn it is. It does not tell the Go scheduler.
func (n Networks) Enter(i int) syscall.Errno {
	_, _, e := unix.RawSyscall(unix.SYS_SETNS, uintptr(n[i%len(n)]), unix.CLONE_NEWNET, 0)
	return e
}

// NewNetwork makes a network namespace that nothing is in. It lasts until the file is
// closed, and with it all that is opened in it.
func NewNetwork() (*os.File, error) {
	var f *os.File
	unshare := func() error { return os.NewSyscallError("unshare", unix.Unshare(unix.CLONE_NEWNET)) }
	err := elsewhere(unshare, func() (err error) {
		f, err = ownNetwork()
		return err
	})
	return f, err
}

// ownNetwork is the namespace that the calling thread is in.
func ownNetwork() (*os.File, error) { return os.Open("/proc/thread-self/ns/net") }

func setNetwork(fd int) error { return os.NewSyscallError("setns", unix.Setns(fd, unix.CLONE_NEWNET)) }

// elsewhere calls do on a thread that leave takes to another network namespace.
func elsewhere(leave, do func() error) error {
	done := make(chan error)
	go func() { // ends before elsewhere does
		runtime.LockOSThread()
		back, err := away(leave, do)
		if back { // else the thread is not given back: it ends with the goroutine
			runtime.UnlockOSThread()
		}
		done <- err
	}()
	return <-done
}

// away takes the calling thread to another namespace, and reports whether it is back.
func away(leave, do func() error) (back bool, err error) {
	here, err := ownNetwork()
	if err != nil {
		return true, err
	}
	defer here.Close()
	if err := leave(); err != nil {
		return true, err
	}
	err = do()
	if home := setNetwork(int(here.Fd())); home != nil {
		return false, errors.Join(err, fmt.Errorf("return to the network namespace: %w", home))
	}
	return true, err
}
