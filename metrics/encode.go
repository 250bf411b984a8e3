package metrics

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"hash/adler32"
	"math"
	"time"
)

// Cookies of HdrHistogram's V2 encoding, of the bars and of what is compressed.
const (
	barsCookie       = 0x1c849303 | 0x10
	compressedCookie = 0x1c849304 | 0x10
)

// worthCompressing is from how many bytes on a histogram is smaller when it is compressed.
const worthCompressing = 128

// encoder writes histograms in HdrHistogram's V2 format, compressed, in base64.
//
// Note: the library's own Encode makes a compressor each time, which is 0.8 MB and takes
// 0.4 ms; five of them were a tenth of a cell with one connection.
type encoder struct {
	compressor *zlib.Writer
	compressed bytes.Buffer
}

func (e *encoder) encode(h *Histogram) string { return enveloped(e.compress(encodePlain(h))) }

// HDR is h in the same format, "" when nothing was recorded. It is stored in its zlib
// stream as it is, which takes no compressor and, of two significant digits, at most 41 KB.
func (h *Histogram) HDR() string {
	if h == nil || h.count == 0 {
		return ""
	}
	return enveloped(stored(encodePlain(h)))
}

// encodePlain is h before it is compressed.
func encodePlain(h *Histogram) []byte {
	bars := encodeBars(h.bars[:h.top])
	return append(h.head(len(bars)), bars...)
}

// head stands before so many bytes of bars.
func (r resolution) head(bars int) []byte {
	plain := binary.BigEndian.AppendUint32(nil, barsCookie)
	plain = binary.BigEndian.AppendUint32(plain, uint32(bars))
	plain = binary.BigEndian.AppendUint32(plain, 0) // by how much the bars are rotated
	plain = binary.BigEndian.AppendUint32(plain, uint32(r.digits))
	plain = binary.BigEndian.AppendUint64(plain, uint64(time.Nanosecond))
	plain = binary.BigEndian.AppendUint64(plain, uint64(MaxLatency))
	return binary.BigEndian.AppendUint64(plain, math.Float64bits(1)) // of a nanosecond
}

// enveloped puts its head before a zlib stream, in base64.
func enveloped(compressed []byte) string {
	return base64.StdEncoding.EncodeToString(append(envelopeOf(len(compressed)), compressed...))
}

// envelopeOf stands before a stream of so many bytes.
func envelopeOf(compressed int) []byte {
	out := binary.BigEndian.AppendUint32(nil, compressedCookie)
	return binary.BigEndian.AppendUint32(out, uint32(compressed))
}

// compress makes a zlib stream (RFC 1950) of b. It is valid until the next one.
func (e *encoder) compress(b []byte) []byte {
	if len(b) < worthCompressing {
		return stored(b)
	}
	e.compressed.Reset()
	if e.compressor == nil {
		e.compressor, _ = zlib.NewWriterLevel(&e.compressed, zlib.BestCompression) // a level that there is
	} else {
		e.compressor.Reset(&e.compressed)
	}
	_, _ = e.compressor.Write(b) // to memory
	_ = e.compressor.Close()
	return e.compressed.Bytes()
}

// stored is a zlib stream of less than 64 KiB that are in it as they are (RFC 1951, 3.2.4).
func stored(b []byte) []byte {
	out := []byte{0x78, 0x01, 1} // a window of 32 KiB; the last block, stored
	out = binary.LittleEndian.AppendUint16(out, uint16(len(b)))
	out = binary.LittleEndian.AppendUint16(out, ^uint16(len(b)))
	return binary.BigEndian.AppendUint32(append(out, b...), adler32.Checksum(b))
}

// encodeBars are counts in zigzag LEB128, where more than one in a row that is 0 is its
// negative number. The format's ninth byte has eight bits of a count; none comes to 2^55.
func encodeBars(bars []int64) []byte {
	var out []byte
	for i := 0; i < len(bars); {
		empty := 0
		for bars[i+empty] == 0 { // the last one is not
			empty++
		}
		switch {
		case empty == 1:
			out = binary.AppendVarint(out, 0)
		case empty > 1:
			out = binary.AppendVarint(out, -int64(empty))
		}
		out = binary.AppendVarint(out, bars[i+empty])
		i += empty + 1
	}
	return out
}
