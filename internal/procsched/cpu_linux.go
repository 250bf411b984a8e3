package procsched

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// The clocks of a process (CPUCLOCK_PROF, CPUCLOCK_VIRT and CPUCLOCK_SCHED in
// include/linux/posix-timers_types.h).
const (
	tickedClock = iota // user and system time, as ticks find them
	userClock          // the user's part of that
	exactClock         // all time, to the nanosecond
)

// CPU is the CPU time that process pid has used, of all its threads, also those that have
// ended. The sum is exact, and divided as ticks tell, like that of getrusage(2).
func CPU(pid int) (user, system time.Duration, err error) {
	var read [exactClock + 1]time.Duration
	for clock := range read {
		var ts unix.Timespec
		// clock_getcpuclockid(3): the number of a process is the rest of that of its clocks.
		if err := unix.ClockGettime(int32(^pid<<3|clock), &ts); err != nil {
			return 0, 0, fmt.Errorf("read the CPU time of process %d: %w", pid,
				os.NewSyscallError("clock_gettime", err))
		}
		read[clock] = time.Duration(ts.Nano())
	}
	all := read[exactClock]
	if read[tickedClock] > 0 {
		user = time.Duration(float64(all) * float64(read[userClock]) / float64(read[tickedClock]))
	}
	return user, all - user, nil
}
