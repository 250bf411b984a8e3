package http1

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// crlf makes of lines ended with \n what is sent.
func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

func TestResponse(t *testing.T) {
	const all = -1 // of the stream is used
	ok := func(status int, body int64, keep bool) outcome { return outcome{status, body, keep, all, nil} }
	bad := func(err error) outcome { return outcome{err: err} }
	long := strings.Repeat("x", MaxHead)
	tests := []struct {
		name   string
		head   bool
		stream string // lines end in \n here, which is sent as CRLF; \r\n is as it is
		want   outcome
	}{
		// Where the body ends.
		{"a body of known length", false, "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", ok(200, 5, true)},
		{"a length of 0 is the end", false, "HTTP/1.1 200 OK\nContent-Length: 0\n\n", ok(200, 0, true)},
		{"names and options in any case", false, "HTTP/1.1 200 OK\ncONTENT-lENGTH: 5\nCONNECTION: Close\n\nhello",
			ok(200, 5, false)},
		{"no space after the colon, much after the value", false, "HTTP/1.1 200 OK\nContent-Length:5 \t \n\nhello",
			ok(200, 5, true)},
		{"what follows is the next response's", false, "HTTP/1.1 200 OK\nContent-Length: 5\n\nhelloHTTP/1.1",
			outcome{200, 5, true, 43, nil}},
		{"without a length it ends with the connection", false, "HTTP/1.1 200 OK\n\nhello", ok(200, 5, false)},
		{"without a length and without a body it ends with the connection", false, "HTTP/1.1 200 OK\n\n",
			ok(200, 0, false)},
		{"an answer to HEAD has no body", true, "HTTP/1.1 200 OK\nContent-Length: 5\n\n", ok(200, 0, true)},
		{"an answer to HEAD has no chunks", true, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n", ok(200, 0, true)},
		{"an answer to HEAD needs no length", true, "HTTP/1.1 200 OK\n\n", ok(200, 0, true)},
		{"204 has no body", false, "HTTP/1.1 204 No Content\n\n", ok(204, 0, true)},
		{"304 has no body, whatever its length", false, "HTTP/1.1 304 Not Modified\nContent-Length: 5\n\n",
			ok(304, 0, true)},
		{"205 has the body it says", false, "HTTP/1.1 205 Reset Content\nContent-Length: 0\n\n", ok(205, 0, true)},

		// Content-Length.
		{"the same length twice", false, "HTTP/1.1 200 OK\nContent-Length: 5\nContent-Length: 5\n\nhello",
			ok(200, 5, true)},
		{"the same length twice in one field", false, "HTTP/1.1 200 OK\nContent-Length: 5, 5\n\nhello",
			ok(200, 5, true)},
		{"two lengths", false, "HTTP/1.1 200 OK\nContent-Length: 5\nContent-Length: 6\n\nhello", bad(ErrMalformed)},
		{"two lengths in one field", false, "HTTP/1.1 200 OK\nContent-Length: 5, 6\n\nhello", bad(ErrMalformed)},
		{"a length of 0, then another", false, "HTTP/1.1 200 OK\nContent-Length: 0\nContent-Length: 5\n\nhello",
			bad(ErrMalformed)},
		{"two lengths of a response without a body", true, "HTTP/1.1 200 OK\nContent-Length: 5\nContent-Length: 6\n\n",
			bad(ErrMalformed)},
		{"an empty length", false, "HTTP/1.1 200 OK\nContent-Length:\n\n", bad(ErrMalformed)},
		{"an empty length in a list", false, "HTTP/1.1 200 OK\nContent-Length: 5,\n\nhello", bad(ErrMalformed)},
		{"a signed length", false, "HTTP/1.1 200 OK\nContent-Length: +5\n\nhello", bad(ErrMalformed)},
		{"a negative length", false, "HTTP/1.1 200 OK\nContent-Length: -5\n\nhello", bad(ErrMalformed)},
		{"a hexadecimal length", false, "HTTP/1.1 200 OK\nContent-Length: 0x5\n\nhello", bad(ErrMalformed)},
		{"the longest length, answering HEAD", true, "HTTP/1.1 200 OK\nContent-Length: 9223372036854775807\n\n",
			ok(200, 0, true)},
		{"a length beyond an int64", true, "HTTP/1.1 200 OK\nContent-Length: 9223372036854775808\n\n",
			bad(ErrMalformed)},
		{"a length beyond an uint64", true, "HTTP/1.1 200 OK\nContent-Length: 18446744073709551621\n\n",
			bad(ErrMalformed)},

		// Chunks.
		{"chunks", false, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\n10\n0123456789abcdef\n0\n\n",
			ok(200, 21, true)},
		{"no chunk but the last", false, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n0\n\n", ok(200, 0, true)},
		{"sizes in upper case with leading zeros", false,
			"HTTP/1.1 200 OK\nTransfer-Encoding: CHUNKED\n\n00000000000000000A\n0123456789\n000\n\n",
			ok(200, 10, true)},
		{"extensions, with and without space and value", false,
			"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5;a;b=c\nhello\n1 ; q=\"x;y\"\n!\n0;last\n\n",
			ok(200, 6, true)},
		{"trailers", false, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\n0\nX-Sum: 1\nX-Long: a\n  b\n\n",
			ok(200, 5, true)},
		{"trailers that look like framing change nothing", false, "HTTP/1.1 200 OK\nTransfer-Encoding: " +
			"chunked\n\n5\nhello\n0\nContent-Length: 9\nConnection: close\n\n", ok(200, 5, true)},
		{"chunks and a length: the chunks count", false,
			"HTTP/1.1 200 OK\nContent-Length: 3\nTransfer-Encoding: chunked\n\n5\nhello\n0\n\n", ok(200, 5, true)},
		{"chunks within which a line feed stands alone", false,
			"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nab\r\nc\n0\n\n", bad(ErrMalformed)},
		{"the largest size", false, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n7fffffffffffffff\nhello",
			bad(ErrCutShort)},
		{"a size beyond an int64", false, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n8000000000000000\nhello",
			bad(ErrMalformed)},
		{"a size beyond an uint64", false,
			"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n10000000000000005\nhello\n0\n\n",
			bad(ErrMalformed)},
		{"an empty size", false, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n\nhello\n0\n\n", bad(ErrMalformed)},
		{"a size of extensions alone", false, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n;a=5\nhello\n0\n\n",
			bad(ErrMalformed)},
		{"a signed size", false, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n+5\nhello\n0\n\n", bad(ErrMalformed)},
		{"a size with a prefix", false, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n0x5\nhello\n0\n\n",
			bad(ErrMalformed)},
		{"a space before the size", false, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n 5\nhello\n0\n\n",
			bad(ErrMalformed)},
		{"more data than the size", false, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello!\n0\n\n",
			bad(ErrMalformed)},
		{"more data than the size, and no line ever", false, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello!",
			bad(ErrMalformed)},

		// Other codings.
		{"chunked over another coding", false, "HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked\n\n5\nhello\n0\n\n",
			ok(200, 5, true)},
		{"chunked over another coding, in two fields", false,
			"HTTP/1.1 200 OK\nTransfer-Encoding: gzip\nTransfer-Encoding: chunked\n\n5\nhello\n0\n\n",
			ok(200, 5, true)},
		{"chunked with empty elements beside it", false,
			"HTTP/1.1 200 OK\nTransfer-Encoding: , chunked,,\n\n5\nhello\n0\n\n",
			ok(200, 5, true)},
		{"another coding ends with the connection", false, "HTTP/1.1 200 OK\nTransfer-Encoding: gzip\n\nhello",
			ok(200, 5, false)},
		{"another coding over chunked ends with the connection", false,
			"HTTP/1.1 200 OK\nTransfer-Encoding: chunked, gzip\n\nhello", ok(200, 5, false)},
		{"another coding over chunked, in two fields", false,
			"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nTransfer-Encoding: gzip\n\nhello", ok(200, 5, false)},
		{"another coding and a length: it ends with the connection", false,
			"HTTP/1.1 200 OK\nTransfer-Encoding: gzip\nContent-Length: 2\n\nhello", ok(200, 5, false)},
		{"no coding at all ends with the connection", false, "HTTP/1.1 200 OK\nTransfer-Encoding:\n\nhello",
			ok(200, 5, false)},
		{"a coding that begins like chunked", false, "HTTP/1.1 200 OK\nTransfer-Encoding: chunkedx\n\nhello",
			ok(200, 5, false)},
		{"chunked twice", false, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked, chunked\n\n", bad(ErrMalformed)},
		{"chunked in two fields", false, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nTransfer-Encoding: chunked\n\n",
			bad(ErrMalformed)},
		{"chunked with parameters", false, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked;a=b\n\n", bad(ErrMalformed)},
		{"a coding in HTTP/1.0 means nothing but the end of the connection", false, "HTTP/1.0 200 OK\nConnection: " +
			"keep-alive\nContent-Length: 5\nTransfer-Encoding: chunked\n\nhello!", outcome{200, 5, false, 95, nil}},

		// Interim responses.
		{"100, then the response", false, "HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
			ok(200, 5, true)},
		{"several, with fields that are theirs alone", false,
			"HTTP/1.1 102 Processing\nConnection: close\nContent-Length: " +
				"7\n\nHTTP/1.1 103 Early Hints\nTransfer-Encoding: chunked\n\nHTTP/1.1 200 OK\nContent-Length: " +
				"5\n\nhello",
			ok(200, 5, true)},
		{"before an answer to HEAD", true, "HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\nContent-Length: 5\n\n",
			ok(200, 0, true)},
		{"101 is final, and what follows is another protocol", false,
			"HTTP/1.1 101 Switching Protocols\nUpgrade: x\n\nhello",
			outcome{101, 0, false, 48, nil}},
		{"interim responses alone", false, "HTTP/1.1 100 Continue\n\n", bad(ErrCutShort)},
		{"a thousand of them", false, strings.Repeat("HTTP/1.1 100 Continue\n\n", 1000) + "HTTP/1.1 204 No Content\n\n",
			ok(204, 0, true)},
		{"without end", false, strings.Repeat("HTTP/1.1 100 Continue\n\n", MaxHead/25+1), bad(ErrTooLarge)},

		// The connection.
		{"close among other options", false, "HTTP/1.1 204 No Content\nConnection: foo,\t close ,bar\n\n",
			ok(204, 0, false)},
		{"close in a second field", false, "HTTP/1.1 204 No Content\nConnection: foo\nConnection: close\n\n",
			ok(204, 0, false)},
		{"an option that begins like close", false, "HTTP/1.1 204 No Content\nConnection: closed, clos\n\n",
			ok(204, 0, true)},
		{"close outweighs keep-alive", false, "HTTP/1.0 204 No Content\nConnection: keep-alive, close\n\n",
			ok(204, 0, false)},
		{"HTTP/1.0 closes", false, "HTTP/1.0 200 OK\nContent-Length: 5\n\nhello", ok(200, 5, false)},
		{"HTTP/1.0 with keep-alive stays", false, "HTTP/1.0 200 OK\nContent-Length: 5\nConnection: Keep-Alive\n\nhello",
			ok(200, 5, true)},
		{"HTTP/1.0 with keep-alive but no length closes", false, "HTTP/1.0 200 OK\nConnection: Keep-Alive\n\nhello",
			ok(200, 5, false)},
		{"a later minor version is as HTTP/1.1", false, "HTTP/1.9 204 No Content\n\n", ok(204, 0, true)},

		// The status line.
		{"no reason", false, "HTTP/1.1 204 \n\n", ok(204, 0, true)},
		{"no reason and no space", false, "HTTP/1.1 204\n\n", ok(204, 0, true)},
		{"a reason beyond ASCII, with tabs", false, "HTTP/1.1 204 Kein\tInhalt \xfc\n\n", ok(204, 0, true)},
		{"a code of its own", false, "HTTP/1.1 999 Blocked\nContent-Length: 0\n\n", ok(999, 0, true)},
		{"four digits", false, "HTTP/1.1 2000 OK\n\n", bad(ErrMalformed)},
		{"two digits", false, "HTTP/1.1 20 OK\n\n", bad(ErrMalformed)},
		{"letters for digits", false, "HTTP/1.1 2OO OK\n\n", bad(ErrMalformed)},
		{"a code below 100", false, "HTTP/1.1 099 Odd\n\n", bad(ErrMalformed)},
		{"two spaces", false, "HTTP/1.1  200 OK\n\n", bad(ErrMalformed)},
		{"a control character in the reason", false, "HTTP/1.1 200 O\x00K\n\n", bad(ErrMalformed)},
		{"a carriage return in the reason", false, "HTTP/1.1 200 OK\rX: y\n\n", bad(ErrMalformed)},
		{"HTTP/2", false, "HTTP/2.0 200 OK\n\n", bad(ErrMalformed)},
		{"another protocol", false, "SSH-2.0-OpenSSH_9.9\n", bad(ErrMalformed)},
		{"an echo of the request", false, "GET / HTTP/1.1\nHost: x\n\n", bad(ErrMalformed)},
		{"a TLS alert, which has no line", false, "\x15\x03\x03\x00\x02\x02\x46", bad(ErrMalformed)},
		{"an empty line first", false, "\nHTTP/1.1 200 OK\n\n", bad(ErrMalformed)},

		// Fields.
		{"an empty value", false, "HTTP/1.1 204 No Content\nX-Empty:\n\n", ok(204, 0, true)},
		{"every character of a name", false, "HTTP/1.1 204 No Content\n!#$%&'*+-.^_`|~09azAZ: x\n\n", ok(204, 0, true)},
		{"no colon", false, "HTTP/1.1 204 No Content\nX\n\n", bad(ErrMalformed)},
		{"no name", false, "HTTP/1.1 204 No Content\n: x\n\n", bad(ErrMalformed)},
		{"a space before the colon", false, "HTTP/1.1 200 OK\nContent-Length : 5\n\nhello", bad(ErrMalformed)},
		{"a name beyond ASCII", false, "HTTP/1.1 204 No Content\nX\xfc: x\n\n", bad(ErrMalformed)},
		{"a value beyond ASCII, with tabs", false, "HTTP/1.1 204 No Content\nX: \xfc\t\xff long enough for words\n\n",
			ok(204, 0, true)},
		{"NUL in a value", false, "HTTP/1.1 204 No Content\nX: long enough for \x00 words\n\n", bad(ErrMalformed)},
		{"DEL in a value", false, "HTTP/1.1 204 No Content\nX: long enough for \x7f words\n\n", bad(ErrMalformed)},
		{"a carriage return in a value", false, "HTTP/1.1 204 No Content\nX: a\rContent-Length: 5\n\n",
			bad(ErrMalformed)},
		{"a folded field", false, "HTTP/1.1 204 No Content\nX: a\n b\n\t\nY: c\n\n", ok(204, 0, true)},
		{"a folded control character", false, "HTTP/1.1 204 No Content\nX: a\n \x01\n\n", bad(ErrMalformed)},
		{"a fold of no field", false, "HTTP/1.1 204 No Content\n X: a\n\n", bad(ErrMalformed)},
		{"a folded length", false, "HTTP/1.1 200 OK\nContent-Length:\n 5\n\nhello", bad(ErrMalformed)},
		{"a folded coding", false, "HTTP/1.1 200 OK\nTransfer-Encoding:\n\tchunked\n\n0\n\n", bad(ErrMalformed)},
		{"a folded option", false, "HTTP/1.1 204 No Content\nConnection: x,\n close\n\n", bad(ErrMalformed)},
		{"a fold of no trailer", false, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nX: y\n\n0\n x\n\n",
			bad(ErrMalformed)},

		// Bounds.
		{"a head as long as may be", false, "HTTP/1.1 204 No Content\nX: " + long[:MaxHead-25-2-3-2] + "\n\n",
			ok(204, 0, true)},
		{"a head longer by one byte", false, "HTTP/1.1 204 No Content\nX: " + long[:MaxHead-25-2-3-1] + "\n\n",
			bad(ErrTooLarge)},
		{"a field without end", false, "HTTP/1.1 204 No Content\nX: " + long + long + long, bad(ErrTooLarge)},
		{"fields without end", false, "HTTP/1.1 204 No Content\n" + strings.Repeat("X: y\n", MaxHead/6),
			bad(ErrTooLarge)},
		{"an extension without end", false, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5;" + long,
			bad(ErrTooLarge)},
		{"trailers without end", false,
			"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n0\n" + strings.Repeat("X: y\n", MaxHead/6+1),
			bad(ErrTooLarge)},
		{"a long extension takes nothing from the trailers", false, "HTTP/1.1 200 OK\nTransfer-Encoding: " +
			"chunked\n\n0;" + long[:MaxHead/2] + "\nX: " + long[:MaxHead/2] + "\n\n", ok(200, 0, true)},
		{"many chunks are not bounded", false, "HTTP/1.1 200 OK\nTransfer-Encoding: " +
			"chunked\n\n" + strings.Repeat("1;ext\nx\n", MaxHead) + "0\n\n", ok(200, MaxHead, true)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stream := crlf(tt.stream)
			if tt.want.used == all {
				tt.want.used = len(stream)
			}
			for how, reads := range map[string][][]byte{"one read": {stream}, "reads of one byte": bytewise(stream)} {
				if got := readAll(tt.head, reads...)[0]; got != tt.want {
					t.Errorf("%s: %.200q: %v, want %v", how, stream, got, tt.want)
				}
			}
		})
	}
}

func TestALineFeedAloneEndsALineOfTheHead(t *testing.T) {
	stream := []byte("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello")
	want := outcome{200, 5, true, len(stream), nil}
	if got := readAll(false, stream)[0]; got != want {
		t.Errorf("%q: %v, want %v", stream, got, want)
	}
}

func TestALineFeedAloneEndsNoLineOfAChunkedBody(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	for _, body := range []string{"0\n\r\n", "0\r\n\n", "1\nx\r\n0\r\n\r\n", "1\r\nx\n0\r\n\r\n",
		"1;\r\r\nx\r\n0\r\n\r\n",
		"0\r\nX: y\n\r\n"} {
		if got := readAll(false, []byte(head+body))[0]; got.err != ErrMalformed {
			t.Errorf("%q: %v, want %v", body, got, ErrMalformed)
		}
	}
}

// What servers send: every response of each file, in order.
func TestResponsesOfServers(t *testing.T) {
	ok := func(status int, body int64, keep bool) outcome {
		return outcome{status: status, body: body, keep: keep}
	}
	malformed := outcome{err: ErrMalformed}
	want := map[string][]outcome{
		"nginx-static":         {ok(200, 6, true)},
		"nginx-gzip-chunked":   {ok(200, 59, true)},
		"nginx-head":           {ok(200, 0, true)},
		"nginx-404-close":      {ok(404, 153, false)},
		"nginx-301":            {ok(301, 169, true)},
		"nginx-502":            {ok(502, 157, true)},
		"nginx-400":            {ok(400, 157, false)},
		"nginx-pipelined":      {ok(200, 6, true), ok(200, 6, true)},
		"nginx-206-multipart":  {ok(206, 196, true)},
		"nginx-http09":         {malformed}, // a page without a head
		"go-hello":             {ok(200, 6, true)},
		"go-trailers":          {ok(200, 204, true)},
		"go-103":               {ok(200, 6, true)},
		"go-204":               {ok(204, 0, true)},
		"go-100-continue":      {ok(200, 7, true)},
		"go-400":               {ok(400, 45, false)},
		"go-http10-to-the-end": {ok(200, 7, false)},
		"go-chunked-close":     {ok(200, 7, false)},
		"python-http10":        {ok(200, 6, false)},
		"python-404":           {ok(404, 335, false)},

		"haproxy-503":             {ok(503, 107, true)},
		"haproxy-http10-408":      {ok(408, 115, false)},
		"apache-index":            {ok(200, 45, true)},
		"apache-http10-keepalive": {ok(200, 3, true)},
		"apache-304":              {ok(304, 0, true)},
		"iis-chunked":             {ok(200, 27, true)},
		"iis-100-and-401":         {ok(401, 0, true)},
		"websocket-101":           {ok(101, 0, false)},

		"hidden-by-two-lengths":           {malformed},
		"hidden-by-length-and-chunked":    {ok(200, 0, true), ok(200, 6, true)},
		"hidden-by-space-before-colon":    {malformed},
		"hidden-by-fold":                  {malformed},
		"hidden-by-bare-lf-in-chunk-size": {malformed},
		"hidden-by-chunk-overflow":        {malformed},
		"hidden-by-coding-after-chunked":  {ok(200, 49, false)},
		"hidden-by-nul-in-name":           {malformed},
		"hidden-by-body-of-204":           {ok(204, 0, true), ok(200, 6, true)},
	}
	for name, stream := range recorded(t) {
		got := readAll(strings.HasSuffix(name, "-head"), stream)
		for i := range got {
			got[i].used = 0
		}
		if !slices.Equal(got, want[name]) {
			t.Errorf("%s: %v, want %v", name, got, want[name])
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("testdata/responses/%s.http is missing", name)
	}
}

// recorded returns the streams of testdata/responses by name.
func recorded(t testing.TB) map[string][]byte {
	files, err := filepath.Glob("testdata/responses/*.http")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata/responses: %d files, error %v", len(files), err)
	}
	streams := make(map[string][]byte)
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		streams[strings.TrimSuffix(filepath.Base(file), ".http")] = b
	}
	return streams
}

func TestAResponseCutShortAnywhereIsNotTakenForWhole(t *testing.T) {
	for _, whole := range []string{
		"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
		"HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
		"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5;x=y\nhello\n0\nX: y\n\n",
	} {
		stream := crlf(whole)
		for n := range stream {
			if got := readAll(false, stream[:n])[0]; got.err != ErrCutShort {
				t.Errorf("%q: %v, want %v", stream[:n], got, ErrCutShort)
			}
		}
	}
}

func TestStarted(t *testing.T) {
	tests := []struct {
		name, fed string
		want      bool
	}{
		{"nothing has come", "", false},
		{"one byte", "H", true},
		{"an interim response", "HTTP/1.1 100 Continue\r\n\r\n", true},
		{"a body", "HTTP/1.1 200 OK\r\n\r\nx", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r Response
			if _, _, err := r.Feed([]byte(tt.fed)); err != nil {
				t.Fatal(err)
			}
			if got := r.Started(); got != tt.want {
				t.Errorf("Started() after %q = %v, want %v", tt.fed, got, tt.want)
			}
			r.Reset(false)
			if r.Started() || r.KeepAlive() || r.Status != 0 || r.BodyBytes != 0 {
				t.Errorf("after Reset: %+v, want nothing of the response before", r)
			}
		})
	}
}

func TestAResponseThatIsDoneTakesNoMore(t *testing.T) {
	var r Response
	stream := crlf("HTTP/1.1 204 No Content\n\n")
	if _, done, err := r.Feed(stream); !done || err != nil {
		t.Fatalf("Feed(%q) = done %v, %v", stream, done, err)
	}
	if n, done, err := r.Feed(stream); n != 0 || !done || err != nil {
		t.Errorf("Feed after the end = %d, %v, %v, want 0, true, nil", n, done, err)
	}
	if err := r.End(); err != nil {
		t.Errorf("End after the end = %v, want nil", err)
	}
}

func TestErrorsSayWhatWasFound(t *testing.T) {
	tests := []struct{ name, stream, want string }{
		{"another protocol", "SSH-2.0-OpenSSH\n",
			`malformed HTTP response: it begins with "SSH-2.0-OpenSSH\r\n", not with HTTP/1.`},
		{"a value is cut to a line", "HTTP/1.1 200 OK\n" + strings.Repeat("x", 200) + "\n",
			`malformed HTTP response: field "` + strings.Repeat("x", 64) + `"`},
		{"two lengths", "HTTP/1.1 200 OK\nContent-Length: 5\nContent-Length: 6\n",
			"malformed HTTP response: Content-Length is both 5 and 6"},
		{"a body cut short", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhel",
			"HTTP response cut short: connection closed 2 bytes before the end of its body"},
		{"a head cut short", "HTTP/1.1 200 OK\nConte",
			"HTTP response cut short: connection closed after 22 bytes of its head"},
		{"chunks cut short", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n2\nd",
			"HTTP response cut short: connection closed after 4 bytes of its chunked body"},
		{"nothing", "", "HTTP response cut short: connection closed after 0 bytes of its head"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r Response
			_, _, err := r.Feed(crlf(tt.stream))
			if err == nil {
				err = r.End()
			}
			if err == nil || err.Error() != tt.want {
				t.Errorf("%q: error %v, want %s", tt.stream, err, tt.want)
			}
		})
	}
}

func TestNothingIsAllocatedPerResponse(t *testing.T) {
	stream := bytes.Join([][]byte{
		crlf("HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: 5\nConnection: keep-alive\n\nhello"),
		crlf("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5;x=y\nhello\n0\nX: y\n\n"),
	}, nil)
	var r Response
	for how, reads := range map[string][][]byte{"one read": {stream}, "reads of one byte": bytewise(stream)} {
		responses := 0
		allocs := testing.AllocsPerRun(100, func() {
			for _, p := range reads {
				for len(p) > 0 {
					n, done, err := r.Feed(p)
					if err != nil {
						t.Fatal(err)
					}
					p = p[n:]
					if done {
						responses++
						r.Reset(false)
					}
				}
			}
		})
		if allocs != 0 || responses != 2*101 {
			t.Errorf("%s: %v allocations in %d responses, want 0 in 202", how, allocs, responses)
		}
	}
}

// The engines hold one for each connection.
func TestAResponseIsSmall(t *testing.T) {
	if got := unsafe.Sizeof(Response{}); got > 64 {
		t.Errorf("a Response has %d bytes, want 64 at most: a cache line", got)
	}
}
