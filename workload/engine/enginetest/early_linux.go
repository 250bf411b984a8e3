package enginetest

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"testing"

	"tcpbench/lab/target"
	"tcpbench/lab/target/targettest"
	"tcpbench/scenario"
	"tcpbench/workload/http1"
)

// manyBytes is more than the buffers of both ends of a connection hold.
const manyBytes = 16 << 20

// posting makes a job of requests with a body.
func (j job) posting(t *testing.T, body int) job {
	t.Helper()
	j = j.asking(t, "POST")
	r := http1.Request{Method: "POST", Host: "server", Body: bytes.Repeat([]byte("x"), body)}
	b, err := r.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	j.plan.Request, j.plan.Last, j.plan.HTTP.Body = b, b, string(r.Body)
	j.concurrency, j.limit = 4, 24
	return j
}

func largeBody(t *testing.T, e Subject) {
	for _, body := range []int{1, 100_000, manyBytes} {
		s := targettest.Start(t, target.Config{Protocol: scenario.ServerHTTP, ResponseSize: 100})
		o := newJob(s.Addrs...).posting(t, body).run(t, e)
		o.allSucceed(t, 24)
		if st := s.Stop(); st.Requests != 24 || st.BytesReceived != o.BytesSent || o.Early != 0 ||
			o.BytesSent < int64(24*body) {
			t.Errorf("%d bytes: %d answers were early, and the server saw %+v, want none, "+
				"and 24 requests of %d bytes together",
				body, o.Early, st, o.BytesSent)
		}
	}
}

// refuses answers a request's head with 413, as servers do with a body that is
// too long.
func refuses(c net.Conn) (rest io.Reader, ok bool) {
	r := bufio.NewReader(c)
	if _, err := http.ReadRequest(r); err != nil {
		return nil, false
	}
	_, err := c.Write([]byte("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlong"))
	return r, err == nil
}

// A server that reads on until the client has had its answer loses none.
func earlyDrained(t *testing.T, e Subject) {
	if !e.Early {
		return // cell refuses it
	}
	addr := serve(t, func(c net.Conn) {
		if rest, ok := refuses(c); ok {
			_, _ = io.Copy(io.Discard, rest)
		}
	})
	o := newJob(addr).posting(t, manyBytes).run(t, e)
	o.allSucceed(t, 24)
	if o.Statuses[413] != 24 || o.Requests != 24 || o.Early == 0 {
		t.Errorf("%d answers, %d of them 413 and %d early, want 24 with 413, some of them early", o.Requests,
			o.Statuses[413],
			o.Early)
	}
}

// A server that closes at once resets the connection, since it has not read
// all (RFC 9112, 9.6): who has not read the answer by then may never see it.
func earlyReset(t *testing.T, e Subject) {
	if !e.Early {
		return // cell refuses it
	}
	addr := serve(t, func(c net.Conn) { _, _ = refuses(c) })
	o := newJob(addr).posting(t, manyBytes).run(t, e)
	lost := int64(0)
	for _, name := range []string{"send: EPIPE", "send: ECONNRESET", "recv: ECONNRESET"} {
		lost += o.errors()[name]
	}
	if o.Statuses[413] != o.Succeeded || o.Succeeded+lost != 24 || o.Early != o.Succeeded {
		t.Errorf("%d answers with 413, %d early, %d succeeded, errors %v, want 24 answered early or reset",
			o.Statuses[413],
			o.Early, o.Succeeded, o.errors())
	}
	t.Logf("%d of 24 answers were read, errors %v", o.Statuses[413], o.errors())
}
