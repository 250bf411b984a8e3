package main

import (
	"os"
	"syscall"
	"testing"
	"time"

	"tcpbench/results"
)

// ownMachineEnv is set where the machine is the tests' own, by scripts/kernels/init: its clock
// may be set.
const ownMachineEnv = "TCPBENCH_OWN_MACHINE"

// anHour is by how much the clock is set back and forth. No run of these tests takes that long.
const anHour = 3600

// TestAClockThatIsSetChangesNoResult sets the clock back and forth an hour, again and again,
// while runs go on. The clock of all processes is meant: a time namespace has none of its own
// (time_namespaces(7)), so this is for `make kernels`.
func TestAClockThatIsSetChangesNoResult(t *testing.T) {
	if os.Getenv(ownMachineEnv) == "" || os.Geteuid() != 0 {
		t.Skip("it sets the clock of the machine: make kernels runs it in one of its own, as root")
	}
	t.Run("a rate for 3 s", func(t *testing.T) {
		swinging(t)
		r := measure(t, "--rate=50", "-z=3s", "--linger=0")
		if r.Totals.Attempted != r.Lateness.Started || r.DurationS < 2.9 || r.DurationS > 300 {
			t.Errorf("%d connections of %d starts in %v s, want all of them, in some seconds",
				r.Totals.Attempted, r.Lateness.Started, r.DurationS)
		}
		timesAreOfTheRun(t, r)
	})
	t.Run("ports run out", func(t *testing.T) {
		swinging(t)
		r := measure(t, "--until=exhausted", "-n=2k", noRSTEnds, "--sysctl=net.ipv4.ip_local_port_range=40000 40999")
		if got := ranOut(r); got != "1000, then connect: EADDRNOTAVAIL" {
			t.Errorf("%s, want 1000, then EADDRNOTAVAIL", got)
		}
		timesAreOfTheRun(t, r)
	})
}

// swinging sets the clock an hour forth and back until the test ends, and leaves it as it was.
func swinging(t *testing.T) {
	t.Helper()
	stop, ended := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(stop); <-ended })
	go func() {
		defer close(ended)
		by := int64(anHour)
		for times := 0; ; times++ {
			select {
			case <-stop:
				if times%2 == 1 {
					set(t, by)
				}
				return
			case <-time.After(130 * time.Millisecond):
				set(t, by)
				by = -by
			}
		}
	}()
}

// set sets the clock by so many seconds.
func set(t *testing.T, by int64) {
	var now syscall.Timeval
	if err := syscall.Gettimeofday(&now); err != nil {
		t.Error(err)
		return
	}
	now.Sec += by
	if err := syscall.Settimeofday(&now); err != nil {
		t.Errorf("settimeofday: %v", err)
	}
}

// timesAreOfTheRun checks that no time in a result is off by what the clock was set.
func timesAreOfTheRun(t *testing.T, r *results.Run) {
	t.Helper()
	const most = 300.0
	last := 0.0
	for _, i := range r.Intervals {
		if i.TS < last || i.TS > most || i.LengthS < 0 {
			t.Errorf("an interval of %v s ends at %v s, after one at %v s", i.LengthS, i.TS, last)
		}
		last = i.TS
	}
	if last == 0 {
		t.Error("no interval")
	}
	for name, l := range map[string]float64{"connect": r.Latency.Connect.MaxUS, "request": r.Latency.Request.MaxUS} {
		if l < 0 || l > most*1e6 {
			t.Errorf("the slowest %s took %v us", name, l)
		}
	}
	if r.Totals.Failed > 0 && !r.Exhaustion.Exhausted {
		t.Errorf("%d failed: %v", r.Totals.Failed, r.Totals.Errors)
	}
}
