package wire

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Kind names the segments that a pattern is about; "" is every frame.
type Kind string

// The kinds.
const (
	KindSYN    Kind = "syn"     // SYN without ACK
	KindSYNACK Kind = "syn-ack" // SYN with ACK
	KindACK    Kind = "ack"     // nothing but ACK, and no data
	KindFIN    Kind = "fin"
	KindRST    Kind = "rst"
	KindData   Kind = "data" // with a payload
	KindAny    Kind = "any"  // any segment of TCP
)

// kinds lists them for those who mistype one.
func kinds() []string {
	return []string{string(KindSYN), string(KindSYNACK), string(KindACK), string(KindFIN), string(KindRST),
		string(KindData), string(KindAny)}
}

// has reports whether a segment is of the kind.
func (k Kind) has(s Segment) bool {
	switch k {
	case KindSYN:
		return s.Flags&(SYN|ACK) == SYN
	case KindSYNACK:
		return s.Flags.Has(SYN | ACK)
	case KindACK:
		return s.Flags&(SYN|FIN|RST|ACK) == ACK && s.Payload == 0
	case KindFIN:
		return s.Flags.Has(FIN)
	case KindRST:
		return s.Flags.Has(RST)
	case KindData:
		return s.Payload > 0
	default:
		return true
	}
}

// Range is a range of counts from 1, both ends included; the zero value is
// all of them. Last 0 has no end.
type Range struct{ First, Last int64 }

// IsZero reports whether the range is of all.
func (r Range) IsZero() bool { return r == Range{} }

func (r Range) has(n int64) bool { return n >= r.First && (r.Last == 0 || n <= r.Last) }

// String is N, N-M or N-.
func (r Range) String() string {
	first := strconv.FormatInt(r.First, 10)
	switch r.Last {
	case r.First:
		return first
	case 0:
		return first + "-"
	default:
		return first + "-" + strconv.FormatInt(r.Last, 10)
	}
}

// Pattern chooses frames. The zero value is every frame, each way.
type Pattern struct {
	Kind Kind
	From Side
	// Nth counts the frames that all else in the pattern chooses.
	Nth Range
	// Each counts in each connection by itself.
	Each bool
	// After and Before bound the time since the link's first SYN; Before 0 is
	// without a bound.
	After, Before time.Duration
}

// IsZero reports whether the pattern is of every frame.
func (p Pattern) IsZero() bool { return p == Pattern{} }

// String returns the form that a rule has.
func (p Pattern) String() string {
	var words []string
	add := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	if p.Kind != "" {
		add("%s", p.Kind)
	}
	if p.From != Either {
		add("from %s", p.From)
	}
	if !p.Nth.IsZero() {
		add("nth %s", p.Nth)
	}
	if p.Each {
		add("each")
	}
	if p.Before > 0 {
		add("between %s %s", p.After, p.Before)
	}
	return strings.Join(words, " ")
}

// chooses reports whether a frame is one that the pattern counts. since is
// the time since the first SYN.
func (p Pattern) chooses(f *frame) bool {
	if p.From != Either && p.From != f.from {
		return false
	}
	if (p.Kind != "" || p.Each) && (!f.tcp || !p.Kind.has(f.seg)) {
		return false
	}
	return p.Before == 0 || f.since >= p.After && f.since < p.Before
}
