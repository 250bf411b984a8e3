package http1

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// reads cuts stream at places that rapid draws.
func reads(t *rapid.T, stream []byte) [][]byte {
	cuts := rapid.SliceOfN(rapid.IntRange(0, len(stream)), 0, 12).Draw(t, "cuts")
	slices.Sort(cuts)
	var all [][]byte
	from := 0
	for _, to := range append(cuts, len(stream)) {
		all = append(all, slices.Clone(stream[from:to]))
		from = to
	}
	return all
}

// pieces are of which streams are made that are nearly responses.
func pieces() []string {
	return []string{
		"HTTP/1.1 200 OK", "HTTP/1.0 200 OK", "HTTP/1.1 100 Continue", "HTTP/1.1 204", "HTTP/1.1 101 X", "HTTP/2 200",
		"Content-Length: 5", "Content-Length: 0", "content-length:\t5, 5 ", "Content-Length: 6", "Content-Length : 5",
		"Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: gzip",
		"Connection: close", "Connection: keep-alive", "X: y", "X: \x00", " folded", ": ",
		"\r\n", "\r\n", "\r\n", "\r\n\r\n", "\r\n\r\n", "\n", "\r",
		"hello", "5", "5;x=y", "0", "ffffffffffffffff", "0\r\n\r\n", "5\r\nhello\r\n",
		strings.Repeat("x", MaxHead/2),
	}
}

func TestHowAStreamIsCutIntoReadsChangesNothing(t *testing.T) {
	var whole []string
	for _, stream := range recorded(t) {
		whole = append(whole, string(stream))
	}
	slices.Sort(whole)
	part := rapid.OneOf(rapid.SampledFrom(pieces()), rapid.SampledFrom(pieces()), rapid.SampledFrom(whole))
	rapid.Check(t, func(t *rapid.T) {
		stream := []byte(strings.Join(rapid.SliceOfN(part, 0, 12).Draw(t, "parts"), ""))
		toHead := rapid.Bool().Draw(t, "to HEAD")
		want := readAll(toHead, stream)
		if got := readAll(toHead, reads(t, stream)...); !slices.Equal(got, want) {
			t.Fatalf("%q in pieces: %v, in one: %v", stream, got, want)
		}
	})
}

const chunkedField = "Transfer-Encoding: chunked"

// sent is a response as a server means it.
type sent struct {
	outcome
	bytes string
}

// drawSent draws a response; last says that the connection ends with it.
func drawSent(t *rapid.T, toHead, last bool) sent {
	s := sent{outcome: outcome{keep: !last}}
	s.status = rapid.SampledFrom([]int{200, 201, 204, 205, 301, 304, 404, 500, 503, 999}).Draw(t, "status")
	var b strings.Builder
	for range rapid.IntRange(0, 3).Draw(t, "interim responses") {
		fmt.Fprintf(&b, "HTTP/1.1 %d Wait\r\nLink: <x>\r\n\r\n",
			rapid.SampledFrom([]int{100, 102, 103, 199}).Draw(t, "interim"))
	}
	body := strings.Repeat(rapid.SampledFrom([]string{"x", "\r\n", "HTTP/1.1 200 OK\r\n\r\n"}).Draw(t, "of"),
		rapid.IntRange(0, 99).Draw(t, "times"))
	fields, encoded := drawFraming(t, body, last)
	if last && !slices.Contains(fields, chunkedField) && rapid.Bool().Draw(t, "HTTP/1.0") {
		fmt.Fprintf(&b, "HTTP/1.0 %d\r\n", s.status)
	} else {
		fmt.Fprintf(&b, "HTTP/1.1 %d Reason\r\n", s.status)
		if last {
			fields = append(fields, "Connection: Close")
		}
	}
	fields = append(fields, rapid.SliceOfN(rapid.SampledFrom([]string{"Server: x", "Date: today", "X-Content-Length: 7",
		"Connection: foo"}), 0, 4).Draw(t, "more")...)
	for _, f := range rapid.Permutation(fields).Draw(t, "fields") {
		b.WriteString(f + "\r\n")
	}
	b.WriteString("\r\n")
	if !toHead && s.status != 204 && s.status != 304 {
		b.WriteString(encoded)
		s.body = int64(len(body))
	}
	s.bytes = b.String()
	s.used = len(s.bytes)
	return s
}

// drawFraming draws how a body is sent: what says so, and the bytes.
func drawFraming(t *rapid.T, body string, last bool) (fields []string, encoded string) {
	ways := []string{"length", "chunks"}
	if last {
		ways = append(ways, "to the end")
	}
	switch rapid.SampledFrom(ways).Draw(t, "framing") {
	case "length":
		return []string{fmt.Sprintf("Content-Length: %d", len(body))}, body
	case "chunks":
		var b strings.Builder
		for len(body) > 0 {
			n := rapid.IntRange(1, len(body)).Draw(t, "chunk")
			fmt.Fprintf(&b, "%x%s\r\n%s\r\n", n,
				rapid.SampledFrom([]string{"", ";x", " ;x=\"y\""}).Draw(t, "extension"),
				body[:n])
			body = body[n:]
		}
		return []string{chunkedField}, b.String() + "0\r\n" + rapid.SampledFrom([]string{"", "Sum: 1\r\n"}).Draw(t,
			"trailer") + "\r\n"
	default:
		return nil, body
	}
}

func TestResponsesAreReadAsTheyWereMeant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		toHead := rapid.Bool().Draw(t, "to HEAD")
		var stream []byte
		var want []outcome
		n := rapid.IntRange(1, 4).Draw(t, "responses")
		for i := range n {
			s := drawSent(t, toHead, i == n-1)
			stream = append(stream, s.bytes...)
			want = append(want, s.outcome)
		}
		if got := readAll(toHead, reads(t, stream)...); !slices.Equal(got, want) {
			t.Fatalf("%q: %v, want %v", stream, got, want)
		}
	})
}
