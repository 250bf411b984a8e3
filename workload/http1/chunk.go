package http1

import (
	"bytes"
	"math"
)

// takeChunkSize reads the line before a chunk's data: hexadecimal digits,
// perhaps with extensions, which mean nothing here (RFC 9112, 7.1).
func (r *Response) takeChunkSize(line []byte) error {
	if bytes.IndexByte(line, '\r') >= 0 {
		return malformed("chunk size %.64q: CR within the line", line)
	}
	digits := line
	if i := bytes.IndexByte(line, ';'); i >= 0 {
		digits = line[:i]
	}
	for len(digits) > 0 && isSpace(digits[len(digits)-1]) {
		digits = digits[:len(digits)-1]
	}
	n, ok := parseChunkSize(digits)
	if !ok {
		return malformed("chunk size %.64q", line)
	}
	r.left, r.state = n, inChunk
	if n == 0 {
		r.state, r.size = inTrailer, 0
		r.flags &^= foldable
	}
	return nil
}

// parseChunkSize reads hexadecimal digits; false for anything else and for
// what exceeds an int64.
func parseChunkSize(digits []byte) (int64, bool) {
	var n int64
	for _, c := range digits {
		d, ok := unhex(c)
		if !ok || n > math.MaxInt64>>4 {
			return 0, false
		}
		n = n<<4 | int64(d)
	}
	return n, len(digits) > 0
}

func unhex(c byte) (byte, bool) {
	switch lower := c | 0x20; {
	case isDigit(c):
		return c - '0', true
	case 'a' <= lower && lower <= 'f':
		return lower - 'a' + 10, true
	default:
		return 0, false
	}
}
