package target

import (
	"bytes"
	"fmt"
	"math"
)

// maxHead bounds a request's head; a longer one is answered with 431.
const maxHead = 64 << 10

// endOfHead is an empty line after the last field.
var endOfHead = []byte("\r\n\r\n")

// longest is a head of maxHead with the empty line.
const longest = maxHead + len("\r\n\r\n")

// pages are the answers, made once. Indices: whether the connection is closed
// after it.
type pages struct {
	get, head           [2][]byte
	tooLong, bad, unsup []byte
	config              Config

	// known is the last head that was read, its empty line included, and knownFor what
	// it asks for: clients send the same one again and again, on every connection.
	known    []byte
	knownFor request
}

func newPages(c Config) *pages {
	body := bytes.Repeat([]byte("tcpbench"), c.ResponseSize/8+1)[:c.ResponseSize]
	p := &pages{config: c}
	for i, connection := range []string{"keep-alive", "close"} {
		head := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: "+
			"%s\r\n\r\n", len(body), connection)
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

// httpSessions answer HTTP/1.x requests, each thread with pages of its own.
func httpSessions(c Config) func() session {
	pages := newPages(c)
	return func() session { return &httpSession{pages: pages} }
}

// httpSession reads HTTP/1.x requests (RFC 9112).
type httpSession struct {
	pages *pages
	in    []byte // of the current request on
	skip  int    // bytes of a request's body still to come
	given int    // answers

	// ready tells that the current request is whole, and asks for req; it is not in in.
	ready bool
	req   request

	// answer waits for the rest of that body: a close before it would make
	// the kernel send RST, and the answer could be lost.
	answer []byte
	last   bool
}

func (s *httpSession) feed(p []byte) {
	between := len(s.in) == 0 && s.answer == nil && !s.ready
	if between && s.pages.isKnown(p) {
		s.ready, s.req = true, s.pages.knownFor
		return
	}
	n := min(s.skip, len(p))
	s.skip -= n
	s.in = append(s.in, p[n:]...)
}

func (s *httpSession) reset() { *s = httpSession{pages: s.pages, in: s.in[:0]} }

func (s *httpSession) next() ([]byte, bool, bool) {
	if s.ready {
		s.ready = false
		return s.give(s.req)
	}
	if s.skip > 0 {
		return nil, false, false
	}
	if answer := s.answer; answer != nil {
		s.answer = nil
		return answer, s.last, true
	}
	req, size, ok := s.pages.read(s.in)
	switch {
	case size > longest, size == 0 && len(s.in) >= longest:
		return s.pages.tooLong, true, true
	case size == 0:
		return nil, false, false
	}
	body := len(s.in) - size
	s.skip = max(req.length-body, 0)
	s.in = append(s.in[:0], s.in[size+min(body, req.length):]...)
	switch {
	case !ok:
		return s.pages.bad, true, true
	case req.chunked:
		return s.pages.unsup, true, true
	default:
		return s.give(req)
	}
}

// give returns the answer to a request, as next does, once all of its body is there.
func (s *httpSession) give(req request) ([]byte, bool, bool) {
	s.given++
	answer, last := s.pages.answer(req, s.given)
	if s.skip > 0 {
		s.answer, s.last = answer, last
		return nil, false, false
	}
	return answer, last, true
}

// isKnown reports whether bytes are the known head, and so a whole request.
func (p *pages) isKnown(in []byte) bool {
	return len(in) > 0 && p.knownFor.length == 0 && bytes.Equal(in, p.known)
}

// read reads the head that in begins with, and returns its size with the empty line; 0
// where it is not whole. What begins with the known head asks for the same.
func (p *pages) read(in []byte) (r request, size int, ok bool) {
	if len(p.known) > 0 && bytes.HasPrefix(in, p.known) {
		return p.knownFor, len(p.known), true
	}
	end := bytes.Index(in, endOfHead)
	if end < 0 {
		return request{}, 0, false
	}
	size = end + len(endOfHead)
	if size > longest {
		return request{}, size, false
	}
	if r, ok = parseHead(in[:end]); ok && !r.chunked {
		p.known, p.knownFor = append(p.known[:0], in[:size]...), r
	}
	return r, size, ok
}

// answer returns the page for a connection's nth request, and whether to
// close after it.
func (p *pages) answer(r request, n int) ([]byte, bool) {
	closes := 0
	if r.close || p.config.isLast(n) {
		closes = 1
	}
	last := closes == 1 && !p.config.LeaveClose
	if r.head {
		return p.head[closes], last
	}
	return p.get[closes], last
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
	method, rest, _ := bytes.Cut(line, []byte(" "))
	path, version, ok := bytes.Cut(rest, []byte(" "))
	if !ok || len(method) == 0 || len(path) == 0 || !isVersion(version) {
		return request{}, false
	}
	req := request{head: string(method) == "HEAD"}
	f := fieldValues{length: -1}
	for len(fields) > 0 {
		var field []byte
		field, fields, _ = bytes.Cut(fields, []byte("\r\n"))
		name, value, ok := bytes.Cut(field, []byte(":"))
		// Space before the colon hides a field from some readers (RFC 9112, 5.1).
		if !ok || len(name) == 0 || bytes.ContainsAny(name, " \t") {
			return request{}, false
		}
		if !f.take(name, bytes.Trim(value, " \t")) {
			return request{}, false
		}
	}
	req.chunked, req.length = f.chunked, max(f.length, 0)
	req.close = f.close || string(version) == "HTTP/1.0" && !f.keepAlive
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
func (f *fieldValues) take(name, value []byte) bool {
	switch {
	case is(name, "content-length"):
		n, ok := decimal(value)
		// Two lengths that differ would let a request hide in another (RFC
		// 9112, 6.3).
		if !ok || f.length >= 0 && f.length != n {
			return false
		}
		f.length = n
	case is(name, "transfer-encoding"):
		f.chunked = true
	case is(name, "connection"):
		f.takeConnection(value)
	}
	return true
}

func (f *fieldValues) takeConnection(options []byte) {
	for len(options) > 0 {
		var option []byte
		option, options, _ = bytes.Cut(options, []byte(","))
		switch option = bytes.Trim(option, " \t"); {
		case is(option, "close"):
			f.close = true
		case is(option, "keep-alive"):
			f.keepAlive = true
		}
	}
}

// is reports whether name is word, in any case.
func is(name []byte, word string) bool {
	return len(name) == len(word) && bytes.EqualFold(name, []byte(word))
}

// maxLength is the longest body that a request may announce, in bytes; a step of
// [decimal] beyond it does not overflow.
const maxLength = min(1<<40, math.MaxInt/16)

// decimal reads a number of digits alone, up to maxLength.
func decimal(p []byte) (int, bool) {
	n := 0
	for _, c := range p {
		if n = 10*n + int(c-'0'); !isDigit(c) || n > maxLength {
			return 0, false
		}
	}
	return n, len(p) > 0
}
