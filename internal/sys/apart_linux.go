package sys

import (
	"math"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// Apart runs f on a thread that has a table of files of its own, and returns when f has.
// The limit of open files (RLIMIT_NOFILE) is on the numbers in a table, so that each
// such thread can have that many; and what one thread opens and closes holds up no other
// (files_struct.file_lock). Files that were open before have their numbers in it too; what
// is open in it afterwards is closed, and the thread ends. f must leave files to no other
// thread.
func Apart(f func()) error {
	// The Go runtime makes descriptors of its own with the first timer, and uses them on
	// every thread: their numbers have to be the same in every table.
	time.AfterFunc(time.Hour, func() {}).Stop()
	over := make(chan error)
	go apart(f, over) // ends with f
	return <-over
}

func apart(f func(), over chan<- error) {
	runtime.LockOSThread() // for good: the thread ends with its table
	if unix.Gettid() == os.Getpid() {
		// The main thread cannot end, and /proc/PID/fd shows its table. While this
		// goroutine has it, the next one has another.
		next := make(chan error)
		go apart(f, next)
		err := <-next
		runtime.UnlockOSThread()
		over <- err
		return
	}
	if err := unix.Unshare(unix.CLONE_FILES); err != nil {
		over <- os.NewSyscallError("unshare", err)
		return
	}
	f()
	over <- os.NewSyscallError("close_range", unix.CloseRange(0, math.MaxUint32, 0))
}
