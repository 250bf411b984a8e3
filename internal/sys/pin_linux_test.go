package sys_test

import (
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/sys"
)

// affinity is where the calling thread may run.
func affinity(t *testing.T) unix.CPUSet {
	t.Helper()
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		t.Fatal(err)
	}
	return set
}

func TestAPinnedThreadRunsOnOneProcessorUntilItIsFree(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := affinity(t)
	last := 0
	for n := range 1024 {
		if before.IsSet(n) {
			last = n
		}
	}
	unpin, err := sys.Pin(last)
	if err != nil {
		t.Fatal(err)
	}
	if set := affinity(t); set.Count() != 1 || !set.IsSet(last) {
		t.Errorf("a thread that is pinned to processor %d may run on %d, %d among them: %v", last, set.Count(), last,
			set.IsSet(last))
	}
	if err := unpin(); err != nil || affinity(t) != before {
		t.Errorf("unpin() = %v, and the thread may run on %v, want %v", err, affinity(t), before)
	}
}

func TestAProcessorThatThereIsNotIsAnError(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := affinity(t)
	if _, err := sys.Pin(1023); err == nil || affinity(t) != before {
		t.Errorf("Pin(1023) = %v, want an error, and the thread as it was", err)
	}
}

func TestThreadUsageIsOfTheThread(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	user, system := sys.ThreadUsage()
	cpu := sys.ThreadCPU()
	for sys.ThreadCPU() < cpu+20*time.Millisecond {
	}
	nowUser, nowSystem := sys.ThreadUsage()
	// The kernel's two clocks differ by what it does between the calls.
	if used := nowUser + nowSystem - user - system; used < 15*time.Millisecond || used > 40*time.Millisecond {
		t.Errorf("ThreadUsage() grew by %v in 20ms of CPU time", used)
	}
}
