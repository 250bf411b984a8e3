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
	// Alone is SO_KEEPALIVE without values: those of net.ipv4.tcp_keepalive_time,
	// _intvl and _probes, as of most programs.
	Alone bool
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

// ParseTCPKeepalive reads "IDLE,INTERVAL,COUNT" such as "60s,10s,3", "on", or
// "off".
func ParseTCPKeepalive(s string) (TCPKeepalive, error) {
	switch s {
	case off:
		return TCPKeepalive{}, nil
	case on:
		return TCPKeepalive{Alone: true}, nil
	}
	parts := strings.Split(s, ",")
	if len(parts) != 3 {
		return TCPKeepalive{}, fmt.Errorf("%q is not IDLE,INTERVAL,COUNT such as 60s,10s,3, or on, or off", s)
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
	return TCPKeepalive{Idle: idle, Interval: interval, Count: count}, nil
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

// on is SO_KEEPALIVE alone.
const on = "on"

// Limit is after how long of silence a peer is given up: Idle + Count x Interval
// (tcp_keepalive_timer in net/ipv4/tcp_timer.c). It is 0 where the values are the
// kernel's, which are not known here.
func (k TCPKeepalive) Limit() time.Duration {
	return k.Idle + time.Duration(k.Count)*k.Interval
}

// IsZero reports whether keepalive is off.
func (k TCPKeepalive) IsZero() bool { return k == TCPKeepalive{} }

// String returns the form that [ParseTCPKeepalive] reads.
func (k TCPKeepalive) String() string {
	switch {
	case k.IsZero():
		return off
	case k.Alone:
		return on
	}
	return k.Idle.String() + "," + k.Interval.String() + "," + strconv.Itoa(k.Count)
}
