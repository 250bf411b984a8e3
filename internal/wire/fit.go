package wire

import "encoding/binary"

// fit gives a kept frame the sequence numbers that come next in a later
// connection of the same addresses and ports; all else, timestamps as well,
// stays as it is.
//
// An old segment's numbers may be those by chance: of one in so many where a
// host chooses initial sequence numbers at random, and on Linux where the old
// connection had sent more than secure_tcp_seq's clock has gone on, 15.6 MB/s.
func (k kept) fit(c *Conn) {
	if c == k.conn || !c.known[Client] || !c.known[Server] {
		return
	}
	tcp := k.Frame[etherHeader:]
	if tcp[0]>>4 == 4 {
		tcp = tcp[int(tcp[0]&0xf)*4:]
	} else {
		tcp = tcp[ipv6Header:]
	}
	replace(tcp, 4, c.next[k.From])
	if k.seg.Flags.Has(ACK) {
		replace(tcp, 8, c.next[k.From.Other()])
	}
}

// replace overwrites 32 bits and corrects the checksum for it
// (RFC 1624, 3: HC' = ~(~HC + ~m + m')).
func replace(tcp []byte, at int, v uint32) {
	const checksum = 16
	sum := uint32(^binary.BigEndian.Uint16(tcp[checksum:]))
	for i := range 2 {
		field := tcp[at+2*i:]
		sum += uint32(^binary.BigEndian.Uint16(field)) + v>>(16-16*i)&0xffff
	}
	binary.BigEndian.PutUint32(tcp[at:], v)
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	binary.BigEndian.PutUint16(tcp[checksum:], ^uint16(sum))
}
