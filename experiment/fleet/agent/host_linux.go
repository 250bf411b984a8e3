package agent

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/fleet/message"
	"tcpbench/internal/machine"
	"tcpbench/law/capacity"
)

// thisHost is what the agent runs on.
func thisHost(p Policy) (message.Host, error) {
	h := message.Host{Tool: cell.ToolVersion(), Kernel: machine.Kernel(), Arch: runtime.GOARCH, CPUs: machine.CPUs()}
	h.Name, _ = os.Hostname() // a host without a name is known by the agent's
	var err error
	if h.Build, err = cell.Build(); err != nil {
		return h, err
	}
	if h.Network, err = network(); err != nil {
		return h, err
	}
	for _, prefix := range p.Within {
		h.Within = append(h.Within, prefix.String())
	}
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		return h, os.NewSyscallError("getrlimit", err)
	}
	h.Files = files.Max
	return h, readNetwork(&h)
}

// readNetwork reads what may change while an agent runs: the host's addresses and its ports.
func readNetwork(h *message.Host) error {
	addrs, err := addresses()
	if err != nil {
		return err
	}
	local, reserved, err := capacity.PortsFromSysctls(cell.Sysctls())
	if err != nil {
		return err
	}
	h.Addrs, h.Ports = addrs, len(capacity.Ports(local, capacity.Range{}, reserved))
	return nil
}

// network tells this network namespace from all others, of any host (namespaces(7)): the
// boot of the host, and the number of the namespace there.
func network() (string, error) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("tell which host this is: %w", err)
	}
	ns, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return "", fmt.Errorf("tell which network namespace this is: %w", err)
	}
	return strings.TrimSpace(string(boot)) + " " + ns, nil
}

// addresses are those of this host's interfaces.
func addresses() ([]string, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("list this host's addresses: %w", err)
	}
	var out []string
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok {
			out = append(out, n.IP.String())
		}
	}
	return out, nil
}
