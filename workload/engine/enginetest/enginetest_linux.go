// Package enginetest is the suite that every engine must pass: the same work
// against the same servers, with the same counts in the end.
package enginetest

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tcpbench/internal/sys"
	"tcpbench/lab/target"
	"tcpbench/lab/target/targettest"
	"tcpbench/metrics"
	"tcpbench/scenario"
	"tcpbench/workload/engine"
	"tcpbench/workload/pace"
)

// Subject is an engine under test.
type Subject struct {
	Engine engine.Engine
	// Library: it is built on net/http, so it speaks HTTP alone, and leaves to
	// its pool which connection carries a request, and to whoever closes how.
	Library bool
	// Unread: it can close with an answer unread.
	Unread bool
	// Introduces: it can begin a connection with a header of the PROXY protocol.
	Introduces bool
	// Early: it reads an answer while it sends the request.
	Early bool
}

// Run runs the suite against an engine, or the part of it that a library can
// be held to.
func Run(t *testing.T, e Subject) {
	const native, every = false, true // engines
	for _, tt := range []struct {
		name    string
		test    func(*testing.T, Subject)
		library bool
	}{
		{"every close policy with every linger succeeds", closePolicies, native},
		{"an answer that is left unread is none", unread, native},
		{"messages of every size arrive whole", sizes, native},
		{"a target that refuses is counted as connect: ECONNREFUSED", refused, every},
		{"a target that never answers is counted as recv: TIMEOUT", silent, every},
		{"a target that takes no connection is counted as connect: TIMEOUT", deaf, every},
		{"an answer cut short is counted as recv: EOF", cutShort, native},
		{"an answer that is too long is counted as recv: SURPLUS", surplus, native},
		{"a reset is counted as recv: ECONNRESET", reset, every},
		{"a stop lets connections in flight finish", stop, every},
		{"a cancel ends connections in flight", cancel, every},
		{"the end of the duration begins no more", duration, every},
		{"intervals add up to the totals", intervals, every},
		{"a warm-up is not counted", warmup, every},
		{"a connection held over a warm-up counts from then on", warmupHeld, every},
		{"a held connection carries many requests", keepsConnections, native},
		{"connections carry as many requests as they may", reconnects, native},
		{"what a server leaves unanswered when it closes is lost", endedByServer, native},
		{"idle connections are held to the end", idle, native},
		{"an idle connection costs at most 400 bytes", memory, native},
		{"an idle connection that the server ends is lost", idleEnded, native},
		{"a cancel ends idle connections", cancelIdle, native},
		{"an exchange is as its steps say, or an error", exchanges, native},
		{"a request takes as long as its exchange", exchangeTimes, native},
		{"a message longer than the socket holds is sent in parts", longMessages, native},
		{"an answer may begin before its request was sent whole", answersMeanwhile, native},
		{"HTTP with every close policy", httpPolicies, every},
		{"HTTP answers of every kind", httpAnswers, every},
		{"an HTTP answer without a length ends with the connection", httpToTheEnd, every},
		{"an HTTP answer cut short is counted as recv: EOF", httpCutShort, every},
		{"an end that the server announces loses nothing", httpAnnounced, every},
		{"a request on a connection that has ended is sent again where HTTP permits", httpRetries, every},
		{"what destinations are asked for comes in turn", asksInTurn, every},
		{"a PROXY header comes first on each connection, once", proxyHeaders, every},
		{"an idle connection that ends between requests is no failure", httpIdleEnded, every},
		{"a large body is sent piecemeal", largeBody, every},
		{"an answer that comes before the body is sent is one", earlyDrained, every},
		{"a reset before the body is sent is an answer or a failure", earlyReset, every},
		{"an open loop keeps to its plan", openLoop, every},
		{"an open loop that cannot keep to its plan tells why", overload, every},
		{"nothing is allocated per connection or request", allocations, native},
	} {
		if e.Library && !tt.library {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			noLeaks(t)
			tt.test(t, e)
		})
	}
}

