package scenario

import (
	"fmt"
	"strconv"
	"strings"
)

// Unlimited is how an absent bound is written.
const Unlimited = "unlimited"

// Span is how many requests a connection carries: a number drawn evenly from
// Min to Max, both included. The zero value means no limit.
type Span struct{ Min, Max int32 }

// MaxRequestsPerConn bounds a span.
const MaxRequestsPerConn = 1_000_000_000

// ParseSpan reads "N", "MIN:MAX" with 1 <= MIN <= MAX, or "unlimited".
func ParseSpan(s string) (Span, error) {
	if s == Unlimited {
		return Span{}, nil
	}
	lo, hi, ranged := strings.Cut(s, ":")
	if !ranged {
		hi = lo
	}
	least, err := parseRequests(lo)
	if err != nil {
		return Span{}, err
	}
	most, err := parseRequests(hi)
	if err != nil {
		return Span{}, err
	}
	if least > most {
		return Span{}, fmt.Errorf("%s runs backwards; use %d:%d", s, most, least)
	}
	return Span{least, most}, nil
}

func parseRequests(s string) (int32, error) {
	n, err := ParseCount(s)
	if err != nil {
		return 0, fmt.Errorf("%q is not N, MIN:MAX or %s", s, Unlimited)
	}
	if n < 1 || n > MaxRequestsPerConn {
		return 0, fmt.Errorf("%d is outside 1 to %d", n, MaxRequestsPerConn)
	}
	return int32(n), nil
}

// IsZero reports whether there is no limit.
func (s Span) IsZero() bool { return s == Span{} }

// String returns the form that [ParseSpan] reads.
func (s Span) String() string {
	switch {
	case s.IsZero():
		return Unlimited
	case s.Min == s.Max:
		return strconv.Itoa(int(s.Min))
	default:
		return fmt.Sprintf("%d:%d", s.Min, s.Max)
	}
}
