package cell

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"tcpbench/capacity"
	"tcpbench/internal/fault"
	"tcpbench/scenario"
)

// settings derives what the law of capacity depends on from a workload and
// the sysctls in force.
// Of the server's sysctls, which are not known outside a lab, it takes the
// timestamps: they are on only where both sides want them (RFC 7323, 1.3).
func settings(w scenario.Workload, sysctls, server map[string]string, sources int, destinations []netip.AddrPort) (capacity.Settings, error) {
	ports, err := usablePorts(w, sysctls)
	if err != nil {
		return capacity.Settings{}, err
	}
	s := capacity.Settings{
		Ports:        len(ports),
		Limited:      !w.SourcePorts.IsZero(),
		Sources:      max(sources, 1),
		Destinations: len(destinations),
		Reset:        w.Linger.Reset() && w.Close == scenario.CloseClient, // after a FIN it is too late
		ServerCloses: w.Close == scenario.CloseServer,
		Reuse:        number(sysctls, "net.ipv4.tcp_tw_reuse", 2),
		ReuseDelay:   time.Duration(number(sysctls, "net.ipv4.tcp_tw_reuse_delay", 1000)) * time.Millisecond,
		Timestamps:   number(sysctls, "net.ipv4.tcp_timestamps", 1) != 0 && number(server, "net.ipv4.tcp_timestamps", 1) != 0,
		Loopback:     allLoopback(destinations),
		Walk:         w.PortSelect == scenario.PortSelectWalk,
		BindReserves: sources > 0 && !w.BindNoPort && w.PortSelect == scenario.PortSelectKernel,
		MaxTimeWaits: maxTimeWaits(sysctls),
		InFlight:     w.Concurrency,
	}
	return s, nil
}

// usablePorts lists the local ports that a workload's connections can have.
func usablePorts(w scenario.Workload, sysctls map[string]string) ([]int, error) {
	limit := capacity.Range{Lo: int(w.SourcePorts.Lo), Hi: int(w.SourcePorts.Hi)}
	if w.PortSelect == scenario.PortSelectWalk && !w.SourcePorts.IsZero() {
		return capacity.Ports(limit, capacity.Range{}, nil), nil // an explicit bind may take any port
	}
	text, ok := sysctls["net.ipv4.ip_local_port_range"]
	if !ok {
		return nil, fault.Host(errors.New("net.ipv4.ip_local_port_range cannot be read, so the ports cannot be counted; mount /proc with /proc/sys/net"))
	}
	local, err := capacity.ParseLocalPortRange(text)
	if err != nil {
		return nil, err
	}
	reserved, err := capacity.ParseReservedPorts(sysctls["net.ipv4.ip_local_reserved_ports"])
	if err != nil {
		return nil, err
	}
	if !w.SourcePorts.IsZero() && !capacity.Overlaps(local, limit) {
		return nil, fault.Usage(fmt.Errorf("source-ports: %s lies wholly outside net.ipv4.ip_local_port_range (%d-%d), and the kernel would ignore it without a word; choose ports inside, or widen the range with --sysctl net.ipv4.ip_local_port_range=\"LO HI\"", w.SourcePorts, local.Lo, local.Hi))
	}
	return capacity.Ports(local, limit, reserved), nil
}

// maxTimeWaits is tcp_max_tw_buckets as capacity.Settings has it.
func maxTimeWaits(sysctls map[string]string) int {
	n := number(sysctls, "net.ipv4.tcp_max_tw_buckets", 0)
	if n == 0 && sysctls["net.ipv4.tcp_max_tw_buckets"] != "" {
		return -1
	}
	return n
}

// number reads a sysctl that is a whole number; otherwise is the kernel's
// own behaviour where the setting does not exist.
func number(sysctls map[string]string, name string, otherwise int) int {
	n, err := strconv.Atoi(sysctls[name])
	if err != nil {
		return otherwise
	}
	return n
}

func allLoopback(addrs []netip.AddrPort) bool {
	for _, a := range addrs {
		if !a.Addr().IsLoopback() {
			return false
		}
	}
	return len(addrs) > 0
}