// start runs a server that speaks what the engine does, with messages of 64 bytes.
func (e Subject) start(t *testing.T) *targettest.Server {
	t.Helper()
	c := target.Config{RequestSize: 64, ResponseSize: 64}
	if e.Library {
		c.Protocol = scenario.ServerHTTP
	}
	return targettest.Start(t, c)
}

// job makes a job of short connections.
func (e Subject) job(t *testing.T, dst ...netip.AddrPort) job {
	t.Helper()
	if e.Library {
		return newJob(dst...).asking(t, "GET")
	}
	return newJob(dst...)
}

// noLeaks checks, after every other clean-up, that no goroutine, no
// descriptor and no mapping of a ring is left over.
func noLeaks(t *testing.T) {
	t.Helper()
	before, rings, goroutines := openFiles(t), ringMappings(t), goleak.IgnoreCurrent()
	t.Cleanup(func() {
		goleak.VerifyNone(t, goroutines)
		if after := openFiles(t); after > before {
			t.Errorf("%d descriptors are open, %d were", after, before)
		}
		if after := ringMappings(t); after > rings {
			t.Errorf("%d parts of rings are mapped, %d were", after, rings)
		}
	})
}

// ringMappings is how many mappings of an io_uring the process has.
func ringMappings(t *testing.T) int {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(maps), "io_uring")
}

// openFiles is how many descriptors the process has open.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// job is one worker's work.
type job struct {
	plan        engine.Plan
	concurrency int
	limit       int64
	duration    time.Duration
	warmup      time.Duration
	interval    time.Duration
	rate        float64               // of planned starts per second; 0 is a closed loop
	during      func(*engine.Control) // called from another goroutine
}

func newJob(dst ...netip.AddrPort) job {
	return job{
		plan: engine.Plan{
			Destinations: dst,
			Linger:       scenario.Linger{On: true}, // leaves no TIME_WAITs on the host
			Mode:         scenario.ModeShort,
			Request:      make([]byte, 64),
			Last:         make([]byte, 64),
			ResponseSize: 64,
			Timeout:      10 * time.Second,
		},
		concurrency: 8,
		limit:       500,
		duration:    time.Minute,
		interval:    50 * time.Millisecond,
	}
}

// outcome is what a job ended with.
type outcome struct {
	*metrics.Recorder
	parts []metrics.Part
	took  time.Duration
}

// errors are the failures by name.
func (o outcome) errors() map[string]int64 { return o.Outcomes.Errors() }

func (j job) run(t *testing.T, e Subject) outcome {
	t.Helper()
	// A worker has a thread for itself, by whose CPU time it knows its stalls.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	out := outcome{Recorder: metrics.NewRecorder()}
	started := time.Now()
	c := engine.NewControl(&j.plan, started)
	c.End, c.Limit, c.OnExhausted = j.warmup+j.duration, j.limit, scenario.OnExhaustedStop
	done := make(chan struct{})
	if j.during != nil {
		go func() {
			defer close(done)
			j.during(c)
		}()
	} else {
		close(done)
	}
	stalls := func() metrics.Stalls { return metrics.Stalls{} }
	if e.Library { // whose requests are goroutines: its stalls are those of the process
		stalls = watchStalls()
	}
	err := e.Engine(engine.Task{
		Pacer:       j.pacer(),
		Plan:        &j.plan,
		Control:     c,
		Concurrency: j.concurrency,
		Recorder:    out.Recorder,
		Interval:    j.interval,
		Warmup:      j.warmup,
		Cut: func(p metrics.Part, _ time.Duration, _ bool) *metrics.Window {
			out.parts = append(out.parts, p)
			return nil
		},
	})
	<-done
	seen := stalls()
	if err != nil {
		t.Fatal(err)
	}
	out.took = time.Since(started)
	if e.Library {
		out.Stalls = seen
	}
	if o := out.Recorder; o.Attempted != o.Succeeded+o.Failed+o.Client.Unused {
		t.Errorf("attempted %d, want succeeded %d + failed %d + unused %d", o.Attempted, o.Succeeded, o.Failed,
			o.Client.Unused)
	}
	return out
}

