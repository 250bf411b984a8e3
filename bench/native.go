package main

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/uring"
	"tcpbench/scenario"
	"tcpbench/workload"
)

// defaultPorts is how many ports the default ip_local_port_range has.
const defaultPorts = 28232

// inProcess makes a contender of a function of this program, which may run on
// so many processors; its CPU time and allocations are this process's.
func inProcess(procs int, run func(context.Context, load) (tally, error)) func(context.Context, load) (tally, error) {
	return func(ctx context.Context, l load) (tally, error) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		runtime.GC() // of what others left behind
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		cpu, started := cpuTime(unix.RUSAGE_SELF), time.Now()
		t, err := run(ctx, l)
		t.Elapsed, t.CPU = cmp.Or(t.Elapsed, time.Since(started)), cpuTime(unix.RUSAGE_SELF)-cpu
		runtime.ReadMemStats(&after)
		mallocs := int64(after.Mallocs - before.Mallocs)
		t.Mallocs = &mallocs
		return t, err
	}
}

// native is one of our engines with all its recording and sampling, doing what
// change makes of the default workload. Its sampler needs a processor now and
// then, so it gets one more than it has threads.
func native(name string, server service, change func(*scenario.Workload)) contender {
	return engine(name, server, change, false)
}

// bare is native without latencies.
func bare(name string, server service, change func(*scenario.Workload)) contender {
	return engine(name, server, change, true)
}

func engine(name string, server service, change func(*scenario.Workload), bare bool) contender {
	w := scenario.DefaultWorkload()
	change(&w)
	c := contender{name: "tcpbench, " + name, server: server}
	if err := uring.Probe(); w.Engine == scenario.EngineIOUring && err != nil {
		c.missing = err.Error()
	}
	c.run = inProcess(w.Threads+1, func(ctx context.Context, l load) (tally, error) {
		w.Concurrency, w.Duration = l.inFlight, l.turn
		o := workload.Options{Workload: w, Destinations: []netip.AddrPort{l.target}, Capacity: defaultPorts, Bare: bare}
		if p, _ := scenario.ProtocolNamed(server.Protocol); scenario.SpeaksHTTP(p.Scheme) {
			o.Scheme, o.Path = p.Scheme, "/"
		}
		t, err := runNative(ctx, o)
		if o.Scheme == scenario.SchemeHTTPS {
			t.Bytes = nil // those of handshakes and tickets belong to no answer
		}
		return t, err
	})
	return c
}

// short makes a workload of one byte each way, closed with RST.
func short(threads int) func(*scenario.Workload) {
	return func(w *scenario.Workload) {
		w.Engine, w.Threads = scenario.EngineEpoll, threads
		w.RequestSize, w.ResponseSize = 1, 1
		w.Linger = scenario.Linger{On: true}
	}
}

// changed is a workload and then what a change makes of it.
func changed(first, then func(*scenario.Workload)) func(*scenario.Workload) {
	return func(w *scenario.Workload) { first(w); then(w) }
}

func fresh(w *scenario.Workload) { w.Sockets = scenario.SocketsFresh }

func byFIN(w *scenario.Workload) { w.Linger = scenario.Linger{} }

func byServer(w *scenario.Workload) { w.Close = scenario.CloseServer }

// web makes a workload of HTTP requests, and then of what change makes of it.
func web(engine scenario.EngineName, change func(*scenario.Workload)) func(*scenario.Workload) {
	return func(w *scenario.Workload) {
		w.Engine = engine
		if change != nil {
			change(w)
		}
	}
}

// held has requests sent on connections that stay open.
func held(w *scenario.Workload) { w.Mode = scenario.ModeKeepalive }

func runNative(ctx context.Context, o workload.Options) (tally, error) {
	m, err := workload.Run(ctx, o, workload.Observer{})
	if err != nil {
		return tally{}, err
	}
	r := m.Recorder
	if r.Failed > 0 {
		return tally{}, fmt.Errorf("%d connections failed: %v", r.Failed, r.Outcomes.Errors())
	}
	// As long as connections were begun and went on, as the others count it, without the
	// samples of some 10,000 TIME_WAITs before and after.
	t := tally{Elapsed: m.Duration + m.Drain, Connections: &r.Succeeded, Requests: &r.Requests, Bytes: &r.BytesReceived}
	if !o.Bare && o.Mode == scenario.ModeShort {
		ps := r.Connect.Percentiles([]float64{50, 99})
		p50, p99 := microseconds(ps[0]), microseconds(ps[1])
		t.ConnectP50, t.ConnectP99 = &p50, &p99
	}
	return t, nil
}

func microseconds(d time.Duration) float64 { return float64(d) / 1e3 }
