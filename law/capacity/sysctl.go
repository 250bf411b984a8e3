package capacity

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// The sysctls that the law depends on.
const (
	sysctlRange      = "net.ipv4.ip_local_port_range"
	sysctlReserved   = "net.ipv4.ip_local_reserved_ports"
	sysctlReuse      = "net.ipv4.tcp_tw_reuse"
	sysctlReuseDelay = "net.ipv4.tcp_tw_reuse_delay" // since Linux 6.14; before, 1 s
	sysctlTimestamps = "net.ipv4.tcp_timestamps"
	sysctlFinTimeout = "net.ipv4.tcp_fin_timeout"
	sysctlTimeWaits  = "net.ipv4.tcp_max_tw_buckets"
)

// FromSysctls returns what a kernel's settings, by name, say of when a
// TIME_WAIT's port can be had again. Where one is missing, it is what kernels
// do that do not have it.
func FromSysctls(sysctls map[string]string) Settings {
	return Settings{
		Reuse:        number(sysctls, sysctlReuse, 2),
		ReuseDelay:   time.Duration(number(sysctls, sysctlReuseDelay, 1000)) * time.Millisecond,
		Timestamps:   number(sysctls, sysctlTimestamps, 1) != 0,
		FinTimeout:   time.Duration(number(sysctls, sysctlFinTimeout, 60)) * time.Second,
		MaxTimeWaits: maxTimeWaits(sysctls),
	}
}

// ErrNoRange means that the local port range is not known, and so no port
// can be counted.
var ErrNoRange = errors.New(sysctlRange + " cannot be read, so the ports cannot be counted; mount /proc with /proc/sys/net")

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

// maxTimeWaits is tcp_max_tw_buckets as [Settings] has it.
func maxTimeWaits(sysctls map[string]string) int {
	n := number(sysctls, sysctlTimeWaits, 0)
	if n == 0 && sysctls[sysctlTimeWaits] != "" {
		return -1
	}
	return n
}

// number reads a sysctl that is a whole number; otherwise is the kernel's own
// behaviour where the setting does not exist.
func number(sysctls map[string]string, name string, otherwise int) int {
	n, err := strconv.Atoi(sysctls[name])
	if err != nil {
		return otherwise
	}
	return n
}

// Sysctl is a kernel setting and its value.
type Sysctl struct{ Name, Value string }

// String is a line of a sysctl.conf(5).
func (s Sysctl) String() string { return s.Name + " = " + s.Value }

// SysctlChanges are what makes of from what to is, as far as sysctls can.
func SysctlChanges(from, to Settings) []Sysctl {
	var out []Sysctl
	set := func(differs bool, name string, value any) {
		if differs {
			out = append(out, Sysctl{name, fmt.Sprint(value)})
		}
	}
	set(from.Reuse != to.Reuse, sysctlReuse, to.Reuse)
	set(from.Timestamps != to.Timestamps, sysctlTimestamps, 1)
	set(to.Reuses() && from.ReuseDelay != to.ReuseDelay, sysctlReuseDelay, to.ReuseDelay.Milliseconds())
	set(from.Ports != to.Ports, sysctlRange, fmt.Sprintf("%d %d", widestLo, widestHi))
	return out
}

// sysctlLines are the changes as lines.
func sysctlLines(from, to Settings) []string {
	var lines []string
	for _, s := range SysctlChanges(from, to) {
		lines = append(lines, s.String())
	}
	return lines
}

// SysctlNames are those that the law depends on.
func SysctlNames() []string {
	return []string{sysctlRange, sysctlReserved, sysctlReuse, sysctlReuseDelay, sysctlTimestamps, sysctlTimeWaits}
}