// watchStalls finds the times for which the process is not run, until the function
// that it returns is called.
func watchStalls() func() metrics.Stalls {
	const round = 10 * time.Millisecond
	end, found := make(chan struct{}), make(chan metrics.Stalls)
	go func() { // ends with the run
		begun, rec := time.Now(), metrics.NewRecorder()
		watch := metrics.NewStallWatch(0, processCPU)
		for rounds := time.Tick(round); ; {
			select {
			case <-end:
				found <- rec.Stalls
				return
			case <-rounds:
				now := time.Since(begun)
				rec.Stalled(now, watch.Round(now, round), 0, now)
			}
		}
	}()
	return func() metrics.Stalls { close(end); return <-found }
}

// processCPU is the CPU time of this process.
func processCPU() time.Duration {
	user, system := sys.ProcessUsage()
	return user + system
}

// pacer plans the job's starts; nil in a closed loop.
func (j job) pacer() *pace.Pacer {
	if j.rate == 0 {
		return nil
	}
	return pace.Plan{From: j.rate, To: j.rate, Duration: j.warmup + j.duration}.Worker(0, 1)
}

// allSucceed checks that every connection did what it was for, and that no more
// than a library's were for nothing.
func (o outcome) allSucceed(t *testing.T, want int64) {
	t.Helper()
	if o.Succeeded+o.Client.Unused != want || o.Failed != 0 {
		t.Errorf("succeeded = %d, never used = %d, want %d; errors %v", o.Succeeded, o.Client.Unused, want, o.errors())
	}
}

// allFail checks that every connection failed in one way.
func (o outcome) allFail(t *testing.T, name string, want int64) {
	t.Helper()
	if got := o.errors(); len(got) != 1 || got[name] != want {
		t.Errorf("errors = %v, want %s: %d", got, name, want)
	}
}

// answered are the close policies that read the whole answer.
func answered() []scenario.Closing {
	return slices.DeleteFunc(scenario.Closings(), func(c scenario.Closing) bool { return c.Unread })
}

func closePolicies(t *testing.T, e Subject) {
	for _, closing := range answered() {
		for _, linger := range []scenario.Linger{{}, {On: true}, {On: true, Timeout: 2 * time.Second}} {
			t.Run(string(closing.Policy)+", linger "+linger.String(), func(t *testing.T) {
				s := targettest.Start(t, target.Config{RequestSize: 64, ResponseSize: 64,
					CloseFirst: closing.ServerFirst})
				j := newJob(s.Addrs...)
				j.plan.Closing, j.plan.Linger = closing, linger
				o := j.run(t, e)
				o.allSucceed(t, j.limit)
				for name, h := range map[string]*metrics.Histogram{"connect": o.Connect, "first byte": o.FirstByte,
					"request": o.Request, "close": o.Close} {
					if h.Count() != j.limit {
						t.Errorf("%s latencies = %d, want %d", name, h.Count(), j.limit)
					}
				}
				if st := s.Stop(); st.Accepted != j.limit || st.Requests != j.limit || st.BytesReceived != 64*j.limit {
					t.Errorf("the server saw %+v, want %d connections with a request each", st, j.limit)
				}
			})
		}
	}
}

// The server sees a reset, and its counts are whole: what was left unread had
// been sent.
func unread(t *testing.T, e Subject) {
	if !e.Unread {
		return // cell refuses it
	}
	s := targettest.Start(t, target.Config{RequestSize: 64, ResponseSize: 64})
	j := newJob(s.Addrs...)
	j.plan.Closing, j.plan.Linger = scenario.Closing{Unread: true}, scenario.Linger{}
	o := j.run(t, e)
	o.allSucceed(t, j.limit)
	if o.Requests != 0 || o.BytesReceived != 0 || o.FirstByte.Count() != j.limit {
		t.Errorf("%d answers of %d bytes with %d first bytes, want none with %d", o.Requests, o.BytesReceived,
			o.FirstByte.Count(), j.limit)
	}
	if st := s.Stop(); st.Requests != j.limit || st.Resets != j.limit {
		t.Errorf("the server saw %+v, want %d requests and resets", st, j.limit)
	}
	j = newJob(serve(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 64)) }))
	j.plan.Closing, j.limit = scenario.Closing{Unread: true}, 16
	j.run(t, e).allFail(t, "recv: EOF", 16)
}

