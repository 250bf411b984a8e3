package workload

import (
	"bytes"
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tcpbench/internal/machine"
	"tcpbench/lab/target"
	"tcpbench/lab/target/targettest"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

// drive runs short connections on two threads towards an echo server on loopback.
func drive(t *testing.T, processors []int, observe Observer) *Measurement {
	t.Helper()
	return driveFor(t, 100*time.Millisecond, 300*time.Millisecond, processors, observe)
}

// driveFor does, for so long after such a warm-up.
func driveFor(t *testing.T, warmup, d time.Duration, processors []int, observe Observer) *Measurement {
	t.Helper()
	s := targettest.Start(t, target.Config{RequestSize: 1, ResponseSize: 1})
	o := Options{Workload: scenario.DefaultWorkload(), Destinations: s.Addrs, Processors: processors, Capacity: 28232,
		Sources: []netip.Addr{netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.0.0.3")}, Freed: true}
	o.Engine, o.Threads, o.RequestSize, o.ResponseSize = scenario.EngineEpoll, 2, 1, 1
	o.Linger = scenario.Linger{On: true}
	o.Duration, o.Warmup, o.Interval = d, warmup, 100*time.Millisecond
	m, err := Run(context.Background(), o, observe)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// allowed are the processors that each thread of this process may run on, as
// /proc/PID/status has them.
func allowed(t *testing.T) []string {
	t.Helper()
	var out []string
	files, err := filepath.Glob("/proc/self/task/*/status")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		for line := range bytes.Lines(text) {
			if list, ok := strings.CutPrefix(string(line), "Cpus_allowed_list:"); ok {
				out = append(out, strings.TrimSpace(list))
			}
		}
	}
	return out
}

func TestThreadsArePinnedWhileTheRunGoesOn(t *testing.T) {
	all := machine.Processors()
	first, last := all[0].Number, all[len(all)-1].Number
	before := allowed(t)
	var during []string
	m := drive(t, []int{last, first}, Observer{Interval: func(metrics.Interval) {
		if during == nil {
			during = allowed(t)
		}
	}})
	for i, want := range []int{last, first} {
		if got := m.Threads[i].Processor; got == nil || *got != want {
			t.Errorf("thread %d was on processor %v, want %d", i, got, want)
		}
		if !slices.Contains(during, strconv.Itoa(want)) {
			t.Errorf("during the run threads may be on %v, want one on %d alone", during, want)
		}
	}
	for _, list := range allowed(t) {
		if !slices.Contains(before, list) {
			t.Errorf("after the run a thread may be on %s alone, before it on %v", list, before)
		}
	}
}

// What the warm-up used counts for none: it is so much longer that a part of it would be
// more than all of the run.
func TestThreadsTellTheirPart(t *testing.T) {
	m := driveFor(t, 900*time.Millisecond, 20*time.Millisecond, nil, Observer{})
	if len(m.Threads) != 2 {
		t.Fatalf("%d threads, want 2", len(m.Threads))
	}
	var sum int64
	for i, one := range m.Threads {
		sum += one.Succeeded
		used := one.CPU.User + one.CPU.System
		if one.Processor != nil || one.Owns.Sources != 1 || used <= 0 || used > m.Duration+m.Drain+5*time.Millisecond {
			t.Errorf("thread %d = %+v in %v; want one source, no processor, and some CPU time of the run's", i, one,
				m.Duration+m.Drain)
		}
	}
	if sum != m.Recorder.Succeeded || sum == 0 {
		t.Errorf("threads had %d connections, the run %d", sum, m.Recorder.Succeeded)
	}
}

func TestAProcessorThatThereIsNotEndsTheRun(t *testing.T) {
	s := targettest.Start(t, target.Config{RequestSize: 1, ResponseSize: 1})
	o := Options{Workload: scenario.DefaultWorkload(), Destinations: s.Addrs, Processors: []int{1023}, Capacity: 28232}
	o.Engine, o.Duration = scenario.EngineEpoll, time.Minute
	_, err := Run(context.Background(), o, Observer{})
	const want = "pin thread 0 to processor 1023: sched_setaffinity: invalid argument"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Run() = %v, want %s", err, want)
	}
}
