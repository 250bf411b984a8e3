package target

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"tcpbench/scenario"
)

func TestParseHead(t *testing.T) {
	tests := []struct {
		name, head string // lines end in \n here
		want       request
		ok         bool
	}{
		{"the least", "GET / HTTP/1.1", request{}, true},
		{"fields that do not matter", "GET / HTTP/1.1\nHost: a\nAccept: */*", request{}, true},
		{"HEAD", "HEAD / HTTP/1.1", request{head: true}, true},
		{"a method in lower case is another one", "head / HTTP/1.1", request{}, true},
		{"HTTP/1.0 closes", "GET / HTTP/1.0", request{close: true}, true},
		{"HTTP/1.0 with keep-alive", "GET / HTTP/1.0\nConnection: Keep-Alive", request{}, true},
		{"close", "GET / HTTP/1.1\nConnection: close", request{close: true}, true},
		{"close in any case", "GET / HTTP/1.1\nCONNECTION:  Close ", request{close: true}, true},
		{"close among other options", "GET / HTTP/1.1\nConnection: TE, close", request{close: true}, true},
		{"close wins over a later keep-alive", "GET / HTTP/1.1\nConnection: close\nConnection: keep-alive",
			request{close: true}, true},
		{"another option", "GET / HTTP/1.1\nConnection: upgrade", request{}, true},
		{"a body", "POST / HTTP/1.1\nContent-Length: 12", request{length: 12}, true},
		{"the same length twice", "POST / HTTP/1.1\nContent-Length: 12\ncontent-length: 12", request{length: 12}, true},
		{"an empty body", "POST / HTTP/1.1\nContent-Length: 0", request{}, true},
		{"chunks", "POST / HTTP/1.1\nTransfer-Encoding: chunked", request{chunked: true}, true},

		{"nothing", "", request{}, false},
		{"no version", "GET /", request{}, false},
		{"no method", " / HTTP/1.1", request{}, false},
		{"no path", "GET  HTTP/1.1", request{}, false},
		{"too many words", "GET / x HTTP/1.1", request{}, false},
		{"another protocol", "GET / FTP/1.1", request{}, false},
		{"another version", "GET / HTTP/2.0", request{}, false},
		{"a version that is none", "GET / HTTP/1.x", request{}, false},
		{"a version too long", "GET / HTTP/1.10", request{}, false},
		{"a field without a colon", "GET / HTTP/1.1\nHost", request{}, false},
		{"a field without a name", "GET / HTTP/1.1\n: a", request{}, false},
		{"space before the colon", "POST / HTTP/1.1\nContent-Length : 5", request{}, false},
		{"a folded line", "GET / HTTP/1.1\nA: b\n c: d", request{}, false},
		{"a negative length", "POST / HTTP/1.1\nContent-Length: -1", request{}, false},
		{"a length with a sign", "POST / HTTP/1.1\nContent-Length: +5", request{}, false},
		{"no length", "POST / HTTP/1.1\nContent-Length:", request{}, false},
		{"a length that is a word", "POST / HTTP/1.1\nContent-Length: long", request{}, false},
		{"a length beyond int", "POST / HTTP/1.1\nContent-Length: 99999999999999999999", request{}, false},
		{"two lengths that differ", "POST / HTTP/1.1\nContent-Length: 5\nContent-Length: 6", request{}, false},
		{"a bare carriage return", "GET / HTTP/1.1\nA: b\rContent-Length: 5", request{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			head := strings.ReplaceAll(tt.head, "\n", "\r\n")
			got, ok := parseHead([]byte(head))
			if got != tt.want || ok != tt.ok {
				t.Errorf("parseHead(%q) = %+v, %t, want %+v, %t", head, got, ok, tt.want, tt.ok)
			}
		})
	}
	if _, ok := parseHead([]byte("GET / HTTP/1.1\r\nA: b\nContent-Length: 5")); ok {
		t.Error("parseHead(a bare line feed) = true, want false")
	}
}

func TestHeadOfTheLongestLengthIsTaken(t *testing.T) {
	const rest = "GET / HTTP/1.1\r\nA: "
	tests := []struct {
		name   string
		length int
		want   string
	}{
		{"as long as allowed", maxHead, "HTTP/1.1 200 OK"},
		{"one byte longer", maxHead + 1, "HTTP/1.1 431 Request Header Fields Too Large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := rest + strings.Repeat("x", tt.length-len(rest)) + "\r\n\r\n"
			for _, step := range []int{len(text), 1000} {
				answers := replay([]byte(text), step)
				if len(answers) != 1 || !strings.HasPrefix(answers[0], tt.want+"\r\n") {
					t.Errorf("a head of %d bytes in steps of %d is answered %.50q, want %s", tt.length, step,
						answers, tt.want)
				}
			}
		})
	}
}

// replay feeds a session and returns its answers up to the last one.
func replay(data []byte, step int) []string {
	return answers(httpSessions(Config{ResponseSize: 8})(), data, step)
}

