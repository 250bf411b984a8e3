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

// haveRoom reports whether there is a processor for each thread of the client and each of
// the other programs, of so many; a number of those below 0 is not known.
func haveRoom(client, others, cpus int) bool { return others >= 0 && client+others <= cpus }
