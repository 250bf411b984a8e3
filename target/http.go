package target

import (
	"bytes"
	"fmt"
	"strconv"
)

// maxHead bounds a request's head; a longer one is answered with 431.
const maxHead = 64 << 10

// pages are the answers, made once. Indices: whether the connection is closed
// after it.
type pages struct {
	get, head           [2][]byte
	tooLong, bad, unsup []byte
	closeFirst          bool
}

func newPages(c Config) *pages {
	body := bytes.Repeat([]byte("tcpbench"), c.ResponseSize/8+1)[:c.ResponseSize]
	p := &pages{closeFirst: c.CloseFirst}
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
}

func (s *httpSession) feed(p []byte) {
	n := min(s.skip, len(p))
	s.skip -= n
	s.in = append(s.in, p[n:]...)
}

func (s *httpSession) reset() { s.in, s.skip = s.in[:0], 0 }

func (s *httpSession) next() ([]byte, bool, bool) {
	if s.skip > 0 {
		return nil, false, false
	}
	end := bytes.Index(s.in, []byte("\r\n\r\n"))
	if end < 0 {
		if len(s.in) > maxHead {
			return s.pages.tooLong, true, true
		}
		return nil, false, false
	}
	req, ok := parseHead(s.in[:end])
	body := len(s.in) - end - 4
	used := end + 4 + min(body, req.length)
	s.skip = max(req.length-body, 0)
	s.in = append(s.in[:0], s.in[used:]...)
	switch {
	case !ok:
		return s.pages.bad, true, true
	case req.chunked:
		return s.pages.unsup, true, true
	}
	closes := 0
	if req.close || s.pages.closeFirst {
		closes = 1
	}
	if req.head {
		return s.pages.head[closes], closes == 1, true
	}
	return s.pages.get[closes], closes == 1, true
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
	line, fields, _ := bytes.Cut(head, []byte("\r\n"))
	parts := bytes.Split(line, []byte(" "))
	if len(parts) != 3 || len(parts[0]) == 0 || !bytes.HasPrefix(parts[2], []byte("HTTP/1.")) {
		return request{}, false
	}
	req := request{head: string(parts[0]) == "HEAD", close: string(parts[2]) == "HTTP/1.0"}
	for len(fields) > 0 {
		var field []byte
		field, fields, _ = bytes.Cut(fields, []byte("\r\n"))
		name, value, ok := bytes.Cut(field, []byte(":"))
		if !ok {
			return request{}, false
		}
		if !req.field(string(bytes.ToLower(name)), bytes.ToLower(bytes.TrimSpace(value))) {
			return request{}, false
		}
	}
	return req, true
}

// field takes one header field, in lower case; false when its value is wrong.
func (r *request) field(name string, value []byte) bool {
	switch name {
	case "content-length":
		n, err := strconv.Atoi(string(value))
		if err != nil || n < 0 {
			return false
		}
		r.length = n
	case "transfer-encoding":
		r.chunked = true
	case "connection":
		switch string(value) {
		case "close":
			r.close = true
		case "keep-alive":
			r.close = false
		}
	}
	return true
}
