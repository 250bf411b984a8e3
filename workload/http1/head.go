package http1

import (
	"bytes"
	"math"
)

// takeStatus reads a status line: HTTP/1.1 200 OK. The reason phrase may be
// missing, and with it the space before it, which many servers leave out.
func (r *Response) takeStatus(line []byte) error {
	const end = len("HTTP/1.1 200")
	if len(line) < end || !isDigit(line[7]) || line[8] != ' ' || len(line) > end && line[end] != ' ' || !isText(line) {
		return malformed("status line %.64q", line)
	}
	code := 0
	for _, c := range line[end-3 : end] {
		if !isDigit(c) {
			return malformed("status line %.64q", line)
		}
		code = code*10 + int(c-'0')
	}
	if code < 100 {
		return malformed("status %03d is below 100", code)
	}
	r.Status, r.state = code, inField
	r.flags &= head
	if line[7] == '0' {
		r.flags |= http10
	}
	return nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// takeField reads a line of the header or trailer section.
func (r *Response) takeField(line []byte) error {
	if isSpace(line[0]) {
		return r.takeFold(line)
	}
	n := tokenLen(line)
	// Space before the colon is refused with the rest: some readers see another
	// name then (RFC 9112, 5.1).
	if n == 0 || n == len(line) || line[n] != ':' || !isText(line[n:]) {
		return malformed("field %.64q", line)
	}
	r.flags |= foldable
	if r.state == inTrailer {
		return nil // a trailer must not change the framing (RFC 9110, 6.5.1)
	}
	return r.takeNamed(line[:n], line[n+1:])
}

// takeFold reads a line that continues the field before it (obs-fold, RFC
// 9112, 5.2). It can be passed over, except where that field decides the
// framing: no server folds those, but who wants to hide one does.
func (r *Response) takeFold(line []byte) error {
	if r.flags&foldable == 0 || !isText(line) {
		return malformed("line %.64q continues no field, or one that frames the body", line)
	}
	return nil
}

// takeNamed reads the fields that decide where the response ends and what
// becomes of the connection.
func (r *Response) takeNamed(name, value []byte) error {
	switch len(name) {
	case len("connection"):
		if isName(name, "connection") {
			r.flags &^= foldable
			r.takeOptions(value)
		}
	case len("content-length"):
		if isName(name, "content-length") {
			r.flags &^= foldable
			return r.takeLengths(value)
		}
	case len("transfer-encoding"):
		if isName(name, "transfer-encoding") {
			r.flags &^= foldable
			return r.takeCodings(value)
		}
	}
	return nil
}

// takeOptions reads the value of Connection.
func (r *Response) takeOptions(value []byte) {
	for len(value) > 0 {
		var option []byte
		option, value = element(value)
		switch {
		case isName(option, "close"):
			r.flags |= closes
		case isName(option, "keep-alive"):
			r.flags |= keeps
		}
	}
}

// takeLengths reads the value of Content-Length: a number, perhaps repeated,
// as when a proxy joined two fields (RFC 9110, 8.6).
func (r *Response) takeLengths(value []byte) error {
	for list := value; ; {
		var digits []byte
		digits, list = element(list)
		n, ok := parseLength(digits)
		switch {
		case !ok:
			return malformed("Content-Length %.64q is not a number of bytes", value)
		case r.flags&hasLength != 0 && n != r.left:
			return malformed("Content-Length is both %d and %d", r.left, n)
		}
		r.left = n
		r.flags |= hasLength
		if list == nil {
			return nil
		}
	}
}

// parseLength reads decimal digits; false for anything else and for what
// exceeds an int64.
func parseLength(digits []byte) (int64, bool) {
	var n int64
	for _, c := range digits {
		if !isDigit(c) || n > (math.MaxInt64-int64(c-'0'))/10 {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, len(digits) > 0
}

// takeCodings reads the value of Transfer-Encoding. Of the codings only the
// last matters, which is the outermost: when it is not chunked, the body ends
// with the connection (RFC 9112, 6.3).
func (r *Response) takeCodings(value []byte) error {
	r.flags |= hasCoding
	for list := value; len(list) > 0; {
		var coding []byte
		coding, list = element(list)
		if len(coding) == 0 {
			continue
		}
		name, _, parameters := bytes.Cut(coding, []byte(";"))
		chunked := isName(trim(name), "chunked")
		if chunked && (parameters || r.flags&lastChunked != 0) {
			return malformed("Transfer-Encoding %.64q: chunked twice or with parameters", value)
		}
		r.flags &^= lastChunked
		if chunked {
			r.flags |= lastChunked
		}
	}
	return nil
}
