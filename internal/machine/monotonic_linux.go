package machine

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Monotonic is how long this host has been running (clock_gettime(2), CLOCK_MONOTONIC):
// the same in all of its processes, whatever is done to the time of day. It stands still
// while the host is suspended.
func Monotonic() (time.Duration, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return 0, os.NewSyscallError("clock_gettime", err)
	}
	return time.Duration(ts.Nano()), nil
}
