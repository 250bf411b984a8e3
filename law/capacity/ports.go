package capacity

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Range is a range of ports, both ends included.
type Range struct{ Lo, Hi int }

// Len is the number of ports.
func (r Range) Len() int { return max(r.Hi-r.Lo+1, 0) }

// Odd reports whether a search of the range leaves out one of its ports: see
// [Range.Misses].
func (r Range) Odd() bool { return r.Len() > 1 && r.Len()%2 == 1 }

// ErrNoRange means that the local port range is not known, and so no port
// can be counted.
var ErrNoRange = errors.New(sysctlRange +
	" cannot be read, so the ports cannot be counted; mount /proc with /proc/sys/net")

// PortsFromSysctls reads the local port range and the ports reserved in it.
func PortsFromSysctls(sysctls map[string]string) (local Range, reserved []Range, err error) {
	text, ok := sysctls[sysctlRange]
	if !ok {
		return Range{}, nil, ErrNoRange
	}
	if local, err = ParseLocalPortRange(text); err != nil {
		return Range{}, nil, err
	}
	if reserved, err = ParseReservedPorts(sysctls[sysctlReserved]); err != nil {
		return Range{}, nil, err
	}
	return local, reserved, nil
}

// ParseLocalPortRange reads net.ipv4.ip_local_port_range: "LO HI".
func ParseLocalPortRange(s string) (Range, error) {
	f := strings.Fields(s)
	if len(f) != 2 {
		return Range{}, fmt.Errorf("parse ip_local_port_range %q: want two ports", s)
	}
	return parseRange(f[0], f[1])
}

// ParseReservedPorts reads net.ipv4.ip_local_reserved_ports: "8080,9000-9999".
func ParseReservedPorts(s string) ([]Range, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return nil, nil
	}
	var ranges []Range
	for part := range strings.SplitSeq(s, ",") {
		lo, hi, ok := strings.Cut(strings.TrimSpace(part), "-")
		if !ok {
			hi = lo
		}
		r, err := parseRange(lo, hi)
		if err != nil {
			return nil, fmt.Errorf("parse ip_local_reserved_ports: %w", err)
		}
		ranges = append(ranges, r)
	}
	return ranges, nil
}

func parseRange(lo, hi string) (Range, error) {
	var r Range
	var err error
	if r.Lo, err = parsePort(lo); err != nil {
		return Range{}, err
	}
	if r.Hi, err = parsePort(hi); err != nil {
		return Range{}, err
	}
	if r.Lo > r.Hi {
		return Range{}, fmt.Errorf("port range %d-%d runs backwards", r.Lo, r.Hi)
	}
	return r, nil
}

func parsePort(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > math.MaxUint16 {
		return 0, fmt.Errorf("%q is not a port", s)
	}
	return n, nil
}

// Within is local within limit (IP_LOCAL_PORT_RANGE) when that is not the zero
// value. As inet_sk_get_local_port_range has it, a limit wholly outside the local
// range is ignored.
func Within(local, limit Range) Range {
	if r := (Range{max(local.Lo, limit.Lo), min(local.Hi, limit.Hi)}); limit != (Range{}) && r.Len() > 0 {
		return r
	}
	return local
}

// Ports lists the ports that connect(2) may pick, in order: those of [Within],
// less the reserved ones.
func Ports(local, limit Range, reserved []Range) []int {
	r := Within(local, limit)
	taken := make([]bool, math.MaxUint16+1)
	for _, res := range reserved {
		for p := res.Lo; p <= res.Hi; p++ {
			taken[p] = true
		}
	}
	ports := make([]int, 0, r.Len())
	for p := r.Lo; p <= r.Hi; p++ {
		if !taken[p] {
			ports = append(ports, p)
		}
	}
	return ports
}

// Barred is how many ports of r are reserved.
func Barred(r Range, reserved []Range) int {
	n, from := 0, r.Lo
	sorted := slices.SortedFunc(slices.Values(reserved), func(a, b Range) int { return a.Lo - b.Lo })
	for _, res := range sorted {
		lo, hi := max(res.Lo, from), min(res.Hi, r.Hi)
		n += Range{lo, hi}.Len()
		from = max(from, hi+1)
	}
	return n
}

// Misses reports whether a search of the range may pass over one of those ports, in
// order, that it may pick: of an odd number it leaves out the first or the last.
func (r Range) Misses(ports []int) bool {
	return r.Odd() && len(ports) > 0 && (ports[0] == r.Lo || ports[len(ports)-1] == r.Hi)
}

// Overlaps reports whether limit has a port in common with local. Where it
// has none the kernel silently ignores the limit.
func Overlaps(local, limit Range) bool {
	return max(local.Lo, limit.Lo) <= min(local.Hi, limit.Hi)
}
