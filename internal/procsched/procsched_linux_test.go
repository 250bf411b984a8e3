package procsched

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A process that has started a busy one is not busy itself.
func TestWhatAProcessHasStartedIsNotItsOwnWork(t *testing.T) {
	busy := exec.Command("sh", "-c", "while :; do :; done")
	if err := busy.Start(); err != nil {
		t.Fatal(err)
	}
	defer busy.Wait() //nolint:errcheck // it was killed
	defer busy.Process.Kill()
	const enough = 50 * time.Millisecond
	before, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	all, err := Read(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	child := func() Spent { return since(t, func() (Threads, error) { return Read(busy.Process.Pid) }, all) }
	for end := time.Now().Add(30 * time.Second); child().Ran < enough; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("a busy process got no processor for 30 s")
		}
	}
	if got := since(t, Self, before); got.Ran >= enough {
		t.Errorf("Self() ran %v, want less than its child's %v", got.Ran, enough)
	}
	if got := since(t, func() (Threads, error) { return Read(os.Getpid()) }, all); got.Ran+got.Waited < enough {
		t.Errorf("Read() of both ran or waited %+v, want the child's %v or more", got, enough)
	}
}

func since(t *testing.T, read func() (Threads, error), before Threads) Spent {
	t.Helper()
	now, err := read()
	if err != nil {
		t.Fatal(err)
	}
	return now.Since(before)
}

// What a thread reports is its own, by the number that it knows itself by.
func TestSpinIsOfTheThreadThatReportsIt(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	mine := unix.Gettid()
	threads, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	if err := threads.Spin(os.Getpid(), map[int]time.Duration{mine: time.Minute, 1 << 30: time.Hour}); err != nil {
		t.Fatal(err)
	}
	for id, s := range threads {
		want := time.Duration(0)
		if id == strconv.Itoa(mine) {
			want = time.Minute
		}
		if s.Spun != want {
			t.Errorf("thread %s spun %v, want %v", id, s.Spun, want)
		}
	}
	if threads[strconv.Itoa(mine)].Spun == 0 {
		t.Errorf("threads %v are without the one that asks, %d", threads, mine)
	}
}

// The sum is what a process's own clock says, and the parts are user's and system's.
func TestCPUIsTheUsersAndTheSystems(t *testing.T) {
	for _, tt := range []struct {
		name    string
		command []string
		users   bool // most of it is
	}{
		{"a loop", []string{"sh", "-c", "while :; do :; done"}, true},
		{"copies by the kernel", []string{"dd", "if=/dev/zero", "of=/dev/null", "bs=1M"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			busy := exec.Command(tt.command[0], tt.command[1:]...)
			if err := busy.Start(); err != nil {
				t.Fatal(err)
			}
			defer busy.Wait() //nolint:errcheck // it was killed
			defer busy.Process.Kill()
			var user, system time.Duration
			for end := time.Now().Add(30 * time.Second); user+system < 200*time.Millisecond; {
				time.Sleep(time.Millisecond)
				var err error
				if user, system, err = CPU(busy.Process.Pid); err != nil {
					t.Fatal(err)
				}
				if time.Now().After(end) {
					t.Fatalf("a busy process used %v in 30 s", user+system)
				}
			}
			if (user > system) != tt.users {
				t.Errorf("CPU() = %v user, %v system, want more of the user: %t", user, system, tt.users)
			}
		})
	}
	if _, _, err := CPU(1<<22 + 1); err == nil {
		t.Error("CPU() of a process that is not there = nil, want an error")
	}
}

// What a process has started counts, while it runs and when it was waited for, and what
// the process itself did does not.
func TestDescendantsAreWhatAProcessHasStarted(t *testing.T) {
	// The shell starts one that works for a while and is waited for, and one that goes on.
	cmd := exec.Command("sh", "-c", "sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'; "+
		"sh -c 'while :; do :; done' & wait")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait() //nolint:errcheck // it was killed
	defer syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	var over, all time.Duration
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end) && all < over+50*time.Millisecond; {
		user, system, err := Descendants(cmd.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		all = user + system
		if u, s, err := ended(cmd.Process.Pid); err == nil && u+s > 0 {
			over = u + s
		} else {
			over = time.Hour // the first one works still
		}
		time.Sleep(10 * time.Millisecond)
	}
	own, system, err := CPU(cmd.Process.Pid)
	if err != nil || over == time.Hour || all < over+50*time.Millisecond || own+system > over {
		t.Errorf("Descendants = %v, of it %v of those that have ended, and its own %v, %v", all, over, own+system, err)
	}
	if _, _, err := Descendants(1 << 30); err == nil {
		t.Error("Descendants of a process that is not there = nil error")
	}
}

func TestStartTimes(t *testing.T) {
	const rest = " S 1 2 3 0 -1 4194560 1 0 0 0 5 6 0 0 20 0 1 0 "
	for text, want := range map[string]uint64{
		"7 (sh)" + rest + "12345 99 88\n":        12345,
		"7 (a) b 1 (c) )" + rest + "12345 99\n":  12345,
		"7 (sh)" + rest:                          0,
		"7 (sh)" + rest + "x 99\n":               0,
		"":                                       0,
		"7 (sh) S 1 2 3 4 5 6 7 8 9 10 11 12 13": 0,
	} {
		if got, ok := began(statFields(text)); got != want || ok != (want > 0) {
			t.Errorf("began(%q) = %d, %v, want %d", text, got, ok, want)
		}
	}
}
