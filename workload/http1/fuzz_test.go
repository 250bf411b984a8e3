package http1

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// viaNetHTTP reads the first response of stream as Go's own client does.
func viaNetHTTP(toHead bool, stream []byte) (outcome, error) {
	src := bytes.NewReader(stream)
	r := bufio.NewReader(src)
	req := &http.Request{Method: "GET"}
	if toHead {
		req.Method = "HEAD"
	}
	for {
		resp, err := http.ReadResponse(r, req)
		if err != nil {
			return outcome{}, err
		}
		if resp.StatusCode/100 == 1 && resp.StatusCode != 101 {
			continue // its Transport passes over interim responses
		}
		n, err := io.Copy(io.Discard, resp.Body)
		keep := !resp.Close && resp.StatusCode > 199 // its Transport keeps none after 101
		return outcome{resp.StatusCode, n, keep, len(stream) - src.Len() - r.Buffered(), nil}, err
	}
}

// viaOurs does the same with a Response, in one read.
func viaOurs(toHead bool, stream []byte) (outcome, error) {
	var r Response
	r.Reset(toHead)
	n, _, err := r.Feed(stream)
	if err == nil {
		err = r.End()
	}
	return outcome{r.Status, r.BodyBytes, r.KeepAlive(), n, nil}, err
}

// difference is a place where we differ from net/http on purpose. A side's
// text is part of its error, or "" where it accepts the response.
type difference struct {
	why          string
	ours, theirs string
	example      string // lines end in \n, which is sent as CRLF; a lone LF is \v
}

