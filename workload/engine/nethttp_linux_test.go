package engine_test

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"tcpbench/lab/target"
	"tcpbench/lab/target/targettest"
	"tcpbench/metrics"
	"tcpbench/scenario"
	"tcpbench/workload/engine"
	"tcpbench/workload/engine/enginetest"
	"tcpbench/workload/pace"
)

func TestNetHTTP(t *testing.T) {
	enginetest.Run(t, enginetest.Subject{Engine: engine.NetHTTP, Library: true, Early: true, Introduces: true})
}

// webPlan is a plan of GETs, which leaves no TIME_WAITs on the host.
func webPlan(mode scenario.Mode, scheme string, dst ...netip.AddrPort) engine.Plan {
	return engine.Plan{
		Destinations: dst,
		Mode:         mode,
		Linger:       scenario.Linger{On: true},
		HTTP: &engine.HTTP{Retry: true, Scheme: scheme, Ask: engine.Ask{Path: "/a?b=c"}, Method: "GET",
			TLS:                 engine.TLS{Insecure: true},
			ReadBody:            true,
			MaxIdleConnsPerHost: 100},
		Timeout: 5 * time.Second,
	}
}

// drive sends so many requests, 20 at a time.
func drive(t *testing.T, p engine.Plan, limit int64) *metrics.Recorder {
	t.Helper()
	return run(t, p, engine.Task{Concurrency: 20}, limit, time.Minute)
}

// driveAt sends requests when they are planned.
func driveAt(t *testing.T, p engine.Plan, plan pace.Plan) *metrics.Recorder {
	t.Helper()
	return run(t, p, engine.Task{Concurrency: 100, Pacer: plan.Worker(0, 1)}, 0, plan.Duration)
}

func run(t *testing.T, p engine.Plan, task engine.Task, limit int64, d time.Duration) *metrics.Recorder {
	t.Helper()
	c := engine.NewControl(&p, time.Now())
	c.End, c.Limit = d, limit
	task.Plan, task.Control, task.Recorder, task.Interval = &p, c, metrics.NewRecorder(), time.Minute
	task.Cut = func(metrics.Part, time.Duration, bool) *metrics.Window { return nil }
	if err := engine.NetHTTP(task); err != nil {
		t.Fatal(err)
	}
	return task.Recorder
}

// census counts connections: all that there were, those that are open, and the most
// that were at a time.
type census struct {
	mu              sync.Mutex
	all, open, most int64
}

func (s *census) add(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all, s.open = s.all+max(n, 0), s.open+n
	s.most = max(s.most, s.open)
}

// slow is a server that takes 20 ms to answer.
func slow(t *testing.T, conns *census) netip.AddrPort {
	return accept(t, func(c net.Conn) {
		conns.add(1)
		defer conns.add(-1)
		for r := bufio.NewReader(c); ; {
			if _, err := http.ReadRequest(r); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
			_, _ = c.Write([]byte("HTTP/1.1 204 No Content\r\n\r\n"))
		}
	})
}

// Requests that arrive at random, about 20 in flight: their number goes up and
// down by a few all the time.
func TestTheIdlePoolDecidesHowManyConnectionsThereAre(t *testing.T) {
	for _, tt := range []struct {
		name        string
		idle        int
		least, most int64 // connections a hundred requests
		keeps       bool  // all to the end
	}{
		{"a large pool keeps all that are needed", 10_000, 1, 99, true},
		{"Go's default of 2 closes what it cannot keep", 2, 3, 99, false},
		{"a pool of 0 keeps none", 0, 100, 100, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var seen census
			p := webPlan(scenario.ModeKeepalive, "http", slow(t, &seen))
			p.HTTP.MaxIdleConnsPerHost = tt.idle
			rec := driveAt(t, p, pace.Plan{From: 1000, To: 1000, Arrival: pace.Poisson, Duration: time.Second, Seed: 1})
			l := rec.Lateness
			if rec.Requests != l.Started || rec.Failed != 0 {
				t.Errorf("requests = %d of %d begun, errors %v, want all and none", rec.Requests, l.Started,
					rec.Outcomes.Errors())
			}
			// There are as many as the machine has time for; the others are accounted for.
			if l.Planned < 900 || l.Started < 100 || l.Planned-l.Started > l.Waited+l.Blocked+l.Missed {
				t.Errorf("of %d planned, %d started; %d waited, %d were blocked and %d missed, want some 1000, 100 at "+
					"least, and a cause for each that did not", l.Planned, l.Started, l.Waited, l.Blocked, l.Missed)
			}
			seen.mu.Lock()
			n, together := seen.all, seen.most
			seen.mu.Unlock()
			if (n == together) != tt.keeps {
				t.Errorf("of %d connections %d were open at a time, want all of them: %t", n, together, tt.keeps)
			}
			if share := (100*n + rec.Requests/2) / rec.Requests; n != rec.Attempted || share < tt.least ||
				share > tt.most {
				t.Errorf("connections = %d for %d requests, of which the server saw %d, "+
					"want %d to %d for each 100", rec.Attempted,
					rec.Requests, n, tt.least, tt.most)
			}
		})
	}
}

