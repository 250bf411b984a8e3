package enginetest

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tcpbench/lab/target"
	"tcpbench/lab/target/targettest"
	"tcpbench/metrics"
	"tcpbench/scenario"
	"tcpbench/workload/engine"
	"tcpbench/workload/http1"
)

// asking makes a job of HTTP requests.
func (j job) asking(t *testing.T, method string) job {
	t.Helper()
	r := http1.Request{Method: method, Host: "server"}
	r.Close = j.plan.Closing.ServerFirst && j.plan.Mode == scenario.ModeShort
	request, err := r.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	r.Close = j.plan.Closing.ServerFirst
	last, err := r.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	j.plan.Request, j.plan.Last = request, last
	j.plan.HTTP = &engine.HTTP{
		Head:   method == "HEAD",
		Again:  http1.Idempotent(method),
		Retry:  true,
		Scheme: "http",
		Ask:    engine.Ask{Path: "/"},
		Method: method,
		Header: []string{"Host: server"},

		MaxIdleConnsPerHost: 100,
		ReadBody:            true,
	}
	return j
}

func httpPolicies(t *testing.T, e Subject) {
	for _, mode := range []scenario.Mode{scenario.ModeShort, scenario.ModeKeepalive} {
		for _, closing := range answered() {
			if e.Library && (closing.HalfClose || mode == scenario.ModeKeepalive && closing.ServerFirst) {
				continue
			}
			t.Run(string(mode)+", close "+string(closing.Policy), func(t *testing.T) {
				s := targettest.Start(t, target.Config{Protocol: scenario.ServerHTTP, ResponseSize: 100})
				j := newJob(s.Addrs...)
				j.plan.Mode, j.plan.Closing = mode, closing
				if mode == scenario.ModeKeepalive && !e.Library {
					j.plan.RequestsPerConn = scenario.Span{Min: 10, Max: 10}
				}
				o := j.asking(t, "GET").run(t, e)
				o.allSucceed(t, o.Attempted)
				if o.Requests != j.limit || o.Statuses[200] != j.limit {
					t.Errorf("requests = %d, of them %d with 200, want %d", o.Requests, o.Statuses[200], j.limit)
				}
				if st := s.Stop(); st.Requests != j.limit || st.BytesReceived != o.BytesSent ||
					st.BytesSent != o.BytesReceived {
					t.Errorf("the server saw %+v, want %d requests, %d and %d bytes", st, j.limit, o.BytesSent,
						o.BytesReceived)
				}
			})
		}
	}
}

// canned answers each HTTP request with a text, in writes of so many bytes,
// and so many times on a connection.
func canned(answer string, write, times int, requests *atomic.Int64) func(net.Conn) {
	return func(c net.Conn) {
		r := bufio.NewReader(c)
		for range times {
			req, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			req.Body.Close()
			requests.Add(1)
			for rest := answer; rest != ""; {
				n := min(write, len(rest))
				if _, err := c.Write([]byte(rest[:n])); err != nil {
					return
				}
				rest = rest[n:]
			}
		}
	}
}

