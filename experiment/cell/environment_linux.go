package cell

import (
	"bufio"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"tcpbench/internal/machine"
	"tcpbench/lab"
	"tcpbench/law/capacity"
	"tcpbench/results"
)

// sysctlNames are the settings that decide how many connections there can be
// and what they cost.
func sysctlNames() []string {
	return append(capacity.SysctlNames(),
		"net.ipv4.tcp_max_orphans",
		"net.ipv4.tcp_max_syn_backlog",
		"net.ipv4.tcp_syn_retries",
		"net.ipv4.tcp_synack_retries",
		"net.ipv4.tcp_syncookies",
		"net.ipv4.tcp_abort_on_overflow",
		"net.ipv4.tcp_rfc1337",
		"net.ipv4.tcp_fastopen",
		"net.ipv4.tcp_congestion_control",
		"net.ipv4.tcp_keepalive_time",
		"net.ipv4.tcp_keepalive_intvl",
		"net.ipv4.tcp_keepalive_probes",
		"net.ipv4.tcp_mem",
		"net.ipv4.tcp_rmem",
		"net.ipv4.tcp_wmem",
		"net.core.somaxconn",
		"net.core.netdev_max_backlog",
		"net.netfilter.nf_conntrack_max",
		"fs.file-max",
		"fs.nr_open",
	)
}

// Sysctls reads those of [sysctlNames] that this kernel has, in the calling
// process's network namespace.
func Sysctls() map[string]string { return lab.SysctlValues(sysctlNames()) }

// environment captures what the run depends on and no option says.
func environment() results.Environment {
	return results.Environment{
		Kernel:      machine.Kernel(),
		Arch:        runtime.GOARCH,
		CPUs:        runtime.NumCPU(),
		CPUModel:    cpuModel(),
		MemoryBytes: memoryBytes(),
		ClockSource: readLine("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
		HZ:          machine.HZ(),
		GoVersion:   runtime.Version(),
		Sysctls:     Sysctls(),
		Limits:      limits(),
	}
}

func cpuModel() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func memoryBytes() int64 {
	var si unix.Sysinfo_t
	if err := unix.Sysinfo(&si); err != nil {
		return 0 // it fails for a bad pointer only
	}
	return int64(si.Totalram) * int64(si.Unit)
}

// limits are the process's resource limits; one that is unlimited is absent.
func limits() map[string]uint64 {
	out := map[string]uint64{}
	for name, resource := range map[string]int{"nofile": unix.RLIMIT_NOFILE, "nproc": unix.RLIMIT_NPROC} {
		var r unix.Rlimit
		if err := unix.Getrlimit(resource, &r); err != nil {
			continue // it fails for a bad resource only
		}
		if r.Cur != unix.RLIM_INFINITY {
			out[name+"_soft"] = r.Cur
		}
		if r.Max != unix.RLIM_INFINITY {
			out[name+"_hard"] = r.Max
		}
	}
	return out
}

func readLine(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