func TestAnOpenLoopLastsUntilItsEndNotUntilItsLastStart(t *testing.T) {
	s := targettest.Start(t, target.Config{Protocol: scenario.ServerHTTP, ResponseSize: 1})
	begun := time.Now()
	rec := driveAt(t, webPlan(scenario.ModeShort, "http", s.Addrs...),
		pace.Plan{From: 4, To: 4, Arrival: pace.Constant, Duration: time.Second})
	if took := time.Since(begun); rec.Requests != 4 || took < time.Second {
		t.Errorf("%d requests in %v, want 4 in 1s: fewer seconds are a rate above the planned one", rec.Requests, took)
	}
}

func TestTheTLSHandshakeIsAPhaseOfItsOwn(t *testing.T) {
	for _, serverFirst := range []bool{false, true} {
		s := targettest.Start(t, target.Config{Protocol: scenario.ServerHTTPS, ResponseSize: 100})
		p := webPlan(scenario.ModeShort, "https", s.Addrs...)
		p.Closing.ServerFirst = serverFirst
		rec := drive(t, p, 200)
		if rec.Requests != 200 || rec.Succeeded != 200 || rec.TLS.Count() != 200 || rec.Connect.Count() != 200 ||
			rec.Client.HTTP2 != 0 {
			t.Errorf("server first %v: %d requests, %d handshakes, %d by HTTP/2, errors %v, want 200, 200, none, none",
				serverFirst, rec.Requests, rec.TLS.Count(), rec.Client.HTTP2, rec.Outcomes.Errors())
		}
	}
}

// A server that reads late, and answers late: the handshake of TLS has the first wait in it,
// and neither the connect before it nor the answer after it.
func TestTheTLSHandshakeTakesItsOwnTime(t *testing.T) {
	const late = 100 * time.Millisecond
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(late) }))
	s.Listener = lateListener{s.Listener, late}
	s.StartTLS()
	defer s.Close()
	p := webPlan(scenario.ModeShort, "https", netip.MustParseAddrPort(s.Listener.Addr().String()))
	rec := run(t, p, engine.Task{Concurrency: 2}, 10, time.Minute)
	connect, tls, first := rec.Connect.Percentile(50), rec.TLS.Percentile(50), rec.FirstByte.Percentile(50)
	if connect >= late || tls < late || tls >= 2*late || first < late {
		t.Errorf("connect took %v, TLS %v and the first byte %v, want TLS to have the %v for which the server did not "+
			"read, and not the %v for which it did not answer", connect, tls, first, late, late)
	}
}

// lateListener accepts connections that are read late.
type lateListener struct {
	net.Listener
	late time.Duration
}

func (l lateListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &lateConn{Conn: c, late: l.late}, err
}

type lateConn struct {
	net.Conn
	late time.Duration
	once sync.Once
}

func (c *lateConn) Read(b []byte) (int, error) {
	c.once.Do(func() { time.Sleep(c.late) })
	return c.Conn.Read(b)
}

func TestHTTP2SharesConnections(t *testing.T) {
	s := targettest.Start(t, target.Config{Protocol: scenario.ServerHTTPS, ResponseSize: 100})
	rec := drive(t, webPlan(scenario.ModeKeepalive, "https", s.Addrs...), 1000)
	if rec.Requests != 1000 || rec.Client.HTTP2 != 1000 || rec.Failed != 0 {
		t.Errorf("requests = %d, %d by HTTP/2, errors %v, want 1000, 1000, none", rec.Requests, rec.Client.HTTP2,
			rec.Outcomes.Errors())
	}
	// The farewell of TLS, an alert of 24 bytes, may come too late to be read.
	if st := s.Stop(); st.BytesReceived > rec.BytesSent || st.BytesReceived < rec.BytesSent-24*rec.Attempted ||
		st.BytesSent < rec.BytesReceived {
		t.Errorf("the server received %d bytes and sent %d, the client sent %d and received %d, want those of the wire",
			st.BytesReceived, st.BytesSent, rec.BytesSent, rec.BytesReceived)
	}
	if rec.Succeeded != 1 || rec.Succeeded+rec.Client.Unused != rec.Attempted {
		t.Errorf("connections = %d, %d used and %d not, want one that carried all", rec.Attempted, rec.Succeeded,
			rec.Client.Unused)
	}
}

// accept calls handle with every connection, and closes it afterwards.
func accept(t *testing.T, handle func(net.Conn)) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() { // ends with the listener
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				handle(c)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		all.Wait()
	})
	return netip.MustParseAddrPort(l.Addr().String())
}

