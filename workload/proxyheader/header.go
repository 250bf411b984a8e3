// Package proxyheader makes the header by which a proxy says whose connection it passes
// on: the PROXY protocol of haproxy (doc/proxy-protocol.txt), version 1 and 2. It is pure.
package proxyheader

import (
	"encoding/binary"
	"net/netip"
	"strconv"
)

// MaxSize is how many bytes a header has at most: that of version 1 over IPv6.
const MaxSize = 107

// signature begins a header of version 2.
const signature = "\r\n\r\n\x00\r\nQUIT\n"

// The 13th and 14th byte of version 2: version and command, family and protocol.
const (
	proxied = 0x21
	tcp4    = 0x11
	tcp6    = 0x21
)

// AppendV1 adds the header of version 1, a line of text, for a connection over TCP.
func AppendV1(b []byte, src, dst netip.AddrPort) []byte {
	family := "TCP6"
	if src.Addr().Unmap().Is4() {
		family = "TCP4"
	}
	b = append(append(b, "PROXY "...), family...)
	b = src.Addr().Unmap().AppendTo(append(b, ' '))
	b = dst.Addr().Unmap().AppendTo(append(b, ' '))
	b = strconv.AppendUint(append(b, ' '), uint64(src.Port()), 10)
	b = strconv.AppendUint(append(b, ' '), uint64(dst.Port()), 10)
	return append(b, "\r\n"...)
}

// AppendV2 adds the header of version 2, which is binary, for a connection over TCP.
func AppendV2(b []byte, src, dst netip.AddrPort) []byte {
	from, to := src.Addr().Unmap(), dst.Addr().Unmap()
	family := byte(tcp6)
	if from.Is4() {
		family = tcp4
	}
	b = append(append(b, signature...), proxied, family)
	b = binary.BigEndian.AppendUint16(b, uint16(2*from.BitLen()/8+4))
	b = append(append(b, from.AsSlice()...), to.AsSlice()...)
	b = binary.BigEndian.AppendUint16(b, src.Port())
	return binary.BigEndian.AppendUint16(b, dst.Port())
}
