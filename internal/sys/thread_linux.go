package sys

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// WakeOnTime has the calling thread's waits end as soon as they can: by
// default the kernel may add 50 us to each (PR_SET_TIMERSLACK, prctl(2)). The
// thread must be locked to the goroutine.
func WakeOnTime() {
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) // it cannot fail on the thread itself
}

// ThreadCPU is the CPU time that the calling thread has used (clock_gettime(2)).
func ThreadCPU() time.Duration {
	var ts unix.Timespec
	_, _, e := unix.RawSyscall(unix.SYS_CLOCK_GETTIME, unix.CLOCK_THREAD_CPUTIME_ID, uintptr(unsafe.Pointer(&ts)), 0)
	if e != 0 {
		return 0 // it fails for a bad clock only
	}
	return time.Duration(ts.Nano())
}