func httpAnswers(t *testing.T, e Subject) {
	page := "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
	const surplus, tooLarge = "recv: SURPLUS", "recv: TOOLARGE"
	tests := []struct {
		name   string
		method string
		answer string
		status int
		err    string
	}{
		{"a page", "GET", page, 200, ""},
		{"no body", "GET", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
		{"the answer to HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, ""},
		{"chunks", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200, ""},
		{"a hint before the answer", "GET", "HTTP/1.1 103 Early Hints\r\n\r\n" + page, 200, ""},
		{"an error of the server's", "GET", "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", 503, ""},
		{"no HTTP", "GET", "SSH-2.0-x\r\n\r\n", 0, "recv: MALFORMED"},
		{"more than the answer", "GET", page + "more", 0, surplus},
		{"a head without end", "GET", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20), 0, tooLarge},
	}
	for _, tt := range tests {
		for _, write := range []int{1 << 20, 7} {
			if write < 10 && tt.err != "" {
				continue // the connection may end before the error has arrived
			}
			if e.Library && (tt.err == surplus || tt.err == tooLarge) {
				continue // net/http takes the answer for whole, and heads of up to 10 MB
			}
			requests := scenario.Span{Min: 5, Max: 5}
			if e.Library {
				requests = scenario.Span{}
			}
			t.Run(fmt.Sprintf("%s, %d bytes a write", tt.name, write), func(t *testing.T) {
				var n atomic.Int64
				j := newJob(serve(t, canned(tt.answer, write, 1000, &n))).held(requests).asking(t, tt.method)
				j.limit = 40
				o := j.run(t, e)
				if tt.err != "" {
					o.allFail(t, tt.err, 40)
					return
				}
				o.allSucceed(t, o.Attempted)
				if o.Requests != 40 || o.Statuses[tt.status] != 40 {
					t.Errorf("requests = %d, statuses %v, want 40 with %d", o.Requests, o.Statuses.Map(), tt.status)
				}
			})
		}
	}
}

// The end of the connection is the end of a body without a length; the server
// has closed first then.
func httpToTheEnd(t *testing.T, e Subject) {
	var n atomic.Int64
	addr := serve(t, canned("HTTP/1.0 200 OK\r\n\r\nhello", 1<<20, 1, &n))
	for _, mode := range []scenario.Mode{scenario.ModeShort, scenario.ModeKeepalive} {
		j := newJob(addr)
		j.plan.Mode = mode
		o := j.asking(t, "GET").run(t, e)
		o.allSucceed(t, j.limit)
		if o.Requests != j.limit {
			t.Errorf("%s: requests = %d, want %d", mode, o.Requests, j.limit)
		}
		if mode == scenario.ModeKeepalive && o.Keepalive.ClosedByServer != j.limit {
			t.Errorf("closed by the server = %d, want %d", o.Keepalive.ClosedByServer, j.limit)
		}
	}
}

func httpCutShort(t *testing.T, e Subject) {
	for _, answer := range []string{"HTTP/1.1 200 OK\r\nContent-Len",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"} {
		var n atomic.Int64
		j := newJob(serve(t, canned(answer, 1<<20, 1, &n))).asking(t, "GET")
		j.limit = 20
		j.run(t, e).allFail(t, "recv: EOF", 20)
	}
}

// A server that announces the end loses nothing.
func httpAnnounced(t *testing.T, e Subject) {
	var n atomic.Int64
	j := newJob(serve(t, canned("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 1<<20, 1,
		&n))).held(scenario.Span{}).asking(t, "POST")
	o := j.run(t, e)
	o.allSucceed(t, j.limit)
	want := metrics.Keepalive{ClosedByServer: j.limit}
	if o.Requests != j.limit || o.Keepalive != want {
		t.Errorf("requests = %d, %+v, want %d, %+v", o.Requests, o.Keepalive, j.limit, want)
	}
}

// Where it does not, what may be sent again is, and all else is lost.
func httpRetries(t *testing.T, e Subject) {
	for _, tt := range []struct {
		method       string
		retry, again bool
	}{{"GET", true, true}, {"POST", true, false}, {"GET", false, false}, {"POST", false, false}} {
		var n atomic.Int64
		j := newJob(serve(t, canned("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1<<20, 10,
			&n))).held(scenario.Span{}).asking(t, tt.method)
		j.plan.HTTP.Retry, j.plan.HTTP.Again = tt.retry, tt.again
		o := j.run(t, e)
		k := o.Keepalive
		if tt.again && (o.Requests != j.limit || o.Failed != 0 || k.Lost != 0) {
			t.Errorf("%+v: requests = %d, errors %v, %+v, want %d and none", tt, o.Requests, o.errors(), k, j.limit)
		}
		// net/http sends again what it had not begun to send (RFC 9110, 9.2.2).
		may := e.Library && tt.retry
		if !tt.again && (o.Requests+k.Lost != j.limit || k.Retried != 0 && !may || k.Lost != o.Failed) {
			t.Errorf("%+v: requests = %d, errors %v, %+v, want %d with those lost, and none retried", tt, o.Requests,
				o.errors(), k, j.limit)
		}
		if ended := k.ClosedByServer + k.Lost; ended < 40 || ended > 50 {
			t.Errorf("%+v: the server ended %d connections, want 500 requests at 10 each", tt, ended)
		}
		if served := n.Load(); served != o.Requests {
			t.Errorf("%+v: the server read %d requests, and %d were answered", tt, served, o.Requests)
		}
	}
}

// An idle connection that the server ends between two planned requests is no
// failure.
func httpIdleEnded(t *testing.T, e Subject) {
	addr := serve(t, func(c net.Conn) {
		var n atomic.Int64
		_ = c.SetDeadline(time.Now().Add(20 * time.Millisecond))
		canned("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1<<20, 1000, &n)(c)
	})
	j := newJob(addr).held(scenario.Span{}).asking(t, "GET")
	j.limit, j.duration, j.rate = 0, 300*time.Millisecond, 50
	o := j.run(t, e)
	o.allSucceed(t, o.Attempted)
	if l := o.Lateness; l.Planned != 15 || o.Requests != l.Started || o.Keepalive.ClosedByServer == 0 {
		t.Errorf("requests = %d of %d, %d planned, closed by the server = %d, want all that were begun, 15, and some",
			o.Requests, l.Started, l.Planned, o.Keepalive.ClosedByServer)
	}
}