func sizes(t *testing.T, e Subject) {
	for _, size := range []struct{ request, response int }{{0, 0}, {0, 64}, {64, 0}, {1, 1}, {1 << 20, 1}, {1, 1 << 20},
		{1 << 20, 1 << 20}} {
		for _, closing := range []scenario.Closing{{HalfClose: true}, {ServerFirst: true}} {
			s := targettest.Start(t, target.Config{
				RequestSize: size.request, ResponseSize: size.response, CloseFirst: closing.ServerFirst,
			})
			j := newJob(s.Addrs...)
			j.limit, j.plan.Closing = 20, closing
			j.plan.Last, j.plan.ResponseSize = make([]byte, size.request), size.response
			o := j.run(t, e)
			o.allSucceed(t, 20)
			if o.BytesSent != int64(20*size.request) || o.BytesReceived != int64(20*size.response) {
				t.Errorf("%+v, %+v: sent %d, received %d bytes, want 20 of each",
					size, closing, o.BytesSent, o.BytesReceived)
			}
		}
	}
}

func refused(t *testing.T, e Subject) {
	l := listen(t)
	addr := netip.MustParseAddrPort(l.Addr().String())
	l.Close()
	j := e.job(t, addr)
	j.limit = 20
	o := j.run(t, e)
	o.allFail(t, "connect: ECONNREFUSED", 20)
	if o.Obtained != 20 {
		t.Errorf("obtained = %d, want 20: a refused connect had a port", o.Obtained)
	}
}

func silent(t *testing.T, e Subject) {
	addr := serve(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 1<<20)); hold(c) })
	j := e.job(t, addr)
	j.limit, j.plan.Timeout = 16, 100*time.Millisecond
	j.run(t, e).allFail(t, "recv: TIMEOUT", 16)
}

// deaf is a listener whose accept queue is full: the kernel drops SYNs.
func deaf(t *testing.T, e Subject) {
	addr := fullBacklog(t)
	j := e.job(t, addr)
	j.limit, j.plan.Timeout = 8, 200*time.Millisecond
	j.run(t, e).allFail(t, "connect: TIMEOUT", 8)
}

func cutShort(t *testing.T, e Subject) {
	addr := serve(t, func(c net.Conn) { answer(c, 64, 63) })
	j := newJob(addr)
	j.limit = 16
	j.run(t, e).allFail(t, "recv: EOF", 16)
}

func surplus(t *testing.T, e Subject) {
	addr := serve(t, func(c net.Conn) { answer(c, 64, 65) })
	j := newJob(addr)
	j.limit = 16
	j.run(t, e).allFail(t, "recv: SURPLUS", 16)
}

func reset(t *testing.T, e Subject) {
	addr := serve(t, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 64))
		_ = c.(*net.TCPConn).SetLinger(0)
	})
	j := e.job(t, addr)
	j.limit = 16
	j.run(t, e).allFail(t, "recv: ECONNRESET", 16)
}

func stop(t *testing.T, e Subject) {
	s := e.start(t)
	j := e.job(t, s.Addrs...)
	j.limit = 0
	j.during = func(c *engine.Control) { time.Sleep(100 * time.Millisecond); c.Stop() }
	o := j.run(t, e)
	o.allSucceed(t, o.Attempted)
	if o.Attempted == 0 || o.took > 10*time.Second {
		t.Errorf("%d connections in %v, want some and an end at the stop", o.Attempted, o.took)
	}
}

func cancel(t *testing.T, e Subject) {
	addr := serve(t, hold)
	j := e.job(t, addr)
	j.limit = 0
	j.plan.Timeout = time.Minute
	j.during = func(c *engine.Control) { time.Sleep(100 * time.Millisecond); c.Cancel() }
	o := j.run(t, e)
	o.allFail(t, "recv: CANCELED", int64(j.concurrency))
	if o.took > 20*time.Second {
		t.Errorf("the run took %v after a cancel, want no waiting for the timeout", o.took)
	}
}

