package capacity

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// CheckSysctl refuses a value that the kernel would not take for one of
// [SysctlNames], and any other name (net/ipv4/sysctl_net_ipv4.c).
func CheckSysctl(name, value string) error {
	var err error
	switch name {
	case sysctlRange:
		err = checkRange(value)
	case sysctlReserved:
		_, err = ParseReservedPorts(value)
	case sysctlReuse, sysctlTimestamps:
		err = checkNumber(value, 0, 2)
	case sysctlReuseDelay:
		err = checkNumber(value, 1, int(TimeWait.Milliseconds()))
	case sysctlTimeWaits:
		err = checkNumber(value, 0, 1<<31-1)
	default:
		return fmt.Errorf("%s has no part in the law of ports; those that have are %s", name, strings.Join(SysctlNames(), ", "))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// checkRange refuses what the kernel does: port 0, and a range that is not one.
func checkRange(value string) error {
	r, err := ParseLocalPortRange(value)
	if err == nil && r.Lo == 0 {
		return fmt.Errorf("%q begins with port 0, which no socket can have", value)
	}
	return err
}

func checkNumber(value string, lo, hi int) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < lo || n > hi {
		return fmt.Errorf("%q is not a whole number from %d to %d", value, lo, hi)
	}
	return nil
}

// LawSysctls are those of sysctls that the law depends on.
func LawSysctls(sysctls map[string]string) map[string]string {
	out := map[string]string{}
	for name, value := range sysctls {
		if slices.Contains(SysctlNames(), name) {
			out[name] = value
		}
	}
	return out
}
