package capacity

import (
	"fmt"
	"strconv"
	"strings"

	"tcpbench/internal/figure"
)

// Host is what a value means something on.
type Host struct {
	// Settings are the law's, for one source and one destination.
	Settings

	// Reserved and Listening count the ports of the local range that
	// connect(2) may not pick, for the one reason or the other.
	Reserved, Listening int

	// TimeWaits is how many there are now.
	TimeWaits int
}

func meansRange(h Host, _ string) string {
	one := h.Settings
	one.Sources, one.Destinations = 1, 1
	p := Predict(one)
	s := figure.Plural(int64(h.Ports), "port")
	if p.ConnectionsAtLeast < p.ConnectionsUntilExhaustion {
		s = p.Until() + " ports"
	}
	if h.Listening > 0 {
		s += fmt.Sprintf(" (%d more have a listener)", h.Listening)
	}
	s += " for each source and destination"
	switch {
	case p.NoPort():
		s += ": no connection can be opened"
	case p.SustainableCPS > 0:
		s += fmt.Sprintf(": %s connections/s for ever, never more than %s", figure.Limit(p.SafeCPS),
			figure.Limit(p.SustainableCPS))
		if one.ReusesOnLoopbackAlone() {
			s += "; more on loopback"
		}
	}
	return s
}

func meansReserved(h Host, value string) string {
	if strings.TrimSpace(value) == "" {
		return "none are kept from the range"
	}
	return fmt.Sprintf("%d of the range are not given out", h.Reserved)
}

func meansReuse(h Host, value string) string {
	delay := figure.Seconds(h.ReuseDelay.Seconds())
	switch {
	case value == "0":
		return "a closed connection's port is free after 60 s"
	case !h.Timestamps:
		return "without effect: it needs tcp_timestamps"
	case value == "1":
		return "a closed connection's port is free after " + delay
	default:
		return "a closed connection's port is free after 60 s; on loopback after " + delay
	}
}

func meansReuseDelay(h Host, _ string) string {
	if h.Reuse == 0 {
		return "ms until tcp_tw_reuse takes over a port, but that is off"
	}
	return "ms until tcp_tw_reuse takes over a port"
}

func meansTimestamps(_ Host, value string) string {
	if value == "0" {
		return "off: no tcp_tw_reuse, no PAWS against old duplicates"
	}
	return "on, where the other side wants them too: tcp_tw_reuse is possible"
}

func meansTimeWaits(h Host, value string) string {
	n, err := strconv.Atoi(value)
	if err != nil {
		return "TIME_WAITs at a time"
	}
	if n <= 0 {
		return "none is kept: a closed connection's port is free at once, " +
			"and old duplicates are not kept out (TCPTimeWaitOverflow)"
	}
	if n < h.Ports {
		return fmt.Sprintf("TIME_WAITs at a time: fewer than the ports of one destination, "+
			"so the kernel drops them early (TCPTimeWaitOverflow) at more than %s/s",
			figure.Limit(float64(n)/TimeWait.Seconds()))
	}
	return fmt.Sprintf("TIME_WAITs at a time, %d now; above it the kernel drops them early", h.TimeWaits)
}

func meansFinTimeout(h Host, value string) string {
	const not = "; does not shorten TIME_WAIT"
	if n, _ := strconv.Atoi(value); n > 60 { // 0 where it is no number
		return fmt.Sprintf("s, and above 60 twice what is beyond: "+
			"an orphaned connection waits in FIN_WAIT_2 for %s%s", figure.Seconds(h.FinTimeout.Seconds()), not)
	}
	return "s an orphaned connection waits in FIN_WAIT_2" + not
}
