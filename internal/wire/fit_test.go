package wire

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
)

// sealed is the frame of a segment with its checksum.
func sealed(s Segment) []byte {
	frame := build(s)
	tcp := frame[len(frame)-tcpHeader-s.Payload:]
	binary.BigEndian.PutUint16(tcp[16:], ^sum(s, tcp))
	return frame
}

// sum is the Internet checksum's sum of a segment and its pseudo header, all
// ones where the checksum in it is right (RFC 1071).
func sum(s Segment, tcp []byte) uint16 {
	words := slices.Concat(s.Src.Addr().AsSlice(), s.Dst.Addr().AsSlice(),
		[]byte{0, protocolTCP, byte(len(tcp) >> 8), byte(len(tcp))}, tcp, []byte{0})
	var sum uint32
	for i := 0; i+1 < len(words); i += 2 { // an odd last byte has a zero after it
		sum += uint32(binary.BigEndian.Uint16(words[i:]))
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return uint16(sum)
}

// An old segment gets the numbers that come next, and nothing else changes.
func TestAFittedReplayHasTheNumbersThatComeNext(t *testing.T) {
	for _, v6 := range []bool{false, true} {
		for _, first := range []uint32{5_000, 0xffff_fff0} { // and one that comes round
			got, want := replayed(t, v6, "replay fitted data from client nth 1 each on data from client nth 1 each",
				first)
			if got != want {
				t.Errorf("IPv6 %v: the replay is %+v, want %+v", v6, got, want)
			}
		}
	}
}

// replayed plays two connections of one 4-tuple, the second of which begins
// with first, and returns the old segment that is sent into it, and the one
// that would be next there.
func replayed(t *testing.T, v6 bool, text string, first uint32) (got, next Segment) {
	t.Helper()
	rules, err := ParseRules(text)
	if err != nil {
		t.Fatal(err)
	}
	p := NewProgram(rules, 1)
	client, server := ends(v6)
	c, s := netip.AddrPortFrom(client, 40000), netip.AddrPortFrom(server, 7000)
	var out []Departure
	connection := func(isn, theirs uint32) {
		for _, f := range []struct {
			from Side
			seg  Segment
		}{
			{Client, Segment{Src: c, Dst: s, Seq: isn, Flags: SYN}},
			{Server, Segment{Src: s, Dst: c, Seq: theirs, Ack: isn + 1, Flags: SYN | ACK}},
			{Client, Segment{Src: c, Dst: s, Seq: isn + 1, Ack: theirs + 1, Flags: ACK}},
			{Client, Segment{Src: c, Dst: s, Seq: isn + 1, Ack: theirs + 1, Flags: PSH | ACK, Payload: 64}},
		} {
			out = p.Decide(0, f.from, sealed(f.seg))
		}
	}
	connection(1_000, 2_000)
	connection(first, 9_000)
	if len(out) != 2 {
		t.Fatalf("the second connection's data left as %d frames, want it and the old one", len(out))
	}
	got, ok := ParseSegment(out[1].Frame)
	if !ok {
		t.Fatalf("the replay is no segment: %x", out[1].Frame)
	}
	if tcp := out[1].Frame[len(out[1].Frame)-tcpHeader-got.Payload:]; sum(got, tcp) != 0xffff {
		t.Errorf("IPv6 %v: the replay's checksum is wrong: sum %#x", v6, sum(got, tcp))
	}
	return got, Segment{Src: c, Dst: s, Seq: first + 1 + 64, Ack: 9_001, Flags: PSH | ACK, Payload: 64}
}

// Whatever the segment, it is one of the later connection; only with ACK does
// it acknowledge anything.
func TestAFittedReplayOfEachKindOfSegment(t *testing.T) {
	tests := []struct {
		name, kind string
		flags      Flags
		ack        uint32
	}{
		{"SYN, inside a connection that has one", "syn", SYN, 0},
		{"RST", "rst", RST, 0},
		{"RST with ACK", "rst", RST | ACK, 9_001},
		{"FIN", "fin", FIN | ACK, 9_001},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rules, err := ParseRules("replay fitted " + tt.kind + " from client nth 1 on ack from client nth 1")
			if err != nil {
				t.Fatal(err)
			}
			p := NewProgram(rules, 1)
			client, server := ends(false)
			c, s := netip.AddrPortFrom(client, 40000), netip.AddrPortFrom(server, 7000)
			var out []Departure
			for _, f := range []struct {
				from Side
				seg  Segment
			}{
				{Client, Segment{Src: c, Dst: s, Seq: 1_000, Flags: SYN}},
				{Server, Segment{Src: s, Dst: c, Seq: 2_000, Ack: 1_001, Flags: SYN | ACK}},
				{Client, Segment{Src: c, Dst: s, Seq: 1_001, Flags: tt.flags}},
				{Client, Segment{Src: c, Dst: s, Seq: 5_000, Flags: SYN}},
				{Server, Segment{Src: s, Dst: c, Seq: 9_000, Ack: 5_001, Flags: SYN | ACK}},
				{Client, Segment{Src: c, Dst: s, Seq: 5_001, Ack: 9_001, Flags: ACK}},
			} {
				out = p.Decide(0, f.from, sealed(f.seg))
			}
			want := Segment{Src: c, Dst: s, Seq: 5_001, Ack: tt.ack, Flags: tt.flags}
			if got, _ := ParseSegment(out[len(out)-1].Frame); len(out) != 2 || got != want {
				t.Errorf("what left is %d frames, the last one %+v, want the ACK and %+v", len(out), got, want)
			}
		})
	}
}

func TestAReplayThatIsNotFittedKeepsItsNumbers(t *testing.T) {
	got, _ := replayed(t, false, "replay data from client nth 1 each on data from client nth 1 each", 5_000)
	if got.Seq != 1_001 || got.Ack != 2_001 {
		t.Errorf("the replay has seq %d, ack %d, want 1001 and 2001", got.Seq, got.Ack)
	}
}

// What is sent again in the connection that it is of fits as it is.
func TestAFittedReplayInItsOwnConnectionStaysAsItIs(t *testing.T) {
	rules, err := ParseRules("replay fitted data from client nth 1 on ack from client nth 2")
	if err != nil {
		t.Fatal(err)
	}
	p := NewProgram(rules, 1)
	client, server := ends(false)
	seg := Segment{Src: netip.AddrPortFrom(client, 1), Dst: netip.AddrPortFrom(server, 2), Seq: 100, Ack: 7}
	var out []Departure
	for _, f := range []struct {
		flags   Flags
		payload int
	}{{SYN, 0}, {ACK, 0}, {ACK, 10}, {ACK, 0}} {
		seg.Flags, seg.Payload = f.flags, f.payload
		out = p.Decide(0, Client, sealed(seg))
	}
	if got, _ := ParseSegment(out[len(out)-1].Frame); len(out) != 2 || got.Seq != 100 || got.Payload != 10 {
		t.Errorf("what left is %d frames, the last one %+v, want the ACK and the data as it was", len(out), got)
	}
}
