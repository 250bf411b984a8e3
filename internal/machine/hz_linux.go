package machine

import (
	"math"
	"time"

	"golang.org/x/sys/unix"
)

// HZ is how many ticks a second the kernel counts (CONFIG_HZ), which its coarse
// clocks advance by; 0 where they do not say.
func HZ() int {
	var tick unix.Timespec
	if err := unix.ClockGetres(unix.CLOCK_MONOTONIC_COARSE, &tick); err != nil || tick.Nano() <= 0 {
		return 0
	}
	return int(math.Round(float64(time.Second) / float64(tick.Nano())))
}
