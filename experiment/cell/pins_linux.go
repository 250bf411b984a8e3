package cell

import (
	"net"

	"tcpbench/internal/machine"
	"tcpbench/scenario"
)

// pins are the processors that the threads of an engine are pinned to.
func (p *Place) pins(s Spec, engine scenario.Engine) []int {
	if engine.Client { // its threads are Go's
		return nil
	}
	return pins(machine.Processors(), machine.CPUs(), s.Workload.Threads, p.others(s))
}

// others is how many processors the other programs of the run need on this machine; -1
// where that is not known.
func (p *Place) others(s Spec) int {
	switch {
	case !s.Lab() && p.remote():
		return 0
	case s.Lab() && s.Proxy.IsZero() && len(s.Server.Command) == 0 && p.link == nil && p.speaks.Threads:
		return s.Workload.ServerThreads
	default:
		return -1
	}
}

// remote reports whether every destination is on another machine.
func (p *Place) remote() bool {
	own, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, d := range p.Destinations {
		if d.Addr().Unmap().IsLoopback() {
			return false
		}
		for _, a := range own {
			if n, ok := a.(*net.IPNet); ok && n.IP.Equal(d.Addr().Unmap().AsSlice()) {
				return false
			}
		}
	}
	return true
}