func duration(t *testing.T, e Subject) {
	s := e.start(t)
	j := e.job(t, s.Addrs...)
	j.limit, j.duration = 0, 200*time.Millisecond
	o := j.run(t, e)
	o.allSucceed(t, o.Attempted)
	if o.took < 200*time.Millisecond || o.took > 10*time.Second {
		t.Errorf("the run took %v, want 200ms and little more", o.took)
	}
}

func intervals(t *testing.T, e Subject) {
	s := e.start(t)
	j := e.job(t, s.Addrs...)
	j.limit, j.duration, j.interval = 0, 300*time.Millisecond, 20*time.Millisecond
	o := j.run(t, e)
	var sum metrics.Counts
	var latencies int64
	for _, p := range o.parts {
		sum.Add(p.Counts)
		latencies += p.Connect.Count()
	}
	if sum != o.Counts || latencies != o.Connect.Count() {
		t.Errorf("intervals add up to %+v with %d latencies, want %+v with %d", sum, latencies, o.Counts,
			o.Connect.Count())
	}
	if len(o.parts) < 3 {
		t.Errorf("intervals = %d, want several in 300ms", len(o.parts))
	}
}

// allocations compares two runs of different length: what a run allocates
// must not depend on it. The server in the same process allocates nothing
// per connection either.
func allocations(t *testing.T, e Subject) {
	if testing.Short() {
		t.Skip("with the race detector memory is not what it costs")
	}
	echo := targettest.Start(t, target.Config{RequestSize: 64, ResponseSize: 64})
	web := targettest.Start(t, target.Config{Protocol: scenario.ServerHTTP, ResponseSize: 64})
	// Of patterns package talk's own tests say it: with the race detector regexp's pool is leaky.
	steps := []string{"> " + strings.Repeat("x", 64), "< abc", "< len:61"}
	for name, j := range map[string]job{
		"exchange":                   newJob(echo.Addrs...).says(t, nil, steps...),
		"exchange on the same":       newJob(echo.Addrs...).held(scenario.Span{}).says(t, nil, steps...),
		"connection":                 newJob(echo.Addrs...),
		"request":                    newJob(echo.Addrs...).held(scenario.Span{}),
		"HTTP connection":            newJob(web.Addrs...).asking(t, "GET"),
		"HTTP request":               newJob(web.Addrs...).held(scenario.Span{}).asking(t, "GET"),
		"HTTP request of a few each": newJob(web.Addrs...).held(scenario.Span{Min: 1, Max: 9}).asking(t, "GET"),
	} {
		mallocs := func(limit int64) uint64 {
			j.limit, j.interval = limit, time.Minute
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			o := j.run(t, e)
			runtime.ReadMemStats(&after)
			if o.Requests != limit || o.Failed != 0 {
				t.Errorf("%s: %d requests, errors %v, want %d and none", name, o.Requests, o.errors(), limit)
			}
			return after.Mallocs - before.Mallocs
		}
		few := j.concurrency
		j.concurrency = 500
		mallocs(5000) // the server's pools fill up, for all that may wait for it
		j.concurrency = few
		short, long := mallocs(1000), mallocs(11000)
		// One in each would be 10000; the runtime's own, of timers, threads and pools, grow with time.
		if long > short+1000 {
			t.Errorf("10000 times an %s made %d allocations more, want 0 (at most 1000 of the runtime's own)",
				name, long-short)
		}
	}
}

// hold keeps a connection until the peer ends it.
func hold(c net.Conn) {
	b := make([]byte, 1<<16)
	for {
		if _, err := c.Read(b); err != nil {
			return
		}
	}
}

// answer reads a request and writes so many bytes.
func answer(c net.Conn, request, response int) {
	b := make([]byte, request)
	for n := 0; n < request; {
		m, err := c.Read(b[n:])
		if err != nil {
			return
		}
		n += m
	}
	_, _ = c.Write(make([]byte, response))
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// serve calls handle with every connection, each in its goroutine, and closes
// it afterwards; all have ended when the test has.
func serve(t *testing.T, handle func(net.Conn)) netip.AddrPort {
	t.Helper()
	l := listen(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				go func() {
					defer c.Close()
					handle(c)
				}()
			}
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return netip.MustParseAddrPort(l.Addr().String())
}
