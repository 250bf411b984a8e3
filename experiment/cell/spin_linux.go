package cell

import "tcpbench/internal/machine"

// spins reports whether the lab's server may look for work for a while before it sleeps.
func (p *Place) spins(s Spec) bool {
	client := s.Workload.Threads
	if s.Workload.EngineFor(s.Scheme()).Client {
		client = machine.CPUs() // it runs on as many as Go has
	}
	return haveRoom(client, p.others(s), machine.CPUs())
}
