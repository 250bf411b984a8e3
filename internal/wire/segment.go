package wire

import (
	"encoding/binary"
	"net/netip"
)

// Side is an end of the link; the zero value is either of them.
type Side uint8

// The ends.
const (
	Either Side = iota
	Client
	Server
)

// String returns the word that rules have for the side.
func (s Side) String() string { return [...]string{"either", "client", "server"}[s] }

// Other is the opposite end.
func (s Side) Other() Side { return [...]Side{Either, Server, Client}[s] }

// Segment is what a TCP header says, and how much data follows it.
type Segment struct {
	Src, Dst netip.AddrPort
	Seq, Ack uint32
	// Window is the field of the header, without its scale.
	Window uint16
	Flags  Flags
	// Payload counts bytes of data, as the IP header tells: a frame may be cut short.
	Payload int
}

// end is the sequence number after the segment's last; SYN and FIN have one each.
func (s Segment) end() uint32 {
	end := s.Seq + uint32(s.Payload)
	for _, f := range []Flags{SYN, FIN} {
		if s.Flags.Has(f) {
			end++
		}
	}
	return end
}

// Of an Ethernet frame, RFC 791, RFC 8200 and RFC 9293.
const (
	etherHeader  = 14
	etherIPv4    = 0x0800
	etherIPv6    = 0x86dd
	ipv4Header   = 20
	ipv6Header   = 40
	tcpHeader    = 20
	protocolTCP  = 6
	fragmentBits = 0x1fff
)

// ParseSegment reads the TCP segment of an Ethernet frame with IPv4, or IPv6
// without extension headers; false where there is none, or its headers are
// not whole.
func ParseSegment(frame []byte) (Segment, bool) {
	if len(frame) < etherHeader {
		return Segment{}, false
	}
	packet := frame[etherHeader:]
	switch binary.BigEndian.Uint16(frame[12:]) {
	case etherIPv4:
		return parseIPv4(packet)
	case etherIPv6:
		return parseIPv6(packet)
	default:
		return Segment{}, false
	}
}

func parseIPv4(p []byte) (Segment, bool) {
	if len(p) < ipv4Header || p[0]>>4 != 4 || p[9] != protocolTCP || binary.BigEndian.Uint16(p[6:])&fragmentBits != 0 {
		return Segment{}, false
	}
	header, total := int(p[0]&0xf)*4, int(binary.BigEndian.Uint16(p[2:]))
	if header < ipv4Header || len(p) < header {
		return Segment{}, false
	}
	src, dst := netip.AddrFrom4([4]byte(p[12:16])), netip.AddrFrom4([4]byte(p[16:20]))
	return parseTCP(p[header:], src, dst, total-header)
}

func parseIPv6(p []byte) (Segment, bool) {
	if len(p) < ipv6Header || p[0]>>4 != 6 || p[6] != protocolTCP {
		return Segment{}, false
	}
	src, dst := netip.AddrFrom16([16]byte(p[8:24])), netip.AddrFrom16([16]byte(p[24:40]))
	return parseTCP(p[ipv6Header:], src, dst, int(binary.BigEndian.Uint16(p[4:])))
}

// parseTCP reads a header; length is of the segment, header and data.
func parseTCP(p []byte, src, dst netip.Addr, length int) (Segment, bool) {
	if len(p) < tcpHeader {
		return Segment{}, false
	}
	header := int(p[12]>>4) * 4
	if header < tcpHeader || header > length {
		return Segment{}, false
	}
	return Segment{
		Src:     netip.AddrPortFrom(src, binary.BigEndian.Uint16(p)),
		Dst:     netip.AddrPortFrom(dst, binary.BigEndian.Uint16(p[2:])),
		Seq:     binary.BigEndian.Uint32(p[4:]),
		Ack:     binary.BigEndian.Uint32(p[8:]),
		Flags:   Flags(p[13]),
		Window:  binary.BigEndian.Uint16(p[14:]),
		Payload: length - header,
	}, true
}
