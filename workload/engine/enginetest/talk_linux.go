package enginetest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tcpbench/scenario"
)

// says gives a job an exchange, of lines such as "> PING" and "< line", after what is said
// once at the start of each connection.
func (j job) says(t *testing.T, hello []string, lines ...string) job {
	t.Helper()
	parse := func(lines []string) scenario.Exchange {
		var x scenario.Exchange
		for _, l := range lines {
			add := x.AddSend
			if l[0] == '<' {
				add = x.AddExpect
			}
			if err := add(l[2:]); err != nil {
				t.Fatal(err)
			}
		}
		return x
	}
	greeting := parse(hello)
	j.plan.Exchange = parse(lines)
	j.plan.First, j.plan.Hello = slices.Concat(greeting, j.plan.Exchange), len(greeting)
	j.limit = 64
	return j
}

// mail is a server that speaks first and answers lines: 250 to HELO, and to NOOP in two
// pieces; what follows the second NOOP is one line more than was asked for.
func mail(c net.Conn) {
	_, _ = io.WriteString(c, "220 mail\r\n")
	for lines := bufio.NewScanner(c); lines.Scan(); {
		switch lines.Text() {
		case "HELO":
			_, _ = io.WriteString(c, "250 hello\r\n")
		case "NOOP":
			_, _ = io.WriteString(c, "250 ")
			time.Sleep(time.Millisecond)
			_, _ = io.WriteString(c, "ok\r\n")
		case "MORE":
			_, _ = io.WriteString(c, "250 ok\r\n250 surplus\r\n")
		case "QUIT":
			_, _ = io.WriteString(c, "221 bye\r\n")
			return // which ends the connection
		}
	}
}

func exchanges(t *testing.T, e Subject) {
	greets := []string{"< /^220 .*\\n/", `> HELO\r\n`, "< line"}
	tests := []struct {
		name  string
		hello []string
		lines []string
		held  int32 // requests of a connection; 0 has one
		want  map[string]int64
		// surplus is how many bytes each connection has of it, where that is certain.
		surplus int64
	}{
		{name: "a server that speaks first, and an answer in pieces", hello: greets,
			lines: []string{`> NOOP\r\n`, `< 250 ok\r\n`}},
		{name: "all of it for each request", lines: append(greets, `> NOOP\r\n`, "< len:8")},
		{name: "a greeting once for many requests", hello: greets, lines: []string{`> NOOP\r\n`, `< 250 ok\r\n`},
			held: 8},
		{name: "an end that is expected", hello: greets, lines: []string{`> QUIT\r\n`, "< line", "< eof"}},
		{name: "an end that is not", hello: greets, lines: []string{`> QUIT\r\n`, "< line", "< line"},
			want: map[string]int64{"recv: EOF": 64}},
		{name: "a wrong answer", hello: greets, lines: []string{`> NOOP\r\n`, "< 251"},
			want: map[string]int64{"expect: MISMATCH": 64}},
		{name: "a wrong greeting", hello: []string{"< 221"}, lines: []string{`> NOOP\r\n`, "< line"},
			want: map[string]int64{"expect: MISMATCH": 64}},
		{name: "an answer that never comes", hello: greets, lines: []string{`> NOP\r\n`, "< line"},
			want: map[string]int64{"expect: TIMEOUT": 64}},
		{name: "more than was expected", hello: greets, lines: []string{`> MORE\r\n`, "< line"}, surplus: 13},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := newJob(serve(t, mail)).says(t, tt.hello, tt.lines...)
			if tt.held > 0 {
				j = j.held(scenario.Span{Min: tt.held, Max: tt.held})
			}
			if _, silent := tt.want["expect: TIMEOUT"]; silent {
				j.plan.Timeout, j.concurrency = 300*time.Millisecond, 64
			}
			o := j.run(t, e)
			for name, n := range tt.want {
				o.allFail(t, name, n)
			}
			if tt.want == nil && (o.Requests != j.limit || o.Failed > 0) {
				t.Errorf("%d requests answered, %d failed, want %d and none; errors %v", o.Requests, o.Failed, j.limit,
					o.errors())
			}
			if m := o.Mismatch; (m != nil) != (tt.want["expect: MISMATCH"] > 0) ||
				m != nil && !strings.HasPrefix(m.Got, "2") {
				t.Errorf("mismatch = %+v of errors %v", m, o.errors())
			}
			if o.Surplus != tt.surplus*j.limit {
				t.Errorf("surplus = %d bytes, want %d", o.Surplus, tt.surplus*j.limit)
			}
		})
	}
}

