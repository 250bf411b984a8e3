package uring_test

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"tcpbench/internal/uring"
	"tcpbench/internal/uring/uringtest"
)

func TestProbeWorksWhereTheKernelHasIt(t *testing.T) {
	uringtest.Require(t)
	started := time.Now()
	const runs = 20
	for range runs {
		if err := uring.Probe(); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(started) / runs; took > 20*time.Millisecond {
		t.Errorf("a probe took %v, want less than a millisecond or so", took)
	}
}

func TestProbeLeavesNothing(t *testing.T) {
	uringtest.Require(t)
	before, mapped := len(entries(t, "/proc/self/fd")), ringMappings(t)
	for range 5 {
		if err := uring.Probe(); err != nil {
			t.Fatal(err)
		}
	}
	if after := len(entries(t, "/proc/self/fd")); after > before {
		t.Errorf("%d descriptors are open, %d were", after, before)
	}
	if after := ringMappings(t); after > mapped {
		t.Errorf("%d rings are mapped, %d were", after, mapped)
	}
}

// A wait ends in time without a completion, and takes no completion for one.
func TestWaitEndsInTime(t *testing.T) {
	uringtest.Require(t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	r, err := uring.New(8, 16, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	started := time.Now()
	if e := r.Wait(20 * time.Millisecond); e != 0 {
		t.Fatalf("Wait = %v, want none", e)
	}
	if took := time.Since(started); took < 20*time.Millisecond {
		t.Errorf("Wait(20ms) took %v", took)
	}
	if c, ok := r.Completion(); ok {
		t.Errorf("Completion = %+v, want none", c)
	}
}

func entries(t *testing.T, path string) []os.DirEntry {
	t.Helper()
	e, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// ringMappings is how many mappings of rings the process has.
func ringMappings(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(b), "io_uring")
}
