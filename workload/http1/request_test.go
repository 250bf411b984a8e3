package http1

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRequestBytes(t *testing.T) {
	tests := []struct {
		name string
		req  Request
		want string // lines end in \n here, which is sent as CRLF
	}{
		{"all defaults", Request{Host: "h:8080"}, "GET / HTTP/1.1\nHost: h:8080\nUser-Agent: tcpbench\n\n"},
		{"a path and a query", Request{Host: "h", Target: "/a/b?c=%20"},
			"GET /a/b?c=%20 HTTP/1.1\nHost: h\nUser-Agent: tcpbench\n\n"},
		{"an IPv6 address", Request{Host: "[::1]:80"}, "GET / HTTP/1.1\nHost: [::1]:80\nUser-Agent: tcpbench\n\n"},
		{"the server as a whole", Request{Host: "h", Method: "OPTIONS", Target: "*"},
			"OPTIONS * HTTP/1.1\nHost: h\nUser-Agent: tcpbench\n\n"},
		{"fields as they are and in order, less the space around the value",
			Request{Host: "h", Header: []string{"x-b:1", "X-A: \t 2, 3 ", "x-b: 4", "X-Empty:"}},
			"GET / HTTP/1.1\nHost: h\nUser-Agent: tcpbench\nx-b: 1\nX-A: 2, 3\nx-b: 4\nX-Empty: \n\n"},
		{"a value with colons", Request{Host: "h", Header: []string{"Referer: http://a:1/"}},
			"GET / HTTP/1.1\nHost: h\nUser-Agent: tcpbench\nReferer: http://a:1/\n\n"},
		{"a value beyond ASCII", Request{Host: "h", Header: []string{"X: é"}},
			"GET / HTTP/1.1\nHost: h\nUser-Agent: tcpbench\nX: é\n\n"},
		{"the user's own Host and User-Agent", Request{Host: "h", Header: []string{"user-agent: me", "host: other"}},
			"GET / HTTP/1.1\nhost: other\nuser-agent: me\n\n"},
		{"a Host field alone is enough", Request{Header: []string{"Host: h"}},
			"GET / HTTP/1.1\nHost: h\nUser-Agent: tcpbench\n\n"},
		{"a body has its length", Request{Host: "h", Method: "POST", Body: []byte("a=b")},
			"POST / HTTP/1.1\nHost: h\nUser-Agent: tcpbench\nContent-Length: 3\n\na=b"},
		{"POST without a body says so", Request{Host: "h", Method: "POST"},
			"POST / HTTP/1.1\nHost: h\nUser-Agent: tcpbench\nContent-Length: 0\n\n"},
		{"DELETE without a body says nothing", Request{Host: "h", Method: "DELETE"},
			"DELETE / HTTP/1.1\nHost: h\nUser-Agent: tcpbench\n\n"},
		{"GET with a body", Request{Host: "h", Body: []byte("q")},
			"GET / HTTP/1.1\nHost: h\nUser-Agent: tcpbench\nContent-Length: 1\n\nq"},
		{"the right length is sent once", Request{Host: "h", Method: "PUT", Body: []byte("a=b"),
			Header: []string{"content-length: 3"}}, "PUT / HTTP/1.1\nHost: h\nUser-Agent: " +
			"tcpbench\nContent-Length: 3\n\na=b"},
		{"close", Request{Host: "h", Close: true},
			"GET / HTTP/1.1\nHost: h\nUser-Agent: tcpbench\nConnection: close\n\n"},
		{"close that the user says too", Request{Host: "h", Close: true, Header: []string{"Connection: TE, Close"}},
			"GET / HTTP/1.1\nHost: h\nUser-Agent: tcpbench\nConnection: TE, Close\n\n"},
		{"close beside another option", Request{Host: "h", Close: true, Header: []string{"Connection: TE"}},
			"GET / HTTP/1.1\nHost: h\nUser-Agent: tcpbench\nConnection: TE\nConnection: close\n\n"},
		{"keep-alive", Request{Host: "h", Header: []string{"Connection: keep-alive"}},
			"GET / HTTP/1.1\nHost: h\nUser-Agent: tcpbench\nConnection: keep-alive\n\n"},
		{"a method of its own", Request{Host: "h", Method: "M-SEARCH"},
			"M-SEARCH / HTTP/1.1\nHost: h\nUser-Agent: tcpbench\n\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.req.Bytes()
			if want := string(crlf(tt.want)); err != nil || string(got) != want {
				t.Errorf("%+v.Bytes() = %q, %v, want %q", tt.req, got, err, want)
			}
		})
	}
}

