package scenario

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"tcpbench/internal/suggest"
)

// None is how an unset optional value is written, in files and in results.
const None = "none"

// off is how a switch that is not on is written.
const off = "off"

// Linger is SO_LINGER as socket(7) has it.
type Linger struct {
	// On is l_onoff. Off, close(2) returns at once and the kernel sends FIN.
	On bool

	// Timeout is l_linger, whole seconds: the kernel's unit. With On and 0,
	// close(2) throws away what was not delivered and sends RST.
	Timeout time.Duration
}

// MaxLinger is the longest linger that the kernel keeps as it was asked for
// (sk_setsockopt multiplies by HZ into an int).
const MaxLinger = time.Hour

// ParseLinger reads "off", "0" or a whole number of seconds such as "3s".
func ParseLinger(s string) (Linger, error) {
	switch s {
	case off:
		return Linger{}, nil
	case "0":
		return Linger{On: true}, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return Linger{}, fmt.Errorf("%q is not off, 0 or a duration such as 3s", s)
	}
	if d < 0 || d > MaxLinger {
		return Linger{}, fmt.Errorf("%v is outside 0 to %v", d, MaxLinger)
	}
	if d%time.Second != 0 {
		// never 0s, which is RST
		return Linger{}, fmt.Errorf("%v is not whole seconds, and SO_LINGER counts seconds; use %v", d,
			max(d.Round(time.Second), time.Second))
	}
	return Linger{On: true, Timeout: d}, nil
}

// String returns the form that [ParseLinger] reads.
func (l Linger) String() string {
	switch {
	case !l.On:
		return off
	case l.Timeout == 0:
		return "0"
	default:
		return l.Timeout.String()
	}
}

// Reset reports whether close(2) sends RST, and so leaves no TIME_WAIT.
func (l Linger) Reset() bool { return l.On && l.Timeout == 0 }

// PortRange is a range of ports, both ends included; the zero value is none.
type PortRange struct{ Lo, Hi uint16 }

// ParsePortRange reads "LO-HI" with 1 <= LO <= HI <= 65535, or "none".
func ParsePortRange(s string) (PortRange, error) {
	if s == None || s == "" {
		return PortRange{}, nil
	}
	lo, hi, ok := strings.Cut(s, "-")
	if !ok {
		return PortRange{}, fmt.Errorf("%q is not a range such as 40000-40999", s)
	}
	var r PortRange
	var err error
	if r.Lo, err = parsePort(lo); err != nil {
		return PortRange{}, err
	}
	if r.Hi, err = parsePort(hi); err != nil {
		return PortRange{}, err
	}
	if r.Lo > r.Hi {
		return PortRange{}, fmt.Errorf("%s runs backwards; use %d-%d", s, r.Hi, r.Lo)
	}
	return r, nil
}

func parsePort(s string) (uint16, error) {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		return 0, fmt.Errorf("port %q is not a number", s)
	}
	if n < 1 || n > math.MaxUint16 {
		return 0, fmt.Errorf("port %d is outside 1 to 65535", n)
	}
	return uint16(n), nil
}

// IsZero reports whether no range was given.
func (r PortRange) IsZero() bool { return r == PortRange{} }

// Len is the number of ports in the range.
func (r PortRange) Len() int {
	if r.IsZero() {
		return 0
	}
	return int(r.Hi) - int(r.Lo) + 1
}

// String returns the form that [ParsePortRange] reads.
func (r PortRange) String() string {
	if r.IsZero() {
		return None
	}
	return fmt.Sprintf("%d-%d", r.Lo, r.Hi)
}

// Sources are the client's addresses, used in turn.
type Sources struct {
	// Count asks the lab to make that many addresses. It is 0 when Addrs is set.
	Count int

	// Addrs are the addresses to bind to. Without Count, none means that the
	// kernel picks the address.
	Addrs []netip.Addr
}

// MaxSources bounds how many addresses one run binds to.
const MaxSources = 4096

