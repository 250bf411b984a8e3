package metrics

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"hash/adler32"
	"io"
	"math"
)

// barCount is how many latencies a bar has.
type barCount struct {
	bar int
	n   int64
}

// addOwn adds a histogram with the bars of h that [Histogram.HDR] wrote; false, and
// nothing added, for any other text.
//
// Note: the library decodes any, in more than twice the time. A long run joins hundreds of
// intervals at once, while others go on.
func (h *Histogram) addOwn(text string) bool { return h.addPlain(text, unstored) }

// addCompressed is the same of one that a [Summarizer] compressed.
func (h *Histogram) addCompressed(text string) bool { return h.addPlain(text, inflated) }

// addPlain adds a histogram that open makes of a stream.
func (h *Histogram) addPlain(text string, open func(stream []byte) ([]byte, bool)) bool {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	const envelope = 8
	if err != nil || len(raw) < envelope || !bytes.Equal(raw[:envelope], envelopeOf(len(raw)-envelope)) {
		return false
	}
	plain, ok := open(raw[envelope:])
	if !ok {
		return false
	}
	head := h.head(0)
	if len(plain) < len(head) || !bytes.Equal(plain[:len(head)], h.head(len(plain)-len(head))) {
		return false
	}
	counts, ok := h.decodeBars(plain[len(head):])
	if !ok {
		return false
	}
	for _, c := range counts {
		h.add(c.bar, c.n)
	}
	return true
}

// mostPlain is more than any histogram of ours has: 9 bytes for each bar.
const mostPlain = 1 << 20

// inflated is what a stream was made of that is compressed.
func inflated(stream []byte) ([]byte, bool) {
	r, err := zlib.NewReader(bytes.NewReader(stream))
	if err != nil {
		return nil, false
	}
	b, err := io.ReadAll(io.LimitReader(r, mostPlain))
	return b, err == nil && len(b) < mostPlain
}

// unstored is what [stored] made a stream of.
func unstored(stream []byte) ([]byte, bool) {
	const before, after = 7, 4
	if len(stream) < before+after {
		return nil, false
	}
	b := stream[before : len(stream)-after]
	if !bytes.Equal(stream[:before], stored(b)[:before]) ||
		binary.BigEndian.Uint32(stream[len(stream)-after:]) != adler32.Checksum(b) {
		return nil, false
	}
	return b, true
}

// decodeBars is the inverse of [encodeBars]; false where h has no such bars, or no room
// for as many.
func (h *Histogram) decodeBars(b []byte) ([]barCount, bool) {
	out := make([]barCount, 0, len(b))
	bar, room := 0, math.MaxInt64-h.count
	for len(b) > 0 {
		v, n := binary.Varint(b)
		switch {
		case n <= 0 || v < -int64(len(h.bars)):
			return nil, false
		case v < 0:
			bar -= int(v)
		default:
			if v > 0 {
				out = append(out, barCount{bar, v})
			}
			bar++
			room -= v
		}
		if room < 0 || bar > len(h.bars) {
			return nil, false
		}
		b = b[n:]
	}
	return out, true
}
