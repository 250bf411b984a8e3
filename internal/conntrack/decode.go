package conntrack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// State is that of a tracked TCP connection (enum tcp_conntrack).
type State uint8

// String is its name as conntrack(8) has it.
func (s State) String() string {
	names := []string{"NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT",
		"CLOSE", "SYN_SENT2"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprint(uint8(s))
}

// Entry is a tracked TCP connection.
type Entry struct {
	// From and To are its ends as its client has them.
	From, To netip.AddrPort
	// Outer is the end that the server sends to: of a NAT its address and port.
	Outer netip.AddrPort
	State State
}

// The attributes of an entry (enum ctattr_type and below it).
const (
	ctaTupleOrig = 1
	ctaTupleRepl = 2
	ctaStatus    = 3
	ctaProtoInfo = 4

	ctaTupleIP    = 1
	ctaTupleProto = 2

	ctaIPv4Src = 1
	ctaIPv4Dst = 2
	ctaIPv6Src = 3
	ctaIPv6Dst = 4

	ctaProtoNum = 1
	ctaProtoSrc = 2
	ctaProtoDst = 3

	ctaProtoInfoTCP = 1
	ctaTCPState     = 1
)

const protocolTCP = 6

// fixedTimeout is the bit of an entry's status that keeps its timeout (IPS_FIXED_TIMEOUT).
const fixedTimeout = 1 << 10

// nestedFlag says that an attribute has others in it (NLA_F_NESTED).
const nestedFlag = 1 << 15

// Closed are the states of connections that have closed, whose ports the kernel takes over
// (nf_nat_may_kill): TIME_WAIT and CLOSE.
func Closed() []State { return []State{7, 8} }

// decodeClosed reads the first tuple and the status of an entry; false for one whose
// connection has not closed.
func decodeClosed(b []byte) (tuple []byte, status uint32, ok bool) {
	known := false
	attributes(b, func(kind uint16, v []byte) {
		switch {
		case kind == ctaTupleOrig:
			tuple = v
		case kind == ctaStatus && len(v) == 4:
			status, known = binary.BigEndian.Uint32(v), true
		}
	})
	e, tcp := decodeEntry(b)
	return tuple, status, tcp && known && slices.Contains(Closed(), e.State)
}

// attributes calls each with the type and the value of every netlink attribute of b, up
// to the first that is cut short.
func attributes(b []byte, each func(kind uint16, value []byte)) {
	for len(b) >= 4 {
		n := int(binary.NativeEndian.Uint16(b))
		if n < 4 || n > len(b) {
			return
		}
		const flags = 1<<15 | 1<<14 // NLA_F_NESTED, NLA_F_NET_BYTEORDER
		each(binary.NativeEndian.Uint16(b[2:])&^flags, b[4:n])
		b = b[min((n+3)&^3, len(b)):]
	}
}

// tuple is one direction of a connection.
type tuple struct {
	protocol uint8
	src, dst netip.AddrPort
}

func decodeTuple(b []byte) tuple {
	var t tuple
	var src, dst netip.Addr
	var from, to uint16
	attributes(b, func(kind uint16, v []byte) {
		switch kind {
		case ctaTupleIP:
			attributes(v, func(kind uint16, v []byte) {
				a, _ := netip.AddrFromSlice(v) // of another length it is no address
				switch kind {
				case ctaIPv4Src, ctaIPv6Src:
					src = a
				case ctaIPv4Dst, ctaIPv6Dst:
					dst = a
				}
			})
		case ctaTupleProto:
			attributes(v, func(kind uint16, v []byte) {
				switch {
				case kind == ctaProtoNum && len(v) == 1:
					t.protocol = v[0]
				case kind == ctaProtoSrc && len(v) == 2:
					from = binary.BigEndian.Uint16(v)
				case kind == ctaProtoDst && len(v) == 2:
					to = binary.BigEndian.Uint16(v)
				}
			})
		}
	})
	t.src, t.dst = netip.AddrPortFrom(src, from), netip.AddrPortFrom(dst, to)
	return t
}

// decodeEntry reads the attributes of an entry; false for one that is no TCP
// connection.
func decodeEntry(b []byte) (Entry, bool) {
	var orig, reply tuple
	var e Entry
	attributes(b, func(kind uint16, v []byte) {
		switch kind {
		case ctaTupleOrig:
			orig = decodeTuple(v)
		case ctaTupleRepl:
			reply = decodeTuple(v)
		case ctaProtoInfo:
			attributes(v, func(kind uint16, v []byte) {
				if kind == ctaProtoInfoTCP {
					attributes(v, func(kind uint16, v []byte) {
						if kind == ctaTCPState && len(v) == 1 {
							e.State = State(v[0])
						}
					})
				}
			})
		}
	})
	e.From, e.To, e.Outer = orig.src, orig.dst, reply.dst
	return e, orig.protocol == protocolTCP && e.To.IsValid() && e.Outer.IsValid()
}

// Stats are counters of a network namespace's connection tracking since it was made, of
// all processors together.
type Stats struct {
	// Found counts ports, or whole entries, that were looked at for a new connection and
	// were taken.
	Found int64
	// InsertFailed counts connections whose entry was that of another one when it was to
	// be kept, and Drop packets that were dropped for that, or for lack of room.
	InsertFailed, Drop int64
	// EarlyDrop counts entries that were ended to make room.
	EarlyDrop int64
}

// The attributes of a processor's counters (enum ctattr_stats_cpu).
const (
	ctaStatsFound        = 2
	ctaStatsInsertFailed = 9
	ctaStatsDrop         = 10
	ctaStatsEarlyDrop    = 11
)

// add takes in the counters of one processor.
func (s *Stats) add(b []byte) {
	attributes(b, func(kind uint16, v []byte) {
		if len(v) != 4 {
			return
		}
		n := int64(binary.BigEndian.Uint32(v))
		switch kind {
		case ctaStatsFound:
			s.Found += n
		case ctaStatsInsertFailed:
			s.InsertFailed += n
		case ctaStatsDrop:
			s.Drop += n
		case ctaStatsEarlyDrop:
			s.EarlyDrop += n
		}
	})
}

// ParseStats reads /proc/net/stat/nf_conntrack: a line of names, and one of hexadecimal
// numbers for each processor. The number of entries is that of the network namespace, in
// each line again.
func ParseStats(text string) (entries int, s Stats, err error) {
	var names []string
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if names == nil {
			names = f
			continue
		}
		if len(f) != len(names) {
			return 0, Stats{}, fmt.Errorf("counters of connection tracking: %d of %d numbers in %q", len(f), len(names),
				line)
		}
		for i, name := range names {
			n, err := strconv.ParseInt(f[i], 16, 64)
			if err != nil {
				return 0, Stats{}, fmt.Errorf("counters of connection tracking: %w", err)
			}
			switch name {
			case "entries":
				entries = int(n)
			case "found":
				s.Found += n
			case "insert_failed":
				s.InsertFailed += n
			case "drop":
				s.Drop += n
			case "early_drop":
				s.EarlyDrop += n
			}
		}
	}
	if names == nil {
		return 0, Stats{}, errors.New("counters of connection tracking: none")
	}
	return entries, s, nil
}

// Since is what was counted since an earlier reading. Each processor's counter has 32
// bits and begins again, which no run that a lab measures lives to see.
func (s Stats) Since(before Stats) Stats {
	return Stats{s.Found - before.Found, s.InsertFailed - before.InsertFailed, s.Drop - before.Drop,
		s.EarlyDrop - before.EarlyDrop}
}
