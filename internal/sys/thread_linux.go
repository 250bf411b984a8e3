package sys

import "golang.org/x/sys/unix"

// WakeOnTime has the calling thread's waits end as soon as they can: by
// default the kernel may add 50 us to each (PR_SET_TIMERSLACK, prctl(2)). The
// thread must be locked to the goroutine.
func WakeOnTime() {
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) // it cannot fail on the thread itself
}