// differences are all there are: FuzzResponse fails on any other.
func differences() []difference {
	const chunked = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n"
	return []difference{
		// Stricter than net/http.
		{"only HTTP/1 is spoken here: another major version frames otherwise",
			"not with HTTP/1.", "", "HTTP/2.0 204 No Content\n\n"},
		{"RFC 9112, 4 has one space after the version, three digits, and no control character in the " +
			"reason: a CR there " +
			"may hide a field",
			"status line", "", "HTTP/1.1  200 O\x00K\n\n"},
		{"RFC 9110, 15: a status below 100 is none; taken for interim, it would have us wait for another",
			"is below 100", "", "HTTP/1.1 099 Odd\n\nHTTP/1.1 204 No Content\n\n"},
		{"RFC 9112, 5.1: a space in a name hides the field from some readers; net/http keeps it under another name",
			"field", "", "HTTP/1.1 200 OK\nContent-Length : 5\n\nhello"},
		{"a folded field that frames the body is sent by those who want to hide it, and by no server",
			"continues no field, or one that frames", "", "HTTP/1.1 200 OK\nTransfer-Encoding:\n chunked\n\n0\n\n"},
		{"the same, where what comes before the fold is no length",
			`Content-Length "" is not a number`, "", "HTTP/1.1 200 OK\nContent-Length:\n 5\n\nhello"},
		{"a bare LF in the trailer section; net/http refuses it elsewhere in a chunked body",
			"ends without CR", "", chunked + "0\nX: y\vZ: z\n\n"},
		{"a chunk of more than an int64; net/http waits for all of an uint64, here in vain",
			"chunk size", "unexpected EOF", chunked + "ffffffffffffffff\nhello"},
		{"a head of more than 64 KiB: net/http bounds it in Transport, not in ReadResponse",
			"head too large", "", "HTTP/1.1 204 No Content\nX: " + strings.Repeat("x", MaxHead) + "\n\n"},
		{"RFC 9112, 6.1: framing is faulty where HTTP/1.0 names a coding, so the connection must close; " +
			"net/http lets it stay",
			"", "", "HTTP/1.0 200 OK\nConnection: keep-alive\nContent-Length: 5\nTransfer-Encoding: chunked\n\nhello"},

		// More lenient, where the RFC says how to go on.
		{"RFC 9112, 6.3: a coding other than chunked ends with the connection",
			"", "unsupported transfer encoding", "HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked\n\n0\n\n"},
		{"RFC 9110, 5.3: fields of one name are one list",
			"", "too many transfer encodings",
			"HTTP/1.1 200 OK\nTransfer-Encoding: gzip\nTransfer-Encoding: chunked\n\n0\n\n"},
		{"RFC 9110, 8.6: a list of one length is that length",
			"", "bad Content-Length", "HTTP/1.1 200 OK\nContent-Length: 5, 5\n\nhello"},
		{"RFC 9110, 8.6: lengths are the same as numbers, not as text",
			"", "multiple Content-Length", "HTTP/1.1 200 OK\nContent-Length: 5\nContent-Length: 05\n\nhello"},
		{"RFC 9112, 7.1.1: a recipient must take white space before a chunk's extension",
			"", "invalid byte in chunk length", chunked + "5 ;x=y\nhello\n0\n\n"},
		{"any number of leading zeros in a chunk's size",
			"", "http chunk length too large", chunked + "00000000000000005\nhello\n0\n\n"},
		{"a chunk's line is bounded as a head is; net/http has 4 KiB",
			"", "header line too long", chunked + "5;" + strings.Repeat("x", 4096) + "\nhello\n0\n\n"},
		{"extensions may outweigh the data: a benchmark's deadline ends what is too slow",
			"", "too much non-data", chunked + strings.Repeat("1;"+strings.Repeat("x", 999)+"\nx\n", 40) + "0\n\n"},
		{"a trailer section is bounded as a head is; net/http has 4 KiB",
			"", "suspiciously long trailer", chunked + "0\nX: " + strings.Repeat("x", 4096) + "\n\n"},
		{"Trailer says what will come; nothing depends on it here",
			"", "bad trailer key", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nTrailer: Content-Length\n\n0\n\n"},
	}
}

// differs reports whether two readings of a response are at odds; how both
// refuse it does not matter.
func differs(ours, theirs outcome, ourErr, theirErr error) bool {
	return (ourErr == nil) != (theirErr == nil) || ourErr == nil && ours != theirs
}

// explains reports whether d is what two readings that differ come from.
func (d difference) explains(ours, theirs outcome, ourErr, theirErr error) bool {
	if d.ours == "" && d.theirs == "" {
		ours.keep = true
		return ourErr == nil && theirErr == nil && theirs.keep && ours == theirs
	}
	return isPart(d.ours, ourErr) && isPart(d.theirs, theirErr)
}

func isPart(text string, err error) bool {
	if text == "" || err == nil {
		return text == "" && err == nil
	}
	return strings.Contains(err.Error(), text)
}

func TestDifferencesFromNetHTTPAreAsListed(t *testing.T) {
	for _, d := range differences() {
		t.Run(d.why, func(t *testing.T) {
			stream := bytes.ReplaceAll(crlf(d.example), []byte("\v"), []byte("\n"))
			ours, ourErr := viaOurs(false, stream)
			theirs, theirErr := viaNetHTTP(false, stream)
			if !d.explains(ours, theirs, ourErr, theirErr) {
				t.Errorf("%.300q: ours %v, %v; net/http's %v, %v; want errors with %q and %q", stream, ours,
					ourErr, theirs,
					theirErr, d.ours, d.theirs)
			}
		})
	}
}

// FuzzResponse reads what servers might send and holds it against net/http,
// and against the same bytes that come one by one.
func FuzzResponse(f *testing.F) {
	for _, stream := range recorded(f) {
		f.Add(stream, false)
		f.Add(stream, true)
	}
	for _, d := range differences() {
		if len(d.example) > 1<<10 {
			continue // go test takes minutes to make such inputs small
		}
		f.Add(bytes.ReplaceAll(crlf(d.example), []byte("\v"), []byte("\n")), false)
	}
	f.Fuzz(func(t *testing.T, stream []byte, toHead bool) {
		one, many := readAll(toHead, stream), readAll(toHead, bytewise(stream)...)
		if !slices.Equal(one, many) {
			t.Errorf("in one read %v, byte by byte %v", one, many)
		}
		ours, ourErr := viaOurs(toHead, stream)
		theirs, theirErr := viaNetHTTP(toHead, stream)
		if !differs(ours, theirs, ourErr, theirErr) {
			return
		}
		listed := slices.ContainsFunc(differences(), func(d difference) bool {
			return d.explains(ours, theirs, ourErr, theirErr) &&
				(d.ours != "" || d.theirs != "" || namesCodingInHTTP10(stream))
		})
		if !listed {
			t.Errorf("ours: %v, error %v\nnet/http's: %v, error %v", ours, ourErr, theirs, theirErr)
		}
	})
}

func namesCodingInHTTP10(stream []byte) bool {
	lower := bytes.ToLower(stream)
	return bytes.Contains(lower, []byte("http/1.0")) && bytes.Contains(lower, []byte("transfer-encoding"))
}
