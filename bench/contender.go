package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/scenario"
	"tcpbench/workload"
)

const (
	// inFlight is how many connections each contender keeps open.
	inFlight = 64
	// turn is how long each contender runs at a time.
	turn = 2 * time.Second
)

// contender opens connections to a server for one turn: one byte there, one
// byte back, closed with RST.
type contender struct {
	name string
	// procs is GOMAXPROCS while it runs: how many of its threads may run.
	procs int
	run   func(netip.AddrPort) (connections int64, err error)
}

// score is one turn of a contender.
type score struct {
	rate float64 // connections per second
	cpu  float64 // microseconds of CPU per connection, of the client process
}

func (c contender) turn(dst netip.AddrPort) (score, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(c.procs))
	before, started := cpuTime(), time.Now()
	n, err := c.run(dst)
	if err != nil {
		return score{}, fmt.Errorf("%s: %w", c.name, err)
	}
	took, used := time.Since(started), cpuTime()-before
	return score{float64(n) / took.Seconds(), float64(used.Microseconds()) / float64(n)}, nil
}

func cpuTime() time.Duration {
	var ru unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &ru) // fails for bad arguments only
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

// native is an engine on so many threads, with all its recording and sampling.
func native(engine scenario.EngineName, threads int) func(netip.AddrPort) (int64, error) {
	return func(dst netip.AddrPort) (int64, error) { return runNative(engine, threads, dst) }
}

func runNative(engine scenario.EngineName, threads int, dst netip.AddrPort) (int64, error) {
	w := scenario.DefaultWorkload()
	w.Engine = engine
	w.Concurrency, w.Threads, w.Duration = inFlight, threads, turn
	w.RequestSize, w.ResponseSize = 1, 1
	w.Linger = scenario.Linger{On: true}
	opts := workload.Options{Workload: w, Destinations: []netip.AddrPort{dst}, Capacity: 28232}
	m, err := workload.Run(context.Background(), opts, workload.Observer{})
	if err != nil {
		return 0, err
	}
	if m.Recorder.Failed > 0 {
		return 0, fmt.Errorf("%d connections failed: %v", m.Recorder.Failed, m.Recorder.Outcomes.Errors())
	}
	return m.Recorder.Succeeded, nil
}

// netDial is what a Go program would write: as many goroutines as there are
// connections in flight, each in a loop over net.Dial.
func netDial(dst netip.AddrPort) (int64, error) {
	var done atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, inFlight)
	for i := range inFlight {
		wg.Go(func() {
			for end := time.Now().Add(turn); time.Now().Before(end); done.Add(1) {
				if errs[i] = dialOnce(dst.String()); errs[i] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	return done.Load(), nil
}

func dialOnce(addr string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetLinger(0); err != nil {
		return err
	}
	var b [1]byte
	if _, err := conn.Write(b[:]); err != nil {
		return err
	}
	_, err = io.ReadFull(conn, b[:])
	return err
}