// ParseSources reads a number, a list of addresses, a CIDR block or "none".
func ParseSources(s string) (Sources, error) {
	if s == None || s == "" {
		return Sources{}, nil
	}
	if n, err := strconv.Atoi(s); err == nil {
		if n < 1 || n > MaxSources {
			return Sources{}, fmt.Errorf("%d addresses is outside 1 to %d", n, MaxSources)
		}
		return Sources{Count: n}, nil
	}
	if strings.Contains(s, "/") {
		return parseBlock(s)
	}
	var src Sources
	for part := range strings.SplitSeq(s, ",") {
		a, err := netip.ParseAddr(strings.TrimSpace(part))
		if err != nil {
			return Sources{}, fmt.Errorf("%q is not an address, a CIDR block or a number of addresses", part)
		}
		if a.Zone() != "" {
			return Sources{}, fmt.Errorf("%s has a zone; bind an address of the wider network", a)
		}
		a = a.Unmap()
		if slices.Contains(src.Addrs, a) {
			return Sources{}, fmt.Errorf("%s is there twice", a)
		}
		src.Addrs = append(src.Addrs, a)
	}
	if len(src.Addrs) > MaxSources {
		return Sources{}, fmt.Errorf("%d addresses is more than %d", len(src.Addrs), MaxSources)
	}
	return src, nil
}

// parseBlock lists a block's host addresses: for IPv4, without the network
// and the broadcast address of blocks that have them.
func parseBlock(s string) (Sources, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil || p.Addr().Is4In6() {
		return Sources{}, fmt.Errorf("%q is not a CIDR block such as 10.0.0.0/28", s)
	}
	p = p.Masked()
	hostBits := p.Addr().BitLen() - p.Bits()
	if hostBits > 12 {
		return Sources{}, fmt.Errorf("%s has more than %d addresses", s, MaxSources)
	}
	var src Sources
	for a := p.Addr(); p.Contains(a); a = a.Next() {
		src.Addrs = append(src.Addrs, a)
	}
	if hostBits > 1 {
		src.Addrs = src.Addrs[1:]
		if p.Addr().Is4() {
			src.Addrs = src.Addrs[:len(src.Addrs)-1]
		}
	}
	return src, nil
}

// IsZero reports whether the kernel is to pick the address.
func (s Sources) IsZero() bool { return s.Count == 0 && len(s.Addrs) == 0 }

// Len is the number of addresses, 0 if the kernel is to pick.
func (s Sources) Len() int { return max(s.Count, len(s.Addrs)) }

// String returns a form that [ParseSources] reads.
func (s Sources) String() string {
	if s.Count > 0 {
		return strconv.Itoa(s.Count)
	}
	if len(s.Addrs) == 0 {
		return None
	}
	parts := make([]string, len(s.Addrs))
	for i, a := range s.Addrs {
		parts[i] = a.String()
	}
	return strings.Join(parts, ",")
}

// ParseCount reads a whole number that may end in k (thousand) or m (million).
func ParseCount(s string) (int64, error) {
	digits, unit := s, int64(1)
	switch {
	case strings.HasSuffix(s, "k"):
		digits, unit = s[:len(s)-1], 1_000
	case strings.HasSuffix(s, "m"):
		digits, unit = s[:len(s)-1], 1_000_000
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > math.MaxInt64/unit || n < math.MinInt64/unit {
		return 0, fmt.Errorf("%q is not a count such as 5000, 10k or 1m", s)
	}
	return n * unit, nil
}

// parseDuration reads a Go duration; "0" is one.
func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err == nil {
		return d, nil
	}
	if _, err := time.ParseDuration(s + "s"); err == nil {
		return 0, fmt.Errorf("%q has no unit; use %ss or %sms", s, s, s)
	}
	return 0, fmt.Errorf("%q is not a duration such as 10s or 250ms", s)
}

// oneOf reads one of a few words.
func oneOf[T ~string](words ...T) func(string) (T, error) {
	return func(s string) (T, error) {
		if slices.Contains(words, T(s)) {
			return T(s), nil
		}
		names := make([]string, len(words))
		for i, w := range words {
			names[i] = string(w)
		}
		return "", suggest.NotOneOf(s, names)
	}
}

// within wraps a parser with bounds, both included.
func within[T int | int64 | time.Duration](parse func(string) (T, error), lo, hi T) func(string) (T, error) {
	return func(s string) (T, error) {
		v, err := parse(s)
		if err != nil {
			return 0, err
		}
		if v < lo || v > hi {
			return 0, fmt.Errorf("%v is outside %v to %v", v, lo, hi)
		}
		return v, nil
	}
}

func parseInt(s string) (int, error) {
	n, err := ParseCount(s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a whole number", s)
	}
	return int(min(max(n, math.MinInt), math.MaxInt)), nil // what is beyond is out of every range
}

func parseBool(s string) (bool, error) {
	b, err := strconv.ParseBool(s)
	if err != nil {
		return false, fmt.Errorf("%q is not true or false", s)
	}
	return b, nil
}

// errEmpty is what an empty value gets where a value is needed.
var errEmpty = errors.New("the value is empty")
