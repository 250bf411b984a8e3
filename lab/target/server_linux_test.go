package target_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tcpbench/lab/labtest"
	"tcpbench/lab/target"
	"tcpbench/lab/target/targettest"
	"tcpbench/scenario"
)

func TestMain(m *testing.M) {
	labtest.Enter()
	// The runtime keeps descriptors of its own from the first connection on.
	if l, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		l.Close()
	}
	before := descriptors()
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if after := descriptors(); after > before {
			fmt.Fprintf(os.Stderr, "%d file descriptors before the tests, %d after\n", before, after)
			code = max(code, 1)
		}
		os.Exit(code)
	}))
}

// descriptors counts this process's open files.
func descriptors() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

// deadline ends a test's connection that hangs.
const deadline = 20 * time.Second

// dial connects to a server's nth address.
func dial(t *testing.T, s *targettest.Server, n int) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addrs[n].String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(deadline)); err != nil {
		t.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

// send writes all of p.
func send(t *testing.T, w io.Writer, p []byte) {
	t.Helper()
	if _, err := w.Write(p); err != nil {
		t.Fatalf("Write(%d bytes) = %v, want no error", len(p), err)
	}
}

// receive reads exactly the n bytes of an echo server's answers of size each.
func receive(t *testing.T, r io.Reader, n, size int) {
	t.Helper()
	got := make([]byte, n)
	if _, err := io.ReadFull(r, got); err != nil {
		t.Fatalf("ReadFull(%d bytes) = %v, want no error", n, err)
	}
	for i, c := range got {
		if want := byte('a' + i%size%26); c != want {
			t.Fatalf("byte %d of the answer is %q, want %q", i, c, want)
		}
	}
}

// atEnd fails unless the server has closed in order.
func atEnd(t *testing.T, r io.Reader) {
	t.Helper()
	if n, err := io.ReadFull(r, make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Fatalf("Read() after the last answer = %d bytes, %v, want EOF", n, err)
	}
}

func TestEchoAnswersEveryRequest(t *testing.T) {
	tests := []struct {
		name              string
		request, response int
		piece             int // the request is written in pieces of this size
	}{
		{"the usual sizes", 64, 64, 64},
		{"one byte each", 1, 1, 1},
		{"a request in pieces", 64, 64, 5},
		{"a large request", 1 << 20, 1, 1000},
		{"a large answer", 1, 1 << 20, 1},
		{"both large", 1 << 20, 1 << 20, 1 << 20},
		{"no answer", 64, 0, 64},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := targettest.Start(t, target.Config{RequestSize: tt.request, ResponseSize: tt.response})
			conn := dial(t, s, 0)
			const requests = 3
			for range requests {
				for rest := make([]byte, tt.request); len(rest) > 0; rest = rest[min(tt.piece, len(rest)):] {
					send(t, conn, rest[:min(tt.piece, len(rest))])
				}
				receive(t, conn, tt.response, tt.response)
			}
			if err := conn.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			atEnd(t, conn)
			want := target.Stats{Accepted: 1, Requests: requests, BytesReceived: int64(requests * tt.request),
				BytesSent: int64(requests * tt.response)}
			if got := s.Stop(); got != want {
				t.Errorf("Stop() = %+v, want %+v", got, want)
			}
		})
	}
}

func TestEchoWithoutARequestAnswersOnce(t *testing.T) {
	s := targettest.Start(t, target.Config{ResponseSize: 100})
	conn := dial(t, s, 0)
	receive(t, conn, 100, 100)
	send(t, conn, []byte("more"))
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	atEnd(t, conn)
	if got, want := s.Stop(), (target.Stats{Accepted: 1, Requests: 1, BytesReceived: 4, BytesSent: 100}); got != want {
		t.Errorf("Stop() = %+v, want %+v", got, want)
	}
}

