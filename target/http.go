package target

import (
	"bytes"
	"fmt"
	"strconv"
)

// maxHead bounds a request's head; a longer one is answered with 431.
const maxHead = 64 << 10

// endOfHead is an empty line after the last field.
var endOfHead = []byte("\r\n\r\n")

// pages are the answers, made once. Indices: whether the connection is closed
// after it.
type pages struct {
	get, head           [2][]byte
	tooLong, bad, unsup []byte
	config              Config
}

func newPages(c Config) *pages {
	body := bytes.Repeat([]byte("tcpbench"), c.ResponseSize/8+1)[:c.ResponseSize]
	p := &pages{config: c}
	for i, connection := range []string{"keep-alive", "close"} {
		head := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n", len(body), connection)
		p.head[i] = head
		p.get[i] = append(head[:len(head):len(head)], body...)
	}
	p.tooLong = refusal("431 Request Header Fields Too Large")
	p.bad = refusal("400 Bad Request")
	p.unsup = refusal("501 Not Implemented")
	return p
}

func refusal(status string) []byte {
	return fmt.Appendf(nil, "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status)
}

// httpSession reads HTTP/1.x requests (RFC 9112).
type httpSession struct {
	pages *pages
	in    []byte // of the current request on
	skip  int    // bytes of a request's body still to come
	given int    // answers

	// answer waits for the rest of that body: a close before it would make
	// the kernel send RST, and the answer could be lost.
	answer []byte
	last   bool
}

func (s *httpSession) feed(p []byte) {
	n := min(s.skip, len(p))
	s.skip -= n
	s.in = append(s.in, p[n:]...)
}

func (s *httpSession) reset() { *s = httpSession{pages: s.pages, in: s.in[:0]} }

func (s *httpSession) next() ([]byte, bool, bool) {
	if s.skip > 0 {
		return nil, false, false
	}
	if answer := s.answer; answer != nil {
		s.answer = nil
		return answer, s.last, true
	}
	end := bytes.Index(s.in, endOfHead)
	switch {
	case end > maxHead, end < 0 && len(s.in) >= maxHead+len(endOfHead):
		return s.pages.tooLong, true, true
	case end < 0:
		return nil, false, false
	}
	req, ok := parseHead(s.in[:end])
	body := len(s.in) - end - len(endOfHead)
	used := end + len(endOfHead) + min(body, req.length)
	s.skip = max(req.length-body, 0)
	s.in = append(s.in[:0], s.in[used:]...)
	switch {
	case !ok:
		return s.pages.bad, true, true
	case req.chunked:
		return s.pages.unsup, true, true
	}
	s.given++
	answer, last := s.pages.answer(req, s.given)
	if s.skip > 0 {
		s.answer, s.last = answer, last
		return nil, false, false
	}
	return answer, last, true
}

// answer returns the page for a connection's nth request, and whether to
// close after it.
func (p *pages) answer(r request, n int) ([]byte, bool) {
	closes := 0
	if r.close || p.config.isLast(n) {
		closes = 1
	}
	if r.head {
		return p.head[closes], closes == 1
	}
	return p.get[closes], closes == 1
}

// request is what the answer to a request depends on.
type request struct {
	head    bool // the method is HEAD
	close   bool // the connection ends after the answer
	chunked bool
	length  int // of the body
}

// parseHead reads a request line and header fields, without the empty line.
func parseHead(head []byte) (request, bool) {
	ends := bytes.Count(head, []byte("\r\n"))
	if bytes.Count(head, []byte("\r")) != ends || bytes.Count(head, []byte("\n")) != ends {
		return request{}, false // some readers end a line at a bare CR or LF
	}
	line, fields, _ := bytes.Cut(head, []byte("\r\n"))
	parts := bytes.Split(line, []byte(" "))
	if len(parts) != 3 || len(parts[0]) == 0 || len(parts[1]) == 0 || !isVersion(parts[2]) {
		return request{}, false
	}
	req := request{head: string(parts[0]) == "HEAD"}
	f := fieldValues{length: -1}
	for len(fields) > 0 {
		var field []byte
		field, fields, _ = bytes.Cut(fields, []byte("\r\n"))
		name, value, ok := bytes.Cut(field, []byte(":"))
		// Space before the colon hides a field from some readers (RFC 9112, 5.1).
		if !ok || len(name) == 0 || bytes.ContainsAny(name, " \t") {
			return request{}, false
		}
		if !f.take(string(bytes.ToLower(name)), bytes.Trim(value, " \t")) {
			return request{}, false
		}
	}
	req.chunked, req.length = f.chunked, max(f.length, 0)
	req.close = f.close || string(parts[2]) == "HTTP/1.0" && !f.keepAlive
	return req, true
}

// isVersion reports whether p is HTTP/1 and a digit.
func isVersion(p []byte) bool {
	return len(p) == len("HTTP/1.1") && bytes.HasPrefix(p, []byte("HTTP/1.")) && isDigit(p[7])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// fieldValues are the header fields that matter.
type fieldValues struct {
	length           int // -1 before one was given
	chunked          bool
	close, keepAlive bool
}

// take reads one field; false when its value is wrong.
func (f *fieldValues) take(name string, value []byte) bool {
	switch name {
	case "content-length":
		n, err := strconv.Atoi(string(value))
		// Atoi takes a sign. Two lengths that differ would let a request hide
		// in another (RFC 9112, 6.3).
		if err != nil || !isDigit(value[0]) || f.length >= 0 && f.length != n {
			return false
		}
		f.length = n
	case "transfer-encoding":
		f.chunked = true
	case "connection":
		for option := range bytes.SplitSeq(value, []byte(",")) {
			switch string(bytes.ToLower(bytes.Trim(option, " \t"))) {
			case "close":
				f.close = true
			case "keep-alive":
				f.keepAlive = true
			}
		}
	}
	return true
}
