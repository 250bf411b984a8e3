package enginetest

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"tcpbench/lab/target"
	"tcpbench/lab/target/targettest"
	"tcpbench/scenario"
	"tcpbench/workload/engine"
)

// held makes a job of connections that carry many requests.
func (j job) held(requests scenario.Span) job {
	j.plan.Mode, j.plan.RequestsPerConn = scenario.ModeKeepalive, requests
	return j
}

func keepsConnections(t *testing.T, e Subject) {
	for _, closing := range []scenario.Closing{{}, {HalfClose: true}} {
		for _, linger := range []scenario.Linger{{}, {On: true}, {On: true, Timeout: 2 * time.Second}} {
			t.Run(fmt.Sprintf("half-close %v, linger %s", closing.HalfClose, linger), func(t *testing.T) {
				s := targettest.Start(t, target.Config{RequestSize: 64, ResponseSize: 64})
				j := newJob(s.Addrs...).held(scenario.Span{})
				j.plan.Closing, j.plan.Linger = closing, linger
				o := j.run(t, e)
				o.allSucceed(t, int64(j.concurrency))
				if o.Requests != j.limit || o.Request.Count() != j.limit || o.FirstByte.Count() != j.limit {
					t.Errorf("requests = %d with %d latencies, want %d", o.Requests, o.Request.Count(), j.limit)
				}
				if o.Service.Count() != 0 {
					t.Errorf("service times = %d, want none where a connection carries many requests",
						o.Service.Count())
				}
				if st := s.Stop(); st.Accepted != int64(j.concurrency) || st.Requests != j.limit ||
					st.BytesReceived != o.BytesSent || st.BytesSent != o.BytesReceived {
					t.Errorf("the server saw %+v, want %d connections with %d requests and %d bytes", st,
						j.concurrency, j.limit,
						o.BytesSent)
				}
			})
		}
	}
}

func reconnects(t *testing.T, e Subject) {
	for _, tt := range []struct {
		span        scenario.Span
		least, most int64 // connections for 500 requests, 8 at a time
	}{
		{scenario.Span{Min: 1, Max: 1}, 500, 500},
		{scenario.Span{Min: 10, Max: 10}, 50, 50 + 8},
		{scenario.Span{Min: 1, Max: 9}, 500 / 9, 500},
		{scenario.Span{Min: 1000, Max: 1000}, 8, 8},
	} {
		t.Run(tt.span.String(), func(t *testing.T) {
			s := targettest.Start(t, target.Config{RequestSize: 64, ResponseSize: 64})
			o := newJob(s.Addrs...).held(tt.span).run(t, e)
			if st := s.Stop(); st.Requests != 500 || st.Accepted < tt.least || st.Accepted > tt.most ||
				st.Accepted != o.Succeeded+o.Client.Unused {
				t.Errorf("the server saw %+v, want 500 requests on %d to %d connections, "+
					"as many as succeeded: %d", st, tt.least,
					tt.most, o.Succeeded)
			}
			if o.Requests != 500 || o.Failed != 0 {
				t.Errorf("requests = %d, errors %v, want 500 and none", o.Requests, o.errors())
			}
		})
	}
}

// served answers requests of 64 bytes so many times on a connection.
func served(times int, served *atomic.Int64) func(net.Conn) {
	return func(c net.Conn) {
		b := make([]byte, 64)
		for range times {
			if _, err := io.ReadFull(c, b); err != nil {
				return
			}
			served.Add(1)
			_, _ = c.Write(b)
		}
	}
}

// A server may end a connection whenever it likes. What it has not answered
// is counted as lost: without HTTP nobody knows whether it may be sent again.
func endedByServer(t *testing.T, e Subject) {
	var n atomic.Int64
	j := newJob(serve(t, served(10, &n))).held(scenario.Span{})
	o := j.run(t, e)
	if o.Requests != n.Load() || o.Requests+o.Keepalive.Lost != j.limit {
		t.Errorf("answered %d of the server's %d, lost %d, want %d together", o.Requests, n.Load(),
			o.Keepalive.Lost, j.limit)
	}
	if o.Keepalive.Lost != o.Failed {
		t.Errorf("lost %d, failed %d: %v, want the same", o.Keepalive.Lost, o.Failed, o.errors())
	}
	if ended := o.Keepalive.Lost + o.Keepalive.ClosedByServer; ended < 40 || ended > 50 {
		t.Errorf("the server ended %d connections, want 500 requests less the last ones at 10 each", ended)
	}
}

func idle(t *testing.T, e Subject) {
	s := targettest.Start(t, target.Config{RequestSize: 64, ResponseSize: 64})
	j := newJob(s.Addrs...)
	j.plan.Mode = scenario.ModeIdle
	j.limit, j.concurrency, j.duration = 0, 100, 300*time.Millisecond
	o := j.run(t, e)
	o.allSucceed(t, 100)
	most := 0
	for _, p := range o.parts {
		most = max(most, p.InFlight)
	}
	if most != 100 || o.Requests != 0 || o.BytesSent != 0 {
		t.Errorf("held %d connections with %d requests, want 100 with none", most, o.Requests)
	}
	if st := s.Stop(); st.Accepted != 100 {
		t.Errorf("the server saw %d connections, want 100", st.Accepted)
	}
}

// What the server says on an idle connection does not matter; its end does.
func idleEnded(t *testing.T, e Subject) {
	j := newJob(serve(t, func(c net.Conn) { _, _ = c.Write([]byte("hello")) }))
	j.plan.Mode = scenario.ModeIdle
	j.limit, j.concurrency, j.duration = 0, 20, 300*time.Millisecond
	o := j.run(t, e)
	o.allFail(t, "recv: EOF", 20)
	if o.Attempted != 20 || o.BytesReceived != 100 {
		t.Errorf("attempted %d, received %d bytes, want 20 that are not opened again and 100 bytes", o.Attempted,
			o.BytesReceived)
	}
}

func cancelIdle(t *testing.T, e Subject) {
	s := targettest.Start(t, target.Config{RequestSize: 64, ResponseSize: 64})
	j := newJob(s.Addrs...)
	j.plan.Mode = scenario.ModeIdle
	j.limit = 0
	j.during = func(c *engine.Control) { time.Sleep(100 * time.Millisecond); c.Cancel() }
	o := j.run(t, e)
	o.allSucceed(t, int64(j.concurrency))
	if o.took > 20*time.Second {
		t.Errorf("the run took %v after a cancel, want an end at once", o.took)
	}
}

// memory compares what runs with few and with many idle connections allocate.
// The server in the same process has its connections from the run before.
func memory(t *testing.T, e Subject) {
	if testing.Short() {
		t.Skip("with the race detector memory is not what it costs")
	}
	const few, many, most = 300, 1500, 400 // bytes a connection; both ends fit into 4096 files
	s := targettest.Start(t, target.Config{RequestSize: 64, ResponseSize: 64})
	allocated := func(connections int) uint64 {
		j := newJob(s.Addrs...)
		j.plan.Mode, j.plan.Timeout = scenario.ModeIdle, time.Minute
		j.limit, j.concurrency, j.duration, j.interval = 0, connections, time.Second, time.Minute
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		o := j.run(t, e)
		runtime.ReadMemStats(&after)
		o.allSucceed(t, int64(connections))
		return after.TotalAlloc - before.TotalAlloc
	}
	allocated(many)
	each := int64(allocated(many)-allocated(few)) / (many - few)
	t.Logf("%d bytes a connection", each)
	if each > most {
		t.Errorf("an idle connection costs %d bytes, want at most %d", each, most)
	}
}