// answers are those of s up to its last one.
func answers(s session, data []byte, step int) []string {
	var out []string
	for chunk := range slices.Chunk(data, step) {
		s.feed(chunk)
		for {
			answer, last, ok := s.next()
			if !ok {
				break
			}
			out = append(out, string(answer))
			if last {
				return out
			}
		}
	}
	return out
}

func TestSessionIsAsNewAfterReset(t *testing.T) {
	for _, half := range []string{"GET / HT", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"} {
		s := httpSessions(Config{ResponseSize: 8})()
		s.feed([]byte(half))
		if _, _, ok := s.next(); ok {
			t.Errorf("next() after %q answers, want it to wait", half)
		}
		s.reset()
		s.feed([]byte("GET / HTTP/1.1\r\n\r\n"))
		if answer, last, ok := s.next(); !ok || last || !bytes.HasPrefix(answer, []byte("HTTP/1.1 200 OK\r\n")) {
			t.Errorf("next() after a reset = %.30q, %t, %t, want 200", answer, last, ok)
		}
	}
}

func TestValidateConfig(t *testing.T) {
	good := Config{Listen: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0")}, Protocol: scenario.ServerEcho,
		Threads: 1}
	tests := []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"the least", func(*Config) {}, ""},
		{"nowhere to listen", func(c *Config) { c.Listen = nil }, "listen: no address to listen on"},
		{"an address that is none", func(c *Config) { c.Listen = []netip.AddrPort{{}} },
			"listen: invalid AddrPort is not an address with a port"},
		{"another protocol", func(c *Config) { c.Protocol = "gopher" },
			`protocol: "gopher" is not one of ` + strings.Join(scenario.Words(scenario.Protocols()), ", ")},
		{"a certificate without TLS", func(c *Config) { c.Cert, c.Key = "a", "b" },
			"cert: a server that speaks echo has no certificate; use --protocol https"},
		{"a certificate without its key", func(c *Config) { c.Protocol, c.Cert = scenario.ServerHTTPS, "a" },
			"cert: a certificate and its key are two files; give both --cert and --key"},
		{"threads of https", func(c *Config) { c.Protocol, c.Threads = scenario.ServerHTTPS, 2 },
			"threads: the https server runs on Go's own; leave them out, or set GOMAXPROCS"},
		{"requests below 0", func(c *Config) { c.MaxRequests = -1 }, "requests-per-conn: -1 is below 0"},
		{"an idle time below 0", func(c *Config) { c.IdleTimeout = -1 }, "idle-timeout: -1ns is below 0"},
		{"a request too large", func(c *Config) { c.RequestSize = 16<<20 + 1 },
			"request-size: 16777217 is outside 0 to 16777216"},
		{"a negative answer", func(c *Config) { c.ResponseSize = -1 }, "response-size: -1 is outside 0 to 16777216"},
		{"no thread", func(c *Config) { c.Threads = 0 }, "threads: 0 is outside 1 to 256"},
		{"two at once", func(c *Config) { c.RequestSize, c.Threads = -1, 257 },
			"request-size: -1 is outside 0 to 16777216\nthreads: 257 is outside 1 to 256"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := good
			tt.change(&c)
			if got := fmt.Sprint(c.Validate()); got != tt.want && (tt.want != "" || got != "<nil>") {
				t.Errorf("Validate(%+v) = %q, want %q", c, got, tt.want)
			}
		})
	}
}

// What both accept must mean the same to both: else a request could hide
// from one of them.
func FuzzParseHead(f *testing.F) {
	for _, head := range []string{
		"GET / HTTP/1.1\r\nHost: a", "HEAD /x HTTP/1.0\r\nConnection: keep-alive",
		"POST / HTTP/1.1\r\nContent-Length: 5\r\nConnection: close, te",
		"POST / HTTP/1.1\r\nTransfer-Encoding: chunked", "POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5",
		"GET / HTTP/1.1\r\nA: b\r\n c",
		"GET / HTTP/1.1\r\nConnection : close", "GET / HTTP/1.1\nContent-Length: 5",
	} {
		f.Add([]byte(head))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		if bytes.Contains(head, endOfHead) {
			return // the session ends the head there
		}
		got, ok := parseHead(head)
		if !ok {
			return
		}
		want, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(append(bytes.Clone(head), endOfHead...))))
		if err != nil {
			return
		}
		chunked := len(want.TransferEncoding) > 0
		if got.head != (want.Method == "HEAD") || got.close != want.Close || chunked && !got.chunked || !got.chunked &&
			int64(got.length) != want.ContentLength {
			t.Errorf("parseHead(%q) = %+v, want as net/http has it: %s, close %t, chunked %t, length %d",
				head, got, want.Method, want.Close, chunked, want.ContentLength)
		}
	})
}