// What a request takes is over the exchange, and not over what came before it on the
// connection.
func exchangeTimes(t *testing.T, e Subject) {
	const pause = 30 * time.Millisecond
	j := newJob(serve(t, func(c net.Conn) {
		time.Sleep(pause)
		_, _ = io.WriteString(c, "hello")
		b := make([]byte, 4)
		if _, err := io.ReadFull(c, b); err == nil {
			_, _ = io.WriteString(c, "PONG")
		}
	})).says(t, []string{"< hello"}, "> PING", "< PONG")
	j.limit = 8
	o := j.run(t, e)
	o.allSucceed(t, 8)
	if request, service := o.Request.Percentile(0), o.Service.Percentile(0); request >= pause || service < pause {
		t.Errorf("request %v, service %v, want the first without the %v of the greeting, the second with it", request,
			service, pause)
	}
	if o.Request.Count() != 8 {
		t.Errorf("%d request times, want 8", o.Request.Count())
	}
}

// A message that does not fit the socket is sent in parts, wherever it stands in an exchange.
func longMessages(t *testing.T, e Subject) {
	const size = 12 << 20 // more than the buffers of both ends hold
	long := "> " + strings.Repeat("x", size)
	server := func(c net.Conn) {
		r := bufio.NewReader(c)
		for {
			if _, err := r.Peek(1); err != nil {
				return
			}
			time.Sleep(5 * time.Millisecond) // the client's socket is full by now
			n := int64(5)
			if b, _ := r.Peek(1); b[0] == 'x' {
				n = size
			}
			if _, err := io.CopyN(io.Discard, r, n); err != nil {
				return
			}
			_, _ = io.WriteString(c, "taken\n")
		}
	}
	tests := []struct {
		name  string
		hello []string
		lines []string
		sent  int64 // bytes of a connection
	}{
		{"first of all", nil, []string{long, "< line"}, size},
		{"after an answer", nil, []string{`> short`, "< line", long, `< taken\n`}, size + 5},
		{"twice", nil, []string{long, "< line", long, `< taken\n`}, 2 * size},
		{"in the hello", []string{`> short`, "< line", long, "< line"}, []string{`> short`, "< line"}, size + 10},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := newJob(serve(t, server)).says(t, tt.hello, tt.lines...)
			j.limit, j.concurrency, j.plan.Timeout = 4, 2, 20*time.Second
			o := j.run(t, e)
			if o.Requests != 4 || o.Failed > 0 || o.BytesSent != 4*tt.sent {
				t.Errorf("%d requests answered, %d failed, %d bytes sent, want 4, none and %d; errors %v", o.Requests,
					o.Failed, o.BytesSent, 4*tt.sent, o.errors())
			}
		})
	}
}

// A server that answers while it is being asked, and reads on only as its answer is read: an
// echo.
func answersMeanwhile(t *testing.T, e Subject) {
	const size = 12 << 20
	echo := func(c net.Conn) {
		// As a program would, and not by splice(2), whose pipes are kept.
		_, _ = io.Copy(struct{ io.Writer }{c}, struct{ io.Reader }{c})
	}
	sized := func(t *testing.T) job {
		j := newJob(serve(t, echo))
		j.plan.Request, j.plan.Last, j.plan.ResponseSize = make([]byte, size), make([]byte, size), size
		return j
	}
	said := func(hello ...string) func(t *testing.T) job {
		return func(t *testing.T) job {
			return newJob(serve(t, echo)).says(t, hello, "> "+strings.Repeat("x", size), "< len:"+strconv.Itoa(size))
		}
	}
	tests := []struct {
		name string
		job  func(*testing.T) job
	}{
		{"an answer of a size", sized},
		{"an exchange", said()},
		{"an exchange after a greeting", said("> hi", "< hi")},
	}
	for _, tt := range tests {
		for _, requests := range []int32{0, 2} {
			t.Run(fmt.Sprintf("%s, %d requests a connection", tt.name, max(requests, 1)), func(t *testing.T) {
				j := tt.job(t)
				if requests > 0 {
					j = j.held(scenario.Span{Min: requests, Max: requests})
				}
				j.limit, j.concurrency, j.plan.Timeout = 4, 2, 20*time.Second
				o := j.run(t, e)
				if o.Requests != 4 || o.Failed > 0 || o.BytesSent != o.BytesReceived || o.BytesSent < 4*size {
					t.Errorf("%d requests answered, %d failed, %d bytes sent, %d received, want 4, none, and at least "+
						"%d of each; errors %v", o.Requests, o.Failed, o.BytesSent, o.BytesReceived, 4*size, o.errors())
				}
			})
		}
	}
}