func TestFailuresOfTLSAreCountedAsTheHandshakes(t *testing.T) {
	https := func(t *testing.T) netip.AddrPort {
		return targettest.Start(t, target.Config{Protocol: scenario.ServerHTTPS}).Addrs[0]
	}
	plain := func(t *testing.T) netip.AddrPort {
		return accept(t, func(c net.Conn) {
			_, _ = c.Read(make([]byte, 1000))
			_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
			_, _ = c.Read(make([]byte, 1000))
		})
	}
	silent := func(t *testing.T) netip.AddrPort {
		return accept(t, func(c net.Conn) {
			for b := make([]byte, 1000); ; {
				if _, err := c.Read(b); err != nil {
					return
				}
			}
		})
	}
	hangsUp := func(t *testing.T) netip.AddrPort {
		return accept(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 1<<16)) })
	}
	tests := []struct {
		name     string
		target   func(*testing.T) netip.AddrPort
		insecure bool
		want     string
	}{
		{"a certificate that is not trusted", https, false, "handshake: TLS"},
		{"a server that speaks no TLS", plain, true, "handshake: TLS"},
		{"a server that does not answer", silent, true, "handshake: TIMEOUT"},
		{"a server that hangs up", hangsUp, true, "handshake: EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := webPlan(scenario.ModeShort, "https", tt.target(t))
			if p.HTTP.TLS.Insecure = tt.insecure; tt.want == "handshake: TIMEOUT" {
				p.Timeout = 200 * time.Millisecond
			}
			rec := drive(t, p, 20)
			if errs := rec.Outcomes.Errors(); len(errs) != 1 || errs[tt.want] != 20 || rec.Client.FailedRequests != 20 {
				t.Errorf("errors = %v, %d failed requests, want %s: 20", errs, rec.Client.FailedRequests, tt.want)
			}
			if rec.TLS.Count() != 0 || rec.Connect.Count() != 20 {
				t.Errorf("%d handshakes of TLS and %d of TCP were timed, want none and 20", rec.TLS.Count(),
					rec.Connect.Count())
			}
		})
	}
}

// requests keeps what a server was asked, and answers each with 204.
func requests(t *testing.T, keep *[]*http.Request) netip.AddrPort {
	var mu sync.Mutex
	return accept(t, func(c net.Conn) {
		for r := bufio.NewReader(c); ; {
			req, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			var body strings.Builder
			if err := req.Write(&body); err != nil {
				return
			}
			mu.Lock()
			*keep = append(*keep, req)
			mu.Unlock()
			_, _ = c.Write([]byte("HTTP/1.1 204 No Content\r\n\r\n"))
		}
	})
}

func TestARequestIsWhatThePlanSays(t *testing.T) {
	for _, serverFirst := range []bool{false, true} {
		var got []*http.Request
		p := webPlan(scenario.ModeShort, "http", requests(t, &got))
		p.Closing.ServerFirst = serverFirst
		p.Timeout = 300 * time.Millisecond // this server never closes first
		p.HTTP.Method, p.HTTP.Body = "POST", "hello"
		p.HTTP.Header = []string{"Host: example.test", "X-One: 1", "x-one: 2", "User-Agent: mine", "Content-Length: 5"}
		rec := drive(t, p, 1)
		if len(got) != 1 || rec.Statuses[204] != 1 {
			t.Fatalf("the server saw %d requests, and 204 was seen %d times, want 1 and 1", len(got), rec.Statuses[204])
		}
		r := got[0]
		if r.Method != "POST" || r.Host != "example.test" || r.URL.RequestURI() != "/a?b=c" || r.ContentLength != 5 {
			t.Errorf("the request was %s %s of %s with %d bytes", r.Method, r.URL, r.Host, r.ContentLength)
		}
		if h := r.Header; len(h["X-One"]) != 2 || h.Get("User-Agent") != "mine" || h.Get("Accept-Encoding") != "" {
			t.Errorf("its header was %v, want the plan's, and no compression", h)
		}
		if r.Close != serverFirst {
			t.Errorf("server first %v: Connection: close was sent: %v", serverFirst, r.Close)
		}
		if errs := rec.Outcomes.Errors(); serverFirst && errs["recv: TIMEOUT"] != 1 {
			t.Errorf("a server that does not close first: errors = %v, want recv: TIMEOUT", errs)
		}
	}
}

func TestEverySourceMeetsEveryDestination(t *testing.T) {
	for _, mode := range []scenario.Mode{scenario.ModeShort, scenario.ModeKeepalive} {
		var mu sync.Mutex
		met := map[string]int{}
		note := func(c net.Conn) {
			host, _, _ := net.SplitHostPort(c.RemoteAddr().String())
			mu.Lock()
			met[host+" "+c.LocalAddr().String()]++
			mu.Unlock()
			if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
				_, _ = c.Write([]byte("HTTP/1.1 204 No Content\r\n\r\n"))
			}
			_, _ = c.Read(make([]byte, 1))
		}
		p := webPlan(mode, "http", accept(t, note), accept(t, note), accept(t, note))
		p.Sources = []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")}
		p.BindNoPort = true
		p.HTTP.MaxIdleConnsPerHost = 0 // each request has its connection
		drive(t, p, 60)
		if len(met) != 6 {
			t.Errorf("%s: the pairs that met are %v, want each source with each destination", mode, met)
		}
		for pair, n := range met {
			if n != 10 {
				t.Errorf("%s: %s met %d times, want 10", mode, pair, n)
			}
		}
	}
}