func TestRequestRefuses(t *testing.T) {
	tests := []struct {
		name string
		req  Request
		want string // the whole error
	}{
		{"a line break in the method", Request{Host: "h", Method: "GET / HTTP/1.1\r\nX: y"},
			`method "GET / HTTP/1.1\r\nX: y": a method has letters, digits and hyphens only; write one such as GET ` +
				`or POST`},
		{"a method in lower case", Request{Host: "h", Method: "post"},
			`method "post": servers distinguish upper and lower case; write POST`},
		{"a tunnel", Request{Host: "h", Method: "CONNECT"},
			`method "CONNECT": it opens a tunnel, which cannot be measured as a request; choose another`},
		{"a target without a slash", Request{Host: "h", Target: "a"}, `target "a": it must begin with /; write "/a"`},
		{"a star for another method than OPTIONS", Request{Host: "h", Target: "*"},
			`target "*": it must begin with /; write "/*"`},
		{"a space in the target", Request{Host: "h", Target: "/a b"},
			`target "/a b": byte 0x20 cannot be in it; write %20`},
		{"a line break in the target", Request{Host: "h", Target: "/\n"},
			`target "/\n": byte 0x0a cannot be in it; write %0A`},
		{"a letter beyond ASCII in the target", Request{Host: "h", Target: "/é"},
			`target "/é": byte 0xc3 cannot be in it; write %C3`},
		{"a fragment", Request{Host: "h", Target: "/a#b"},
			`target "/a#b": what follows # is not sent to a server; leave it out, or write %23`},
		{"an escape of one digit", Request{Host: "h", Target: "/%2"},
			`target "/%2": % must have two hexadecimal digits behind it; write %25 for % itself`},
		{"an escape of letters", Request{Host: "h", Target: "/%zz"},
			`target "/%zz": % must have two hexadecimal digits behind it; write %25 for % itself`},
		{"no host", Request{}, `host is missing: name the server, such as localhost:8080`},
		{"an empty Host field", Request{Host: "h", Header: []string{"Host:"}},
			`host is missing: name the server, such as localhost:8080`},
		{"a host with a path", Request{Host: "h/a"},
			`host "h/a": '/' cannot be in it; write a name (xn-- for letters beyond ASCII) or an address, and ` +
				`perhaps a port`},
		{"a line break in the host", Request{Host: "h\r\nX: y"},
			`host "h\r\nX: y": '\r' cannot be in it; write a name (xn-- for letters beyond ASCII) or an address, and ` +
				`perhaps a port`},
		{"two hosts", Request{Header: []string{"Host: a", "HOST: a"}}, `header Host is given more than once: give one`},
		{"a header without a colon", Request{Host: "h", Header: []string{"Accept"}},
			`header "Accept": there is no colon; write it as 'Name: value'`},
		{"a header without a name", Request{Host: "h", Header: []string{": x"}},
			`header ": x": the name "" may have letters, digits and hyphens only, and no space before the colon`},
		{"a space before the colon", Request{Host: "h", Header: []string{"Accept : x"}},
			`header "Accept : x": the name "Accept " may have letters, digits and hyphens only, and no space before ` +
				`the colon`},
		{"a line break in a name", Request{Host: "h", Header: []string{"A\nB: x"}},
			`header "A\nB: x": the name "A\nB" may have letters, digits and hyphens only, and no space before the ` +
				`colon`},
		{"a line break in a value", Request{Host: "h", Header: []string{"A: x\r\nB: y"}},
			`header "A: x\r\nB: y": the value has a line break, NUL or another control character; leave it out`},
		{"NUL in a value", Request{Host: "h", Header: []string{"A: x\x00"}},
			`header "A: x\x00": the value has a line break, NUL or another control character; leave it out`},
		{"a wrong length", Request{Host: "h", Body: []byte("abc"), Header: []string{"Content-Length: 4"}},
			`header "Content-Length: 4": the body has 3 bytes; leave the header out, it is made from the body`},
		{"a length without a body", Request{Host: "h", Header: []string{"Content-Length: 4"}},
			`header "Content-Length: 4": the body has 0 bytes; leave the header out, it is made from the body`},
		{"a coding", Request{Host: "h", Header: []string{"transfer-encoding: chunked"}},
			`header "transfer-encoding: chunked": the body is sent as it is, with its length; leave the header out`},
		{"close on a connection to be used again", Request{Host: "h", Header: []string{"Connection: x, Close"}},
			`header "Connection: x, Close": the connection is to be used again; leave the header out, or ask for a ` +
				`connection per request`},
		{"keep-alive on a connection to be closed", Request{Host: "h", Close: true,
			Header: []string{"Connection: keep-alive"}},
			`header "Connection: keep-alive": the connection is to be closed after each request; leave the header out`},
		{"TRACE with a body", Request{Host: "h", Method: "TRACE", Body: []byte("x")},
			`body of 1 bytes: TRACE has none; leave it out or choose POST`},
		{"all at once", Request{Method: "get", Target: "a", Header: []string{"x", "y"}}, strings.Join([]string{
			`header "x": there is no colon; write it as 'Name: value'`,
			`header "y": there is no colon; write it as 'Name: value'`,
			`method "get": servers distinguish upper and lower case; write GET`,
			`target "a": it must begin with /; write "/a"`,
			`host is missing: name the server, such as localhost:8080`,
		}, "\n")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.req.Bytes()
			if err == nil || err.Error() != tt.want {
				t.Errorf("%+v.Bytes() = %q, %v, want error %s", tt.req, got, err, tt.want)
			}
		})
	}
}

