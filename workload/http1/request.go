package http1

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// userAgent is sent unless the user's fields say another.
const userAgent = "tcpbench"

// Request is what a request is made of. Host, or a Host field in Header, must
// be given; all else has a default.
type Request struct {
	// Method is a token in the case it is sent in; "" is GET.
	Method string

	// Target is a path and perhaps a query, already percent-encoded (the
	// origin-form of RFC 9112, 3.2.1), or * for OPTIONS; "" is /.
	Target string

	// Host is the target's name or address, with a port that is not 80.
	Host string

	// Header has the user's fields as "Name: value", sent in this order and
	// as they are. Host and User-Agent replace those this package sends.
	Header []string

	// Body is sent with its Content-Length.
	Body []byte

	// Close asks for the connection to be closed after the response.
	Close bool
}

// Bytes returns the request as it is sent, or every problem it found.
func (r Request) Bytes() ([]byte, error) {
	r = r.withDefaults()
	fields, err := parseFields(r.Header)
	errs := append([]error{err}, checkMethod(r.Method), checkTarget(r.Method, r.Target), r.checkHost(fields),
		r.checkBody())
	for _, f := range fields {
		errs = append(errs, r.checkField(f))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return r.encode(fields), nil
}

func (r Request) withDefaults() Request {
	if r.Method == "" {
		r.Method = "GET"
	}
	if r.Target == "" {
		r.Target = "/"
	}
	return r
}

// encode puts Host first, which RFC 9110, 7.2 calls good practice, and what
// frames the body last.
func (r Request) encode(fields []field) []byte {
	b := fmt.Appendf(nil, "%s %s HTTP/1.1\r\n", r.Method, r.Target)
	host := field{"Host", r.Host}
	if i := find(fields, "Host"); i >= 0 {
		host = fields[i]
	}
	b = host.append(b)
	if find(fields, "User-Agent") < 0 {
		b = field{"User-Agent", userAgent}.append(b)
	}
	for _, f := range fields {
		if !f.is("Host") && !f.is("Content-Length") {
			b = f.append(b)
		}
	}
	if r.saysLength() {
		b = field{"Content-Length", fmt.Sprint(len(r.Body))}.append(b)
	}
	if r.Close && !slices.ContainsFunc(fields, func(f field) bool { return f.is("Connection") && f.lists("close") }) {
		b = field{"Connection", "close"}.append(b)
	}
	b = append(b, "\r\n"...)
	return append(b, r.Body...)
}

// saysLength: with a body, and where a server would otherwise wait for one
// (RFC 9110, 8.6).
func (r Request) saysLength() bool {
	return len(r.Body) > 0 || r.Method == "POST" || r.Method == "PUT" || r.Method == "PATCH"
}

func (r Request) checkBody() error {
	if r.Method == "TRACE" && len(r.Body) > 0 {
		return fmt.Errorf("body of %d bytes: TRACE has none; leave it out or choose POST", len(r.Body))
	}
	return nil
}

func (r Request) checkHost(fields []field) error {
	host := r.Host
	switch i := find(fields, "Host"); {
	case i >= 0 && find(fields[i+1:], "Host") >= 0:
		return errors.New("header Host is given more than once: give one")
	case i >= 0:
		host = fields[i].value
	}
	if host == "" {
		return errors.New("host is missing: name the server, such as localhost:8080")
	}
	for i := range len(host) {
		if c := host[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`/?#@\`, c) >= 0 {
			return fmt.Errorf("host %q: %q cannot be in it; write a name (xn-- for letters beyond ASCII) or "+
				"an address, and "+
				"perhaps a port", host, c)
		}
	}
	return nil
}

// checkField refuses the fields that contradict how the request is sent.
func (r Request) checkField(f field) error {
	switch {
	case f.is("Content-Length") && (!r.saysLength() || f.value != fmt.Sprint(len(r.Body))):
		return fmt.Errorf("header %q: the body has %d bytes; leave the header out, it is made from the body",
			f, len(r.Body))
	case f.is("Transfer-Encoding"):
		return fmt.Errorf("header %q: the body is sent as it is, with its length; leave the header out", f)
	case f.is("Connection") && !r.Close && f.lists("close"):
		return fmt.Errorf("header %q: the connection is to be used again; leave the header out, "+
			"or ask for a connection "+
			"per request", f)
	case f.is("Connection") && r.Close && f.lists("keep-alive"):
		return fmt.Errorf("header %q: the connection is to be closed after each request; leave the header out", f)
	}
	return nil
}
