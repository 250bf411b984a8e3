package enginetest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"tcpbench/scenario"
	"tcpbench/workload/proxyheader"
)

// behindHeader is a server that wants a header of the PROXY protocol, byte by byte that of
// the connection's own addresses, before handle has the rest.
func behindHeader(version scenario.ProxyProtocol, right, wrong *atomic.Int64, handle func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		src, dst := c.RemoteAddr().(*net.TCPAddr).AddrPort(), c.LocalAddr().(*net.TCPAddr).AddrPort()
		want := proxyheader.AppendV2(nil, src, dst)
		if version == scenario.ProxyV1 {
			want = proxyheader.AppendV1(nil, src, dst)
		}
		got := make([]byte, len(want))
		if _, err := io.ReadFull(c, got); err != nil || string(got) != string(want) {
			wrong.Add(1)
			return
		}
		right.Add(1)
		handle(c)
	}
}

// introduced is a job whose connections begin with a header.
type introduced struct {
	name   string
	handle func(net.Conn) // of the server, what follows the header
	native bool           // for engines with sockets of their own
	job    func(job) job
	want   introductions
}

// introductions are how many there are to be.
type introductions struct {
	connections int64 // 0 is any number
	requests    int64
}

func introducedJobs(t *testing.T) []introduced {
	page := "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
	var n atomic.Int64
	http := canned(page, 1<<20, 1000, &n)
	return []introduced{
		{"HTTP", http, false, func(j job) job { return j.asking(t, "GET") }, introductions{100, 100}},
		{"HTTP on held connections", http, false, func(j job) job { return j.held(scenario.Span{}).asking(t, "GET") },
			introductions{0, 100}},
		{"HTTP on held connections, as planned", http, false, func(j job) job {
			j = j.held(scenario.Span{}).asking(t, "GET")
			j.rate = 1000
			return j
		}, introductions{0, 100}},
		{"bytes", func(c net.Conn) {
			b := make([]byte, 64)
			if _, err := io.ReadFull(c, b); err == nil {
				_, _ = c.Write(b)
			}
		}, true, func(j job) job { return j }, introductions{100, 100}},
		{"no request", func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, true, func(j job) job {
			j.plan.Request, j.plan.Last, j.plan.ResponseSize = nil, nil, 0
			return j
		}, introductions{100, 0}},
		{"a server that speaks first", mail, true, func(j job) job {
			j = j.says(t, nil, "< /^220 .*\\n/", `> HELO\r\n`, "< line", `> QUIT\r\n`, "< line")
			j.limit = 100
			return j
		}, introductions{100, 100}},
		{"a client that speaks first", func(c net.Conn) {
			if line, err := bufio.NewReader(c).ReadString('\n'); err == nil {
				_, _ = fmt.Fprintf(c, "+%s", line)
			}
		}, true, func(j job) job {
			j = j.says(t, nil, `> PING\r\n`, `< +PING\r\n`)
			j.limit = 100
			return j
		}, introductions{100, 100}},
	}
}

func proxyHeaders(t *testing.T, e Subject) {
	if !e.Introduces {
		return
	}
	for _, version := range []scenario.ProxyProtocol{scenario.ProxyV1, scenario.ProxyV2} {
		for _, tt := range introducedJobs(t) {
			if tt.native && e.Library {
				continue
			}
			t.Run(fmt.Sprintf("%s, %s", tt.name, version), func(t *testing.T) { proxyHeader(t, e, version, tt) })
		}
	}
	t.Run("idle", func(t *testing.T) { idleHeaders(t, e) })
}

func proxyHeader(t *testing.T, e Subject, version scenario.ProxyProtocol, x introduced) {
	var right, wrong atomic.Int64
	j := newJob(serve(t, behindHeader(version, &right, &wrong, x.handle)))
	j.limit = 100
	j = x.job(j)
	j.plan.ProxyProtocol = version
	o := j.run(t, e)
	if o.Failed != 0 || o.Requests != x.want.requests {
		t.Errorf("%d answers, errors %v, want %d and none", o.Requests, o.errors(), x.want.requests)
	}
	// Nobody waits for an answer where there is no request: the server may be behind.
	for end := time.Now().Add(10 * time.Second); right.Load()+wrong.Load() < o.Obtained && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	opened := right.Load()
	if wrong.Load() != 0 || opened != o.Obtained || x.want.connections != 0 && opened != x.want.connections {
		t.Errorf("%d connections began with their header and %d did not, of %d", opened, wrong.Load(), o.Obtained)
	}
	least := int64(len("PROXY TCP4 127.0.0.1 127.0.0.1 1 1\r\n"))
	if version == scenario.ProxyV2 {
		least = 28
	}
	if o.BytesSent < least*opened {
		t.Errorf("%d bytes were sent on %d connections, want those of the headers too", o.BytesSent, opened)
	}
}

// idleHeaders has connections that are held open send a header, and nothing else.
func idleHeaders(t *testing.T, e Subject) {
	if e.Library {
		return
	}
	var right, wrong, more atomic.Int64
	addr := serve(t, behindHeader(scenario.ProxyV1, &right, &wrong, func(c net.Conn) {
		n, _ := io.Copy(io.Discard, c)
		more.Add(n)
	}))
	j := newJob(addr)
	j.plan.Mode, j.plan.ProxyProtocol, j.limit, j.duration = scenario.ModeIdle, scenario.ProxyV1, 0,
		200*time.Millisecond
	o := j.run(t, e)
	if o.Failed != 0 || right.Load() != 8 || wrong.Load() != 0 || more.Load() != 0 {
		t.Errorf("errors %v, %d headers right and %d wrong, %d bytes more, want 8 and nothing else", o.errors(),
			right.Load(), wrong.Load(), more.Load())
	}
}