// Whatever the user writes: what is accepted is one request to a server, with
// the method, target and body that were asked for.
func TestARequestIsReadByAServerAsItWasMeant(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("aZ09-:,;/?%* \t\r\n\x00é#")), 0, 12, -1)
	header := rapid.OneOf(text, rapid.SampledFrom([]string{"Host: other", "User-Agent: me", "Content-Length: 1",
		"Transfer-Encoding: chunked", "Connection: close", "X: y"}))
	rapid.Check(t, func(t *rapid.T) {
		req := Request{
			Method: rapid.OneOf(text, rapid.SampledFrom([]string{"", "GET", "POST", "OPTIONS"})).Draw(t, "method"),
			Target: rapid.OneOf(text, rapid.SampledFrom([]string{"", "/", "/a?b"})).Draw(t, "target"),
			Host:   rapid.SampledFrom([]string{"h", "[::1]:80"}).Draw(t, "host"),
			Header: rapid.SliceOfN(header, 0, 3).Draw(t, "header"),
			Body:   []byte(text.Draw(t, "body")),
			Close:  rapid.Bool().Draw(t, "close"),
		}
		sent, err := req.Bytes()
		if err != nil {
			return
		}
		src := bufio.NewReader(bytes.NewReader(sent))
		got, err := http.ReadRequest(src)
		if err != nil {
			t.Fatalf("%q: a server says %v", sent, err)
		}
		body, err := io.ReadAll(got.Body)
		if err != nil || !bytes.Equal(body, req.Body) || src.Buffered() > 0 {
			t.Fatalf("%q: a server reads the body %q, %v, and has %d bytes left", sent, body, err, src.Buffered())
		}
		want := req.withDefaults()
		if got.Method != want.Method || got.RequestURI != want.Target || got.Close != want.Close {
			t.Fatalf("%q: a server reads %s %s, close %v", sent, got.Method, got.RequestURI, got.Close)
		}
	})
}

func TestSafeAndIdempotentMethods(t *testing.T) {
	tests := []struct {
		method           string
		safe, idempotent bool
	}{
		{"GET", true, true}, {"HEAD", true, true}, {"OPTIONS", true, true}, {"TRACE", true, true},
		{"PUT", false, true}, {"DELETE", false, true},
		{"POST", false, false}, {"PATCH", false, false}, {"M-SEARCH", false, false}, {"get", false, false},
		{"", false, false},
	}
	for _, tt := range tests {
		t.Run("method "+tt.method, func(t *testing.T) {
			if safe, idempotent := Safe(tt.method), Idempotent(tt.method); safe != tt.safe ||
				idempotent != tt.idempotent {
				t.Errorf("Safe(%q), Idempotent(%q) = %v, %v, want %v, %v", tt.method, tt.method, safe,
					idempotent, tt.safe,
					tt.idempotent)
			}
		})
	}
}