func TestEchoAnswersWhatIsPipelined(t *testing.T) {
	s := targettest.Start(t, target.Config{RequestSize: 64, ResponseSize: 100})
	conn := dial(t, s, 0)
	send(t, conn, make([]byte, 100*64+10)) // the last is a part
	receive(t, conn, 100*100, 100)
	send(t, conn, make([]byte, 54))
	receive(t, conn, 100, 100)
}

// The answer is larger than every buffer on the way, so the server must wait
// for the reader.
func TestEchoWaitsForASlowReader(t *testing.T) {
	const size = 16 << 20
	s := targettest.Start(t, target.Config{RequestSize: 1, ResponseSize: size})
	slow := dial(t, s, 0)
	send(t, slow, []byte{0})
	quick := dial(t, s, 0) // the one thread goes on with others meanwhile
	send(t, quick, []byte{0})
	receive(t, quick, size, size)
	receive(t, slow, size, size)
}

func TestCloseFirstEndsAfterTheAnswer(t *testing.T) {
	for _, c := range []target.Config{
		{RequestSize: 64, ResponseSize: 64, CloseFirst: true},
		{RequestSize: 0, ResponseSize: 64, CloseFirst: true},
		{RequestSize: 64, ResponseSize: 0, CloseFirst: true},
	} {
		t.Run(fmt.Sprintf("%d bytes for %d", c.ResponseSize, c.RequestSize), func(t *testing.T) {
			s := targettest.Start(t, c)
			for range 3 {
				conn := dial(t, s, 0)
				send(t, conn, make([]byte, c.RequestSize))
				receive(t, conn, c.ResponseSize, c.ResponseSize)
				atEnd(t, conn)
			}
			if got := s.Stop(); got.Accepted != 3 || got.Requests != 3 || got.Resets+got.Errors != 0 {
				t.Errorf("Stop() = %+v, want 3 connections without a failure", got)
			}
		})
	}
}

// roundTrip makes the one thread of a server go through what came before.
func roundTrip(t *testing.T, s *targettest.Server) {
	t.Helper()
	conn := dial(t, s, 0)
	send(t, conn, make([]byte, 64))
	receive(t, conn, 64, 64)
	conn.Close()
}

func TestResetByThePeerIsCounted(t *testing.T) {
	s := targettest.Start(t, target.Config{RequestSize: 64, ResponseSize: 64})
	for range 5 {
		conn := dial(t, s, 0)
		send(t, conn, make([]byte, 64))
		receive(t, conn, 64, 64)
		if err := conn.SetLinger(0); err != nil {
			t.Fatal(err)
		}
		conn.Close()
		roundTrip(t, s)
	}
	if got := s.Stop(); got.Accepted != 10 || got.Resets != 5 || got.Errors != 0 {
		t.Errorf("Stop() = %+v, want 5 resets of 10 connections", got)
	}
}

func TestPeerThatSaysNothingIsNoFailure(t *testing.T) {
	s := targettest.Start(t, target.Config{RequestSize: 64, ResponseSize: 64})
	for _, said := range []int{0, 10} {
		conn := dial(t, s, 0)
		send(t, conn, make([]byte, said))
		conn.Close()
		roundTrip(t, s)
	}
	if got, want := s.Stop(), (target.Stats{Accepted: 4, Requests: 2, BytesReceived: 138,
		BytesSent: 128}); got != want {
		t.Errorf("Stop() = %+v, want %+v", got, want)
	}
}

func TestTwoThreadsShareOneAddress(t *testing.T) {
	s := targettest.Start(t, target.Config{RequestSize: 64, ResponseSize: 64, Threads: 2})
	const connections = 200
	var conns []*net.TCPConn
	for range connections {
		conns = append(conns, dial(t, s, 0))
	}
	for _, c := range conns {
		send(t, c, make([]byte, 64))
	}
	for _, c := range conns {
		receive(t, c, 64, 64)
	}
	if got := s.Stop(); got.Accepted != connections || got.Requests != connections {
		t.Errorf("Stop() = %+v, want %d connections and requests", got, connections)
	}
}