// How the bytes arrive must not matter.
func FuzzSession(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcHEAD / HTTP/1.0\r\n\r\n"),
		uint8(1))
	f.Add([]byte("POST / HTTP/1.1\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabcdef"), uint8(7))
	f.Add([]byte("\r\n\r\n"), uint8(2))
	f.Fuzz(func(t *testing.T, data []byte, step uint8) {
		whole, pieces := replay(data, max(len(data), 1)), replay(data, int(step)+1)
		if !slices.Equal(whole, pieces) {
			t.Errorf("%q is answered %q at once, and %q in steps of %d", data, whole, pieces, int(step)+1)
		}
	})
}

// A head that is known must not be read as another one, whatever was before.
func FuzzKnownHead(f *testing.F) {
	const get, post = "GET / HTTP/1.1\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n"
	f.Add([]byte(get), []byte(get+get), uint8(len(get)-1))
	f.Add([]byte(get), []byte("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), uint8(200))
	f.Add([]byte(post+"abc"), []byte(post+"abc"+post+"ab"), uint8(len(post)-1))
	f.Add([]byte(post+"abc"), []byte(post+post), uint8(len(post)+3))
	f.Add([]byte(post+"abc"), []byte(post+"a b"+get), uint8(len(post)-1))
	f.Add([]byte(get), []byte("HEAD / HTTP/1.1\r\nA"+get), uint8(len(get)-1))
	const long = "HEAD / HTTP/1.1\r\nContent-Length: 18\r\nA: 1234567890\r\n\r\n" // three times get
	f.Add([]byte(get), []byte(long+get+get), uint8(len(get)-1))
	f.Add([]byte("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"),
		[]byte("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"), uint8(200))
	f.Fuzz(func(t *testing.T, before, data []byte, step uint8) {
		connections := httpSessions(Config{ResponseSize: 8, MaxRequests: 3})
		answers(connections(), before, int(step)+1)
		got := answers(connections(), data, int(step)+1)
		want := answers(&forgetful{connections().(*httpSession)}, data, int(step)+1)
		if !slices.Equal(got, want) {
			t.Errorf("%q after %q in steps of %d is answered %q, want %q", data, before, int(step)+1, got, want)
		}
	})
}

// A session may be fed more than once before it is asked.
func TestWhatASessionIsFedIsAnsweredInOrder(t *testing.T) {
	const get, head = "GET / HTTP/1.1\r\n\r\n", "HEAD / HTTP/1.1\r\nContent-Length: 3\r\n\r\n"
	tests := []struct {
		name string
		fed  []string
		want string // what each answer is to: G or H
	}{
		{"the known request twice", []string{get, get}, "GG"},
		{"and a part of another", []string{get, "HEAD / HT", "TP/1.1\r\n\r\n"}, "GH"},
		{"a body's end, then it", []string{head + "ab", "c", get}, "HG"},
		{"a body that looks like it", []string{"HEAD / HTTP/1.1\r\nContent-Length: 18\r\n\r\n", get, get}, "HG"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			connections := httpSessions(Config{ResponseSize: 8})
			s, got := connections(), ""
			for _, p := range tt.fed {
				answers(connections(), []byte(get), len(get)) // which is known from then on
				s.feed([]byte(p))
				if strings.HasPrefix(p, "HEAD / HTTP/1.1\r\nContent") { // which is still on the way
					s.next()
				}
			}
			for answer, _, ok := s.next(); ok; answer, _, ok = s.next() {
				got += map[bool]string{true: "G", false: "H"}[bytes.HasSuffix(answer, []byte("tcpbench"))]
			}
			if got != tt.want {
				t.Errorf("%q is answered %q, want %q", tt.fed, got, tt.want)
			}
		})
	}
}

// forgetful is a session that knows no head of an earlier request.
type forgetful struct{ *httpSession }

func (s *forgetful) feed(p []byte) {
	s.pages.known = nil
	s.httpSession.feed(p)
}

func (s *forgetful) next() ([]byte, bool, bool) {
	s.pages.known = nil
	return s.httpSession.next()
}

// A request of the size that benchmarks send, and as it comes: one at a time.
func BenchmarkHTTPSession(b *testing.B) {
	request := []byte("GET / HTTP/1.1\r\nHost: 198.19.0.1:7000\r\nUser-Agent: tcpbench\r\nAccept: */*\r\n\r\n")
	for _, bb := range []struct {
		name  string
		forms int // of the request, one after the other
	}{
		{"requests=alike", 1}, {"requests=two-by-turns", 2},
	} {
		b.Run(bb.name, func(b *testing.B) {
			s := httpSessions(Config{ResponseSize: 64})()
			forms := [][]byte{request, append([]byte("GET /2"), request[5:]...)}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s.feed(forms[i%bb.forms])
				if _, _, ok := s.next(); !ok {
					b.Fatal("a whole request is not answered")
				}
				s.next() // which finds no more
			}
		})
	}
}
