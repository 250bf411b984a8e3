package cell

import (
	"errors"
	"fmt"
	"net/netip"

	"tcpbench/internal/fault"
	"tcpbench/law/capacity"
	"tcpbench/scenario"
)

// settings derives what the law of capacity depends on from a workload and
// the sysctls in force.
// Of the server's sysctls, which are not known outside a lab, it takes the
// timestamps: they are on only where both sides want them (RFC 7323, 1.3).
func settings(w scenario.Workload, sysctls, server map[string]string, sources int,
	destinations []netip.AddrPort) (capacity.Settings, error) {
	ports, err := usablePorts(w, sysctls)
	if err != nil {
		return capacity.Settings{}, err
	}
	s := capacity.FromSysctls(sysctls)
	s.Ports, s.Limited = len(ports), !w.SourcePorts.IsZero()
	if local, reserved, err := capacity.PortsFromSysctls(sysctls); err == nil {
		s.Barred = capacity.Barred(capacity.Widest(), reserved)
		s.OddRange = w.PortSelect == scenario.PortSelectKernel &&
			capacity.Within(local, sourcePorts(w)).Misses(ports)
	}
	s.Sources = max(sources, 1)
	s.Destinations = len(destinations)
	s.Reset = w.Closing().Resets(w.Linger) || w.ServerClosing().Unread
	s.ServerCloses = w.Closing().ServerFirst || w.ServerClosing().Unanswered
	s.ServerOpen = w.ServerClosing().KeepsOpen
	if !capacity.FromSysctls(server).Timestamps {
		s.PeerUnstamped, s.OnlyPeerUnstamped, s.Timestamps = "server", s.Timestamps, false
	}
	s.Loopback = allLoopback(destinations)
	s.Walk = w.PortSelect == scenario.PortSelectWalk
	s.BindReserves = sources > 0 && !w.BindNoPort && w.PortSelect == scenario.PortSelectKernel
	s.InFlight = w.Concurrency
	s.Held = w.Mode == scenario.ModeKeepalive && w.ReadBody // else it is not the pool that ends them
	switch e, _ := w.Engine.Engine(); {
	case e.Outside: // how many are in flight is not known
		s.NoBind, s.InFlight = true, 1
	case e.Client:
		s.NoBind, s.IdlePool = true, w.MaxIdleConnsPerHost
	}
	return s, nil
}

// portless is the law of connections to a Unix socket: there is none.
func portless(w scenario.Workload) capacity.Settings {
	return capacity.Settings{NoPorts: true, InFlight: w.Concurrency}
}

// usablePorts lists the local ports that a workload's connections can have.
func usablePorts(w scenario.Workload, sysctls map[string]string) ([]int, error) {
	limit := sourcePorts(w)
	if w.PortSelect == scenario.PortSelectWalk && !w.SourcePorts.IsZero() {
		return capacity.Ports(limit, capacity.Range{}, nil), nil // an explicit bind may take any port
	}
	local, reserved, err := capacity.PortsFromSysctls(sysctls)
	if errors.Is(err, capacity.ErrNoRange) {
		return nil, fault.Host(err)
	}
	if err != nil {
		return nil, err
	}
	if !w.SourcePorts.IsZero() && !capacity.Overlaps(local, limit) {
		return nil, fault.Usage(fmt.Errorf("source-ports: %s lies wholly outside "+
			"net.ipv4.ip_local_port_range (%d-%d), and "+
			"the kernel would silently ignore it; choose ports inside, or widen the range with --sysctl "+
			"net.ipv4.ip_local_port_range=\"LO HI\"", w.SourcePorts, local.Lo, local.Hi))
	}
	return capacity.Ports(local, limit, reserved), nil
}

// sourcePorts are those that the workload's sockets are limited to; none is the zero
// value.
func sourcePorts(w scenario.Workload) capacity.Range {
	return capacity.Range{Lo: int(w.SourcePorts.Lo), Hi: int(w.SourcePorts.Hi)}
}

func allLoopback(addrs []netip.AddrPort) bool {
	for _, a := range addrs {
		if !a.Addr().IsLoopback() {
			return false
		}
	}
	return len(addrs) > 0
}