func TestPortZeroIsFilledIn(t *testing.T) {
	tests := []struct {
		name   string
		listen []string
	}{
		{"IPv4", []string{"127.0.0.1:0"}},
		{"IPv6", []string{"[::1]:0"}},
		{"several, each with its own", []string{"127.0.0.1:0", "127.0.0.1:0", "[::1]:0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := target.Config{RequestSize: 1, ResponseSize: 1, Threads: 2}
			for _, a := range tt.listen {
				c.Listen = append(c.Listen, netip.MustParseAddrPort(a))
			}
			s := targettest.Start(t, c)
			seen := map[netip.AddrPort]bool{}
			for i, a := range s.Addrs {
				if a.Port() == 0 || a.Addr() != c.Listen[i].Addr() || seen[a] {
					t.Errorf("Addrs()[%d] = %s, want %s with a port of its own", i, a, c.Listen[i].Addr())
				}
				seen[a] = true
				conn := dial(t, s, i)
				send(t, conn, []byte{0})
				receive(t, conn, 1, 1)
			}
			if c.Listen[0].Port() != 0 {
				t.Errorf("Listen() changed the caller's addresses to %v", c.Listen)
			}
		})
	}
}

func TestListenFailsWhole(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	before := descriptors()
	free, busy := netip.MustParseAddrPort("127.0.0.1:0"), netip.MustParseAddrPort(taken.Addr().String())
	_, err = target.Listen(target.Config{Listen: []netip.AddrPort{free, busy},
		Protocol: scenario.ServerEcho, Threads: 2})
	if want := fmt.Sprintf("listen on %s: bind: address already in use", busy); err == nil || err.Error() != want ||
		!errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("Listen(a port that is taken) = %v, want %s", err, want)
	}
	if after := descriptors(); after != before {
		t.Errorf("a failed Listen() leaves %d file descriptors, want %d", after, before)
	}
	if _, err := target.Listen(target.Config{Protocol: scenario.ServerEcho, Threads: 1}); err == nil {
		t.Error("Listen(no address) = nil, want an error")
	}
}

func TestStopClosesWhatIsOpen(t *testing.T) {
	before := descriptors()
	s := targettest.Start(t, target.Config{RequestSize: 64, ResponseSize: 64, Threads: 2})
	var conns []*net.TCPConn
	for range 20 {
		conn := dial(t, s, 0)
		send(t, conn, make([]byte, 64))
		receive(t, conn, 64, 64)
		conns = append(conns, conn)
	}
	s.Stop()
	for _, c := range conns {
		atEnd(t, c)
		c.Close()
	}
	if after := descriptors(); after != before {
		t.Errorf("a stopped server leaves %d file descriptors, want %d", after, before)
	}
	if conn, err := net.Dial("tcp", s.Addrs[0].String()); err == nil {
		conn.Close()
		t.Error("Dial(a stopped server) = nil, want it refused")
	}
}

