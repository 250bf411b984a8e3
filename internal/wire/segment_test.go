package wire

import (
	"encoding/binary"
	"net/netip"
	"testing"
)

// ends are the addresses that the tests' frames have.
func ends(v6 bool) (client, server netip.Addr) {
	if v6 {
		return netip.MustParseAddr("2001:2:0:1::1"), netip.MustParseAddr("2001:2:0:2::1")
	}
	return netip.MustParseAddr("198.18.0.1"), netip.MustParseAddr("198.19.0.1")
}

// build is the frame of a segment, its data zeros.
func build(s Segment) []byte {
	tcp := make([]byte, tcpHeader+s.Payload)
	binary.BigEndian.PutUint16(tcp, s.Src.Port())
	binary.BigEndian.PutUint16(tcp[2:], s.Dst.Port())
	binary.BigEndian.PutUint32(tcp[4:], s.Seq)
	binary.BigEndian.PutUint32(tcp[8:], s.Ack)
	tcp[12], tcp[13] = tcpHeader/4<<4, byte(s.Flags)
	binary.BigEndian.PutUint16(tcp[14:], s.Window)
	frame := make([]byte, etherHeader)
	if s.Src.Addr().Is4() {
		binary.BigEndian.PutUint16(frame[12:], etherIPv4)
		ip := make([]byte, ipv4Header)
		ip[0], ip[9] = 0x45, protocolTCP
		binary.BigEndian.PutUint16(ip[2:], uint16(ipv4Header+len(tcp)))
		copy(ip[12:], s.Src.Addr().AsSlice())
		copy(ip[16:], s.Dst.Addr().AsSlice())
		return append(append(frame, ip...), tcp...)
	}
	binary.BigEndian.PutUint16(frame[12:], etherIPv6)
	ip := make([]byte, ipv6Header)
	ip[0], ip[6] = 0x60, protocolTCP
	binary.BigEndian.PutUint16(ip[4:], uint16(len(tcp)))
	copy(ip[8:], s.Src.Addr().AsSlice())
	copy(ip[24:], s.Dst.Addr().AsSlice())
	return append(append(frame, ip...), tcp...)
}

func TestParseSegment(t *testing.T) {
	for _, v6 := range []bool{false, true} {
		client, server := ends(v6)
		want := Segment{
			Src: netip.AddrPortFrom(client, 40000), Dst: netip.AddrPortFrom(server, 7000),
			Seq: 1 << 31, Ack: 7, Window: 512, Flags: PSH | ACK, Payload: 64,
		}
		frame := build(want)
		if got, ok := ParseSegment(frame); !ok || got != want {
			t.Errorf("ParseSegment(IPv6 %v) = %+v, %v, want %+v", v6, got, ok, want)
		}
		if got, ok := ParseSegment(frame[:len(frame)-64]); !ok || got != want {
			t.Errorf("ParseSegment(IPv6 %v) without its data = %+v, %v, want %+v", v6, got, ok, want)
		}
		if _, ok := ParseSegment(frame[:len(frame)-65]); ok {
			t.Errorf("ParseSegment(IPv6 %v) with a part of a header = true, want false", v6)
		}
	}
	arp := make([]byte, 60)
	arp[12], arp[13] = 0x08, 0x06
	if _, ok := ParseSegment(arp); ok {
		t.Error("ParseSegment(ARP) = true, want false")
	}
}

func TestFlagsAreWrittenAsTcpdumpDoes(t *testing.T) {
	for f, want := range map[Flags]string{
		SYN: "S", SYN | ACK: "S.", ACK: ".", PSH | ACK: "P.", FIN | ACK: "F.", FIN | PSH | ACK: "FP.", RST: "R",
		RST | ACK: "R.", 0: "none", SYN | ECE | CWR: "SEW",
	} {
		if got := f.String(); got != want {
			t.Errorf("Flags(%#x).String() = %q, want %q", uint8(f), got, want)
		}
	}
}

func FuzzParseSegment(f *testing.F) {
	for _, v6 := range []bool{false, true} {
		client, server := ends(v6)
		f.Add(build(Segment{Src: netip.AddrPortFrom(client, 1), Dst: netip.AddrPortFrom(server, 2),
			Flags: ACK, Payload: 3}))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		s, ok := ParseSegment(frame)
		if ok && (s.Payload < 0 || s.Payload > 1<<16) {
			t.Errorf("ParseSegment(%x).Payload = %d, want 0 to 65536", frame, s.Payload)
		}
	})
}
