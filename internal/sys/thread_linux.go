package sys

import (
	"os"
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

// ThreadUsage is the CPU time that the calling thread has used in user mode and in the
// kernel.
func ThreadUsage() (user, system time.Duration) { return usage(unix.RUSAGE_THREAD) }

// ProcessUsage is that of all threads of this process.
func ProcessUsage() (user, system time.Duration) { return usage(unix.RUSAGE_SELF) }

// usage is that of getrusage(2).
func usage(who int) (user, system time.Duration) {
	var ru unix.Rusage
	if err := unix.Getrusage(who, &ru); err != nil {
		return 0, 0 // it fails for bad arguments only
	}
	return time.Duration(ru.Utime.Nano()), time.Duration(ru.Stime.Nano())
}

// Pin has the calling thread, which must be locked to its goroutine, run on one processor
// alone (sched_setaffinity(2)), until the function that it returns is called.
func Pin(processor int) (unpin func() error, err error) {
	var before, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return nil, os.NewSyscallError("sched_getaffinity", err)
	}
	one.Set(processor)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return nil, os.NewSyscallError("sched_setaffinity", err)
	}
	return func() error { return os.NewSyscallError("sched_setaffinity", unix.SchedSetaffinity(0, &before)) }, nil
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

// Preemptions is how often the kernel has given the calling thread's processor to
// another one that was to run (ru_nivcsw, getrusage(2)).
func Preemptions() int64 {
	var ru unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_THREAD, &ru) // it fails for bad arguments only
	return int64(ru.Nivcsw)
}
