package scenario

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// TCPKeepalive are SO_KEEPALIVE and its three values (tcp(7)); the zero value
// is off. A peer that vanishes is found after Idle + Count x Interval.
type TCPKeepalive struct {
	// Idle is TCP_KEEPIDLE: the silence before the first probe, whole seconds.
	Idle time.Duration
	// Interval is TCP_KEEPINTVL: between probes, whole seconds.
	Interval time.Duration
	// Count is TCP_KEEPCNT: the unanswered probes that end the connection.
	Count int
}

// The kernel's own bounds (MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL and
// MAX_TCP_KEEPCNT in include/net/tcp.h).
const (
	maxKeepaliveTime  = 32767 * time.Second
	maxKeepaliveCount = 127
)

// ParseTCPKeepalive reads "IDLE,INTERVAL,COUNT" such as "60s,10s,3", or "off".
func ParseTCPKeepalive(s string) (TCPKeepalive, error) {
	if s == off {
		return TCPKeepalive{}, nil
	}
	parts := strings.Split(s, ",")
	if len(parts) != 3 {
		return TCPKeepalive{}, fmt.Errorf("%q is not IDLE,INTERVAL,COUNT such as 60s,10s,3, or off", s)
	}
	idle, err := parseKeepaliveTime("IDLE", parts[0])
	if err != nil {
		return TCPKeepalive{}, err
	}
	interval, err := parseKeepaliveTime("INTERVAL", parts[1])
	if err != nil {
		return TCPKeepalive{}, err
	}
	count, err := within(parseInt, 1, maxKeepaliveCount)(strings.TrimSpace(parts[2]))
	if err != nil {
		return TCPKeepalive{}, fmt.Errorf("COUNT: %w", err)
	}
	return TCPKeepalive{idle, interval, count}, nil
}

func parseKeepaliveTime(name, s string) (time.Duration, error) {
	d, err := within(parseDuration, time.Second, maxKeepaliveTime)(strings.TrimSpace(s))
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	if d%time.Second != 0 {
		return 0, fmt.Errorf("%s: %v is not whole seconds, the kernel's unit; use %v", name, d, d.Round(time.Second))
	}
	return d, nil
}

// IsZero reports whether keepalive is off.
func (k TCPKeepalive) IsZero() bool { return k == TCPKeepalive{} }

// String returns the form that [ParseTCPKeepalive] reads.
func (k TCPKeepalive) String() string {
	if k.IsZero() {
		return off
	}
	return k.Idle.String() + "," + k.Interval.String() + "," + strconv.Itoa(k.Count)
}
