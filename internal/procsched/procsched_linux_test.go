package procsched

import (
	"os"
	"os/exec"
	"testing"
	"time"
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
