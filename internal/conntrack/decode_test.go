package conntrack

import (
	"encoding/binary"
	"net/netip"
	"testing"
)

// attribute is one as the kernel writes it, padded to four bytes.
func attribute(kind uint16, value ...byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(value)))
	b = append(binary.NativeEndian.AppendUint16(b, kind), value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func nested(kind uint16, parts ...[]byte) []byte {
	var all []byte
	for _, p := range parts {
		all = append(all, p...)
	}
	return attribute(kind|1<<15, all...)
}

func port(n uint16) []byte { return binary.BigEndian.AppendUint16(nil, n) }

func direction(kind uint16, protocol byte, src, dst netip.AddrPort) []byte {
	from, to := uint16(ctaIPv4Src), uint16(ctaIPv4Dst)
	if src.Addr().Is6() {
		from, to = ctaIPv6Src, ctaIPv6Dst
	}
	return nested(kind,
		nested(ctaTupleIP, attribute(from, src.Addr().AsSlice()...), attribute(to, dst.Addr().AsSlice()...)),
		nested(ctaTupleProto, attribute(ctaProtoNum, protocol), attribute(ctaProtoSrc, port(src.Port())...),
			attribute(ctaProtoDst, port(dst.Port())...)))
}

func entry(protocol byte, client, server, outer string, state byte) []byte {
	c, s, o := netip.MustParseAddrPort(client), netip.MustParseAddrPort(server), netip.MustParseAddrPort(outer)
	b := append(direction(ctaTupleOrig, protocol, c, s), direction(ctaTupleRepl, protocol, s, o)...)
	return append(b, nested(ctaProtoInfo, nested(ctaProtoInfoTCP, attribute(ctaTCPState, state)))...)
}

func TestDecodeEntry(t *testing.T) {
	tests := []struct {
		name                  string
		protocol              byte
		client, server, outer string
		want                  bool
	}{
		{"IPv4", 6, "10.0.0.1:40000", "10.0.1.1:80", "10.0.1.9:20000", true},
		{"IPv6", 6, "[fd00::1]:40000", "[fd00::2]:80", "[fd00::9]:20000", true},
		{"UDP", 17, "10.0.0.1:40000", "10.0.1.1:80", "10.0.1.9:20000", false},
	}
	for _, tt := range tests {
		b := entry(tt.protocol, tt.client, tt.server, tt.outer, 7)
		e, ok := decodeEntry(b)
		if ok != tt.want {
			t.Errorf("%s: decodeEntry = %+v, %t, want %t", tt.name, e, ok, tt.want)
		}
		if got := [3]string{e.From.String(), e.To.String(), e.Outer.String()}; ok &&
			(got != [3]string{tt.client, tt.server, tt.outer} || e.State.String() != "TIME_WAIT") {
			t.Errorf("%s: decodeEntry = %v in %s", tt.name, got, e.State)
		}
		for cut := range b { // what is cut short is no entry, or a part of one, and no panic
			decodeEntry(b[:cut])
		}
	}
}

func TestDecodeClosed(t *testing.T) {
	status := attribute(ctaStatus, 0, 0, 1, 0x8e)
	for state, want := range map[byte]bool{3: false, 4: false, 5: false, 7: true, 8: true} {
		b := append(entry(6, "10.0.0.1:40000", "10.0.1.1:80", "10.0.1.9:20000", state), status...)
		tuple, got, ok := decodeClosed(b)
		if ok != want || ok && (got != 0x18e || decodeTuple(tuple).src.String() != "10.0.0.1:40000") {
			t.Errorf("decodeClosed of %s = %x, %x, %t, want %t", State(state), tuple, got, ok, want)
		}
	}
	if _, _, ok := decodeClosed(entry(6, "10.0.0.1:40000", "10.0.1.1:80", "10.0.1.9:20000", 7)); ok {
		t.Error("decodeClosed without a status succeeded")
	}
}

func TestStatsAreThoseOfAllProcessors(t *testing.T) {
	var s Stats
	count := func(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
	for _, n := range []uint32{1, 20} {
		var b []byte
		for i, kind := range []uint16{ctaStatsFound, ctaStatsInsertFailed, ctaStatsDrop, ctaStatsEarlyDrop} {
			b = append(b, attribute(kind, count(n*uint32(i+1))...)...)
		}
		s.add(b)
	}
	if want := (Stats{21, 42, 63, 84}); s != want {
		t.Errorf("Stats = %+v, want %+v", s, want)
	}
	if got, want := s.Since(Stats{1, 2, 3, 4}), (Stats{20, 40, 60, 80}); got != want {
		t.Errorf("Since = %+v, want %+v", got, want)
	}
}

func FuzzDecodeEntry(f *testing.F) {
	f.Add(entry(6, "10.0.0.1:40000", "10.0.1.1:80", "10.0.1.9:20000", 3))
	f.Fuzz(func(_ *testing.T, b []byte) { decodeEntry(b) })
}

// What has closed is an entry that can be read.
func FuzzDecodeClosed(f *testing.F) {
	f.Add(entry(7, "10.0.0.1:40000", "10.0.1.1:80", "10.0.1.9:20000", 3))
	f.Add([]byte{4, 0, 3, 0, 8, 0, 3, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		tuple, _, ok := decodeClosed(b)
		if _, entry := decodeEntry(b); ok && !entry {
			t.Errorf("decodeClosed(%x) = true of what is no entry", b)
		}
		decodeTuple(tuple)
	})
}

func TestParseStats(t *testing.T) {
	const names = "entries  clashres found new insert_failed drop early_drop\n"
	n, s, err := ParseStats(names + "0000000a 0 1 0 2 3 4\n0000000a 0 00000010 0 0 1 0\n")
	if want := (Stats{Found: 17, InsertFailed: 2, Drop: 4, EarlyDrop: 4}); n != 10 || s != want || err != nil {
		t.Errorf("ParseStats = %d, %+v, %v, want 10 entries once, and the sum of two processors %+v", n, s, err, want)
	}
	for _, text := range []string{"", names + "1 2\n", names + "x 0 0 0 0 0 0\n"} {
		if n, s, err := ParseStats(text); err == nil {
			t.Errorf("ParseStats(%q) = %d, %+v, want an error", text, n, s)
		}
	}
}
