package main

import (
	"bytes"
	"syscall"
	"testing"
	"time"

	"tcpbench/results"
)

// A client that is stopped for a while in a closed loop says so: without that,
// its lower rate would be the target's.
func TestAStoppedClientSaysHowLongItWasNotRun(t *testing.T) {
	const stopped = 1200 * time.Millisecond
	for _, more := range [][]string{
		{"--engine=epoll"}, {"--engine=nethttp", "--server=http"}, {"--mode=keepalive", "--threads=2"},
	} {
		t.Run(more[0], func(t *testing.T) {
			t.Parallel()
			var errs bytes.Buffer
			cmd, output := startEndless(t, &errs, append(more, "-z=3s")...)
			for _, pid := range descendants(t, cmd.Process.Pid) {
				if roleOf(pid) == "tcpbench-cell" {
					stopFor(t, pid, stopped)
				}
			}
			if err := cmd.Wait(); err != nil {
				t.Fatalf("Wait = %v, want exit status 0; stderr: %s", err, &errs)
			}
			r, err := results.Read(output)
			if err != nil {
				t.Fatal(err)
			}
			least := (stopped - 50*time.Millisecond).Seconds()
			if s := r.Stalls; s == nil || s.LongestUS < least*1e6 || r.StalledShare() < least/3.5 {
				t.Errorf("stalls %+v, %.3f of the time, want one of %v in 3 s", s, r.StalledShare(), stopped)
			}
			if warning(r, "generator-stalled") == "" {
				t.Errorf("warnings %v, want generator-stalled", r.Warnings)
			}
		})
	}
}

// stopFor stops a process for d.
func stopFor(t *testing.T, pid int, d time.Duration) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(d)
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
}
