package wire

import "time"

// handshake sends the segments of a 4-tuple's earlier connections that the
// server may take for data of this one, once it has begun.
//
// Note: Linux chooses initial sequence numbers by a clock of 64 ns
// (secure_tcp_seq), and beyond the old ones where it reuses a TIME_WAIT
// (tcp_twsk_unique). So what is old lies before the window until the numbers
// have come round, after 4 GiB or 275 s: mostly there is nothing to send.
func (s *state) handshake(p *Program, at time.Duration, f *frame) {
	c := f.conn
	if c.open || f.from != Client || f.seg.Flags&(SYN|ACK) != ACK || !c.known[Server] {
		return
	}
	c.open = true
	if !c.again {
		return
	}
	s.Matched++
	inWindow := func(k kept) bool {
		return k.conn != c && acceptable(k.seg, f.seg.Seq, c.window)
	}
	for _, k := range s.store.take(f.tuple(), inWindow) {
		s.send(p, Departure{At: at, From: k.From, Frame: k.Frame})
	}
}

// acceptable reports whether the first or the last byte of a segment's data
// lies in the receive window that begins with next (RFC 9293, 3.10.7.4).
func acceptable(s Segment, next, window uint32) bool {
	last := s.Seq + uint32(s.Payload) - 1
	return s.Seq-next < window || last-next < window
}
