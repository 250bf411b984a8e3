package machine

import (
	"math"
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

// Time is the time of day, and Go's own clock, at a reading of Monotonic.
func Time(reading time.Duration) (time.Time, error) {
	now, at, err := both()
	return at.Add(reading - now), err
}

// Reading is what Monotonic says at a time that has a reading of Go's own clock.
func Reading(t time.Time) (time.Duration, error) {
	now, at, err := both()
	return now + t.Sub(at), err
}

// Two clocks are read one after the other, and in between a thread may have to wait for a
// processor: it is tried so often to read them within so short a time.
const (
	readings = 10
	readSoon = 10 * time.Microsecond
)

// both reads the two clocks at one instant, or as close to each other as it came to.
func both() (monotonic time.Duration, at time.Time, err error) {
	least := time.Duration(math.MaxInt64)
	for range readings {
		before, err := Monotonic()
		if err != nil {
			return 0, time.Time{}, err
		}
		now := time.Now()
		after, err := Monotonic()
		if err != nil {
			return 0, time.Time{}, err
		}
		if d := after - before; d < least {
			least, monotonic, at = d, before+d/2, now
		}
		if least <= readSoon {
			break
		}
	}
	return monotonic, at, nil
}
