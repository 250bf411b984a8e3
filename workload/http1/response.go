package http1

import (
	"bytes"
	"fmt"
	"math"
)

// MaxHead bounds, in bytes, the head of a response together with those of the
// interim responses before it; apart from that, each line between chunks, and
// the trailer section.
const MaxHead = 64 << 10

// state is what the next byte belongs to.
type state uint8

const (
	inStatus state = iota
	inField
	inChunkSize
	inChunkEnd // the CRLF behind a chunk's data
	inTrailer
	// Up to here it is read by lines, from here by lengths.
	inBody
	inChunk
	inRest // a body that ends with the connection
	complete
)

// flags are what the head said.
type flags uint8

const (
	head        flags = 1 << iota // it answers a HEAD request, which has no body
	http10                        // its version is HTTP/1.0
	closes                        // the connection ends with it
	keeps                         // keep-alive, of meaning in HTTP/1.0 alone
	hasLength                     // Content-Length was given, and is in left
	hasCoding                     // Transfer-Encoding was given
	lastChunked                   // the last transfer coding so far is chunked
	foldable                      // the next line may continue the last one
)

// Response reads one response at a time of a connection. The zero value is
// ready for the response to anything but HEAD; Reset makes it so again. After
// an error the connection has no further use.
type Response struct {
	// Status is the code of the latest status line: while Feed is not done,
	// perhaps that of an interim response; 0 before the first one.
	Status int

	// BodyBytes counts the body as far as it has come, without the framing of
	// chunks; other codings are not undone.
	BodyBytes int64

	left  int64  // bytes of the body or chunk to come; in the head, Content-Length
	spill []byte // a line whose end has not come
	size  int32  // of the lines read in this head, chunk's line or trailer
	state state
	flags flags
}

// Reset makes r ready for the next response; toHead says that it answers a
// HEAD request.
func (r *Response) Reset(toHead bool) {
	*r = Response{spill: r.spill[:0]}
	if toHead {
		r.flags = head
	}
}

// Feed reads on in p, up to the end of the response, and returns how many
// bytes of p it used: all, when the response is not done. Interim responses
// (1xx but 101) are passed over. Errors are ErrMalformed and ErrTooLarge.
func (r *Response) Feed(p []byte) (n int, done bool, err error) {
	for n < len(p) && r.state != complete && err == nil {
		var used int
		if r.state < inBody {
			used, err = r.feedLine(p[n:])
		} else {
			used = r.feedBody(p[n:])
		}
		n += used
	}
	return n, r.state == complete, err
}

// End says that the peer has sent all it will (FIN). It returns nil when the
// response was done, or is done with that, otherwise ErrCutShort.
func (r *Response) End() error {
	switch r.state {
	case inRest, complete:
		r.state = complete
		return nil
	case inStatus, inField:
		return fmt.Errorf("%w: connection closed after %d bytes of its head", ErrCutShort, int(r.size)+len(r.spill))
	case inBody:
		return fmt.Errorf("%w: connection closed %d bytes before the end of its body", ErrCutShort, r.left)
	default:
		return fmt.Errorf("%w: connection closed after %d bytes of its chunked body", ErrCutShort, r.BodyBytes)
	}
}

// Started reports whether any byte has come, be it of an interim response. A
// request whose connection ended before that may be sent again if it is
// [Idempotent].
func (r *Response) Started() bool {
	return r.state != inStatus || r.size > 0 || len(r.spill) > 0
}

// KeepAlive reports whether the connection may be used for another request
// (RFC 9112, 9.3): false before the response is done.
func (r *Response) KeepAlive() bool {
	switch {
	case r.state != complete, r.flags&closes != 0, r.Status == 101:
		return false
	case r.flags&http10 != 0:
		// Framing is faulty where HTTP/1.0 names a coding (RFC 9112, 6.1).
		return r.flags&keeps != 0 && r.flags&hasCoding == 0
	default:
		return true
	}
}

// feedLine takes a line from p, or keeps what there is of it.
func (r *Response) feedLine(p []byte) (int, error) {
	n := bytes.IndexByte(p, '\n') + 1
	if n == 0 {
		r.keep(p)
		return len(p), r.check(r.spill)
	}
	line := p[:n]
	if len(r.spill) > 0 {
		r.keep(line)
		line, r.spill = r.spill, r.spill[:0]
	}
	if err := r.check(line); err != nil {
		return n, err
	}
	r.size += int32(len(line))
	return n, r.takeLine(line)
}

// keep adds p to the unfinished line. Of what exceeds the bound, one byte tells
// as much as all.
func (r *Response) keep(p []byte) {
	r.spill = append(r.spill, p[:min(len(p), MaxHead+1)]...)
}

// check refuses a line, finished or not, that no further byte can put right:
// a peer that speaks something else may never send the end of a line.
func (r *Response) check(line []byte) error {
	const version, crlf = "HTTP/1.", "\r\n"
	switch {
	case r.state == inStatus && string(line[:min(len(line), len(version))]) != version[:min(len(line), len(version))]:
		return malformed("it begins with %.32q, not with %s", line, version)
	case r.state == inChunkEnd && string(line) != crlf[:min(len(line), len(crlf))]:
		return malformed("%.32q where a chunk should end", line)
	case int(r.size)+len(line) > MaxHead:
		return fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxHead)
	}
	return nil
}

// takeLine reads a whole line.
func (r *Response) takeLine(line []byte) error {
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	} else if r.state > inField {
		// In the head a bare LF may pass (RFC 9112, 2.2), and some servers send
		// it. Within chunks readers differ on it, which hides responses.
		return malformed("line %.64q of a chunked body ends without CR", line)
	}
	switch r.state {
	case inStatus:
		return r.takeStatus(line)
	case inChunkSize:
		return r.takeChunkSize(line)
	case inChunkEnd:
		r.state = inChunkSize
		return nil
	}
	switch {
	case len(line) > 0:
		return r.takeField(line)
	case r.state == inTrailer:
		r.state = complete
	default:
		r.endHead()
	}
	return nil
}

// endHead decides how the body ends (RFC 9112, 6.3).
func (r *Response) endHead() {
	switch {
	case r.Status < 200 && r.Status != 101:
		r.state = inStatus
	case r.flags&head != 0, r.Status == 101, r.Status == 204, r.Status == 304:
		r.state = complete
	case r.flags&(hasCoding|http10) == hasCoding && r.flags&lastChunked != 0:
		r.state, r.size = inChunkSize, 0
	case r.flags&(hasCoding|http10) == hasCoding, r.flags&hasLength == 0:
		r.state, r.left = inRest, math.MaxInt64
		r.flags |= closes
	case r.left > 0:
		r.state = inBody
	default:
		r.state = complete
	}
}

// feedBody passes over what p has of a body or chunk.
func (r *Response) feedBody(p []byte) int {
	n := min(int64(len(p)), r.left)
	r.left -= n
	r.BodyBytes += n
	switch {
	case r.left > 0:
	case r.state == inChunk:
		r.state, r.size = inChunkEnd, 0
	default:
		r.state = complete
	}
	return int(n)
}
