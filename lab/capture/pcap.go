package capture

import (
	"encoding/binary"
	"time"
)

// Frame is an Ethernet frame as it was seen on a device.
type Frame struct {
	// At is the kernel's time of it.
	At time.Time
	// Bytes are its first ones, up to [Snap].
	Bytes []byte
	// Length is that of the whole frame.
	Length int
	// Sent tells that the device sent it; else it was received.
	Sent bool
}

// Snap is how many bytes of a frame are kept: every header, and some data.
const Snap = 400

// Of the classic format, pcap-savefile(5).
const (
	magicNanoseconds = 0xa1b23c4d
	linkEthernet     = 1
	fileHeader       = 24
	frameHeader      = 16
)

// Pcap is a file of the frames in the classic format, with nanoseconds.
func Pcap(frames []Frame) []byte {
	size := fileHeader
	for _, f := range frames {
		size += frameHeader + len(f.Bytes)
	}
	put := binary.LittleEndian
	b := make([]byte, 0, size)
	b = put.AppendUint32(b, magicNanoseconds)
	b = put.AppendUint16(b, 2) // version 2.4
	b = put.AppendUint16(b, 4)
	b = put.AppendUint32(b, 0) // reserved
	b = put.AppendUint32(b, 0)
	b = put.AppendUint32(b, Snap)
	b = put.AppendUint32(b, linkEthernet)
	for _, f := range frames {
		b = put.AppendUint32(b, uint32(f.At.Unix()))
		b = put.AppendUint32(b, uint32(f.At.Nanosecond()))
		b = put.AppendUint32(b, uint32(len(f.Bytes)))
		b = put.AppendUint32(b, uint32(f.Length))
		b = append(b, f.Bytes...)
	}
	return b
}
