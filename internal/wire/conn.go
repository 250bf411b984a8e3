package wire

import "net/netip"

// tuple is a connection's two ends, the client's first.
type tuple struct{ client, server netip.AddrPort }

// tupleOf is that of a segment from one end.
func tupleOf(s Segment, from Side) tuple {
	if from == Server {
		return tuple{s.Dst, s.Src}
	}
	return tuple{s.Src, s.Dst}
}

// Conn is one use of a 4-tuple, from its first SYN to that of the next.
type Conn struct {
	// Number counts the link's connections from 1.
	Number int

	first [3]uint32 // by side: the initial sequence number,
	known [3]bool   // once its SYN was seen
	next  [3]uint32 // that follows all that has passed, where known

	counts []int64 // of each pattern that counts in each connection
	window uint32  // that the server offered in its SYN
	open   bool    // the handshake is complete
	again  bool    // the 4-tuple was used before
}

// Relative is a sequence number counted from the initial one of the side that
// chose it; false where its SYN was not seen.
func (c *Conn) Relative(side Side, seq uint32) (int64, bool) {
	return int64(int32(seq - c.first[side])), c.known[side]
}

// passed notes a segment that goes on to the other side.
func (c *Conn) passed(from Side, s Segment) {
	if c.known[from] && int32(s.end()-c.next[from]) > 0 {
		c.next[from] = s.end()
	}
}

// Connections tells the connections of a link apart. The zero value is ready.
type Connections struct {
	now map[tuple]*Conn
	n   int
}

// Of is the connection that a segment from one end belongs to. A client's SYN
// with another initial sequence number begins the next.
func (c *Connections) Of(s Segment, from Side) *Conn {
	t := tupleOf(s, from)
	conn := c.now[t]
	if conn == nil || from == Client && KindSYN.has(s) && conn.known[Client] && conn.first[Client] != s.Seq {
		conn = c.begin(t, conn)
	}
	if s.Flags.Has(SYN) && !conn.known[from] {
		conn.first[from], conn.next[from], conn.known[from] = s.Seq, s.Seq, true
		if from == Server {
			conn.window = uint32(s.Window) // that of a SYN is never scaled (RFC 7323, 2.2)
		}
	}
	return conn
}

// begin makes the next connection of a 4-tuple, after before if there was one.
func (c *Connections) begin(t tuple, before *Conn) *Conn {
	if c.now == nil {
		c.now = map[tuple]*Conn{}
	}
	c.n++
	conn := &Conn{Number: c.n}
	if before != nil {
		conn.again = true
		conn.counts = before.counts
		clear(conn.counts)
	}
	c.now[t] = conn
	return conn
}

// count adds one to the counter with the index, and returns it.
func (c *Conn) count(index int) int64 {
	for len(c.counts) <= index {
		c.counts = append(c.counts, 0)
	}
	c.counts[index]++
	return c.counts[index]
}
