package capacity

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The names that more than their row of [Sysctls] needs.
const (
	sysctlRange      = "net.ipv4.ip_local_port_range"
	sysctlReserved   = "net.ipv4.ip_local_reserved_ports"
	sysctlReuse      = "net.ipv4.tcp_tw_reuse"
	sysctlReuseDelay = "net.ipv4.tcp_tw_reuse_delay"
	sysctlTimestamps = "net.ipv4.tcp_timestamps"
	sysctlFinTimeout = "net.ipv4.tcp_fin_timeout"
)

// Sysctl is a kernel setting that the law depends on.
type Sysctl struct {
	Name string

	// Default is what a new network namespace has (inet_init_net, tcp_sk_init),
	// and what a kernel does that lacks the setting. One that check refuses says
	// that it depends on the machine.
	Default string

	// Means says what a value does on a host.
	Means func(h Host, value string) string

	// check refuses a value that the kernel would not take
	// (net/ipv4/sysctl_net_ipv4.c).
	check func(value string) error

	// set is its part in the law; nil where that is which ports there are
	// (see [PortsFromSysctls]).
	set func(s *Settings, n int)
}

// Sysctls are the settings that the law depends on: whatever reads, checks or
// explains them reads this table.
func Sysctls() []Sysctl {
	const (
		most = 1<<31 - 1
		hz   = 1000 // the most ticks a second that a kernel counts
	)
	return []Sysctl{
		{sysctlRange, "32768 60999", meansRange, checkRange, nil},
		{sysctlReserved, "", meansReserved, checkReserved, nil},
		{sysctlReuse, "2", meansReuse, whole(0, 2), func(s *Settings, n int) { s.Reuse = n }},
		{sysctlReuseDelay, "1000", meansReuseDelay, whole(1, 60_000), setReuseDelay}, // since Linux 6.14
		{sysctlTimestamps, "1", meansTimestamps, whole(0, 255),
			func(s *Settings, n int) { s.Timestamps = n != 0 }},
		{"net.ipv4.tcp_max_tw_buckets", "by memory", meansTimeWaits, whole(-most, most), setMaxTimeWaits},
		{sysctlFinTimeout, "60", meansFinTimeout, whole(-most/hz, most/hz), setFinTimeout},
	}
}

func setReuseDelay(s *Settings, n int) { s.ReuseDelay = time.Duration(n) * time.Millisecond }

// setMaxTimeWaits: from 0 down the kernel keeps none (tcp_time_wait).
func setMaxTimeWaits(s *Settings, n int) {
	s.MaxTimeWaits = n
	if n <= 0 {
		s.MaxTimeWaits = -1
	}
}

// setFinTimeout: the kernel waits for 3.5 retransmission timeouts at least
// (tcp_fin_time), which are 200 ms or more (TCP_RTO_MIN). Of more than 60 s it
// waits for what is beyond them only, and for that twice: as an orphan
// (tcp_close), then as a TIME_WAIT is kept (tcp_keepalive_timer).
func setFinTimeout(s *Settings, n int) {
	wait := max(time.Duration(n)*time.Second, 700*time.Millisecond)
	if s.FinTwice = wait > TimeWait; s.FinTwice {
		wait = 2 * (wait - TimeWait)
	}
	s.FinTimeout = wait
}

// FromSysctls returns what a kernel's settings, by name, say of when a port can
// be had again. Which ports there are [PortsFromSysctls] says.
func FromSysctls(sysctls map[string]string) Settings {
	var s Settings
	for _, row := range Sysctls() {
		value, ok := sysctls[row.Name]
		if !ok || row.check(value) != nil {
			value = row.Default
		}
		if n, err := strconv.Atoi(value); err == nil && row.set != nil {
			row.set(&s, n)
		}
	}
	return s
}

// DefaultSysctls are what the kernel gives a new network namespace, where it
// does not depend on the machine.
func DefaultSysctls() map[string]string {
	out := map[string]string{}
	for _, row := range Sysctls() {
		if row.check(row.Default) == nil {
			out[row.Name] = row.Default
		}
	}
	return out
}

// LawSysctls are those of sysctls that the law depends on.
func LawSysctls(sysctls map[string]string) map[string]string {
	out := map[string]string{}
	for _, name := range SysctlNames() {
		if value, ok := sysctls[name]; ok {
			out[name] = value
		}
	}
	return out
}

// SysctlNames are those that the law depends on.
func SysctlNames() []string {
	var names []string
	for _, row := range Sysctls() {
		names = append(names, row.Name)
	}
	return names
}

// CheckSysctl refuses a value that the kernel would not take for one of
// [Sysctls], and any other name.
func CheckSysctl(name, value string) error {
	for _, row := range Sysctls() {
		if row.Name != name {
			continue
		}
		if err := row.check(value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	}
	return fmt.Errorf("%s has no part in the law of ports; those that have are %s",
		name, strings.Join(SysctlNames(), ", "))
}

// checkRange refuses what the kernel does: port 0, and a range that is not one.
func checkRange(value string) error {
	r, err := ParseLocalPortRange(value)
	if err == nil && r.Lo == 0 {
		return fmt.Errorf("%q begins with port 0, which no socket can have", value)
	}
	return err
}

func checkReserved(value string) error {
	_, err := ParseReservedPorts(value)
	return err
}

// whole refuses all but whole numbers from lo to hi.
func whole(lo, hi int) func(string) error {
	return func(value string) error {
		n, err := strconv.Atoi(value)
		if err != nil || n < lo || n > hi {
			return fmt.Errorf("%q is not a whole number from %d to %d", value, lo, hi)
		}
		return nil
	}
}