// ask writes raw requests and reads the answers to as many methods.
func ask(t *testing.T, conn *net.TCPConn, r *bufio.Reader, raw []string, methods ...string) []*http.Response {
	t.Helper()
	for _, text := range raw {
		send(t, conn, []byte(text))
	}
	var out []*http.Response
	for _, m := range methods {
		resp, err := http.ReadResponse(r, &http.Request{Method: m})
		if err != nil {
			t.Fatalf("ReadResponse() to %.60q = %v, want no error", raw, err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatalf("ReadAll() of the answer to %.60q = %v, want no error", raw, err)
		}
		resp.Body.Close()
		resp.Body = io.NopCloser(bytes.NewReader(body))
		out = append(out, resp)
	}
	return out
}

// bodyOf is what an answer's body has.
func bodyOf(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestHTTPAnswers(t *testing.T) {
	const get, page = "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "tcpbenchtc"
	tests := []struct {
		name    string
		raw     []string // each is written on its own
		methods []string // of the requests, in order
		status  []int
		bodies  []string
		closes  bool // the server closes after the last
	}{
		{"GET, again and again", []string{get, get, get}, []string{"GET", "GET", "GET"}, []int{200, 200, 200},
			[]string{page, page, page}, false},
		{"GET in three pieces", []string{get[:3], get[3:26], get[26:]}, []string{"GET"}, []int{200},
			[]string{page}, false},
		{"pipelined", []string{get + get + get}, []string{"GET", "GET", "GET"}, []int{200, 200, 200},
			[]string{page, page, page}, false},
		{"pipelined, and the second closes", []string{get + "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"},
			[]string{"GET", "GET"}, []int{200, 200}, []string{page, page}, true},
		{"HEAD has no body", []string{"HEAD / HTTP/1.1\r\n\r\n", get}, []string{"HEAD", "GET"}, []int{200, 200},
			[]string{"", page}, false},
		{"POST with its body", []string{"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello" + get},
			[]string{"POST", "GET"},
			[]int{200, 200}, []string{page, page}, false},
		{"POST with its body in pieces", []string{"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhel", "lo ",
			"you" + "!" + get}, []string{"POST", "GET"}, []int{200, 200}, []string{page, page}, false},
		{"a body that looks like a request",
			[]string{fmt.Sprintf("POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n", len(get)),
				get, get}, []string{"POST", "GET"}, []int{200, 200}, []string{page, page}, false},
		{"POST that closes, with its body in pieces", []string{"POST / HTTP/1.1\r\nContent-Length: 10\r\nConnection: " +
			"close\r\n\r\n", "hello", "world"}, []string{"POST"}, []int{200}, []string{page}, true},
		{"HTTP/1.0", []string{"GET / HTTP/1.0\r\n\r\n"}, []string{"GET"}, []int{200}, []string{page}, true},
		{"HTTP/1.0 with keep-alive", []string{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", get},
			[]string{"GET", "GET"}, []int{200, 200}, []string{page, page}, false},
		{"Connection: close", []string{"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"}, []string{"GET"}, []int{200},
			[]string{page}, true},
		{"no HTTP", []string{"HELO mail\r\n\r\n"}, []string{"GET"}, []int{400}, []string{""}, true},
		{"a broken length", []string{"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"}, []string{"POST"}, []int{400},
			[]string{""}, true},
		{"a head without an end", []string{"GET / HTTP/1.1\r\nA: " + strings.Repeat("x", 64<<10)}, []string{"GET"},
			[]int{431}, []string{""}, true},
		{"chunks", []string{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"}, []string{"POST"}, []int{501},
			[]string{""}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := targettest.Start(t, target.Config{Protocol: scenario.ServerHTTP, ResponseSize: len(page)})
			conn := dial(t, s, 0)
			r := bufio.NewReader(conn)
			for i, resp := range ask(t, conn, r, tt.raw, tt.methods...) {
				if resp.StatusCode != tt.status[i] || bodyOf(t, resp) != tt.bodies[i] {
					t.Errorf("answer %d has status %d, want %d with the body %q", i, resp.StatusCode,
						tt.status[i], tt.bodies[i])
				}
				if last := i == len(tt.methods)-1; resp.Close != (tt.closes && last) {
					t.Errorf("answer %d says Connection: close: %t, want %t", i, resp.Close, tt.closes && last)
				}
			}
			if !tt.closes {
				if err := conn.CloseWrite(); err != nil {
					t.Fatal(err)
				}
			}
			atEnd(t, r)
			if got := s.Stop(); got.Requests != int64(len(tt.methods)) || got.Resets+got.Errors != 0 {
				t.Errorf("Stop() = %+v, want %d requests without a failure", got, len(tt.methods))
			}
		})
	}
}

func TestHTTPCloseFirstEndsEveryConnection(t *testing.T) {
	s := targettest.Start(t, target.Config{Protocol: scenario.ServerHTTP, ResponseSize: 64, CloseFirst: true})
	conn := dial(t, s, 0)
	r := bufio.NewReader(conn)
	resp := ask(t, conn, r, []string{"GET / HTTP/1.1\r\nConnection: keep-alive\r\n\r\n"}, "GET")[0]
	if resp.StatusCode != 200 || !resp.Close || len(bodyOf(t, resp)) != 64 {
		t.Errorf("the answer = %d, Connection: close %t, want 200 and true", resp.StatusCode, resp.Close)
	}
	atEnd(t, r)
}

func TestNetHTTPClientIsServed(t *testing.T) {
	const size = 1 << 20
	s := targettest.Start(t, target.Config{Protocol: scenario.ServerHTTP, ResponseSize: size, Threads: 2})
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: deadline}
	reused := 0
	trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		if i.Reused {
			reused++
		}
	}}
	methods := []string{"GET", "POST", "HEAD", "PUT", "GET"}
	for _, m := range methods {
		var body io.Reader
		if m == "POST" || m == "PUT" {
			body = bytes.NewReader(make([]byte, 300_000))
		}
		ctx := httptrace.WithClientTrace(context.Background(), trace)
		req, err := http.NewRequestWithContext(ctx, m, "http://"+s.Addrs[0].String()+"/", body)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatalf("Do(%s) = %v, want no error", m, err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		want := int64(size)
		if m == "HEAD" {
			want = 0
		}
		if err != nil || n != want || resp.StatusCode != 200 || resp.ContentLength != size {
			t.Errorf("Do(%s) = %d with %d of %d bytes, %v, want 200 with %d", m, resp.StatusCode, n, resp.ContentLength,
				err, want)
		}
	}
	if reused != len(methods)-1 {
		t.Errorf("the connection was reused %d times, want %d", reused, len(methods)-1)
	}
	transport.CloseIdleConnections()
	if got := s.Stop(); got.Accepted != 1 || got.Requests != int64(len(methods)) {
		t.Errorf("Stop() = %+v, want 1 connection and %d requests", got, len(methods))
	}
}

// Looking for events instead of sleeping changes nothing that a client sees.
func TestAServerThatSpinsAnswersTheSame(t *testing.T) {
	meters := new(target.Meters)
	s := targettest.Start(t, target.Config{RequestSize: 64, ResponseSize: 64, Spin: true, Meters: meters, Threads: 2})
	const rounds = 2000
	conn := dial(t, s, 0)
	for range rounds {
		send(t, conn, make([]byte, 64))
		receive(t, conn, 64, 64)
	}
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	atEnd(t, conn)
	spun := meters.Spun()
	if len(spun) != 2 {
		t.Fatalf("Spun() = %v, want that of 2 threads", spun)
	}
	var all time.Duration
	for _, d := range spun {
		all += d
	}
	if all == 0 {
		t.Errorf("its threads never looked for events, of %d that were near each other", rounds)
	}
	want := target.Stats{Accepted: 1, Requests: rounds, BytesReceived: rounds * 64, BytesSent: rounds * 64}
	if got := s.Stop(); got != want {
		t.Errorf("Stop() = %+v, want %+v", got, want)
	}
	resting := meters.Spun()
	time.Sleep(20 * time.Millisecond)
	if later := meters.Spun(); !maps.Equal(later, resting) {
		t.Errorf("Spun() after the end = %v, want %v", later, resting)
	}
}

// It is off unless it is asked for: on a host of one's own the client has the processor.
func TestAServerThatMustNotSpinDoesNot(t *testing.T) {
	meters := new(target.Meters)
	s := targettest.Start(t, target.Config{RequestSize: 1, ResponseSize: 1, Meters: meters})
	conn := dial(t, s, 0)
	for range 100 {
		send(t, conn, []byte{0})
		receive(t, conn, 1, 1)
	}
	s.Stop()
	for id, d := range meters.Spun() {
		if d != 0 {
			t.Errorf("thread %d spun %v, want never", id, d)
		}
	}
}
