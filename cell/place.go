package cell

import "net/netip"

// Place is where a workload runs: what surrounds the client.
type Place struct {
	// Destinations are the servers, used in turn.
	Destinations []netip.AddrPort
	// Sources are bound in turn; none leaves the address to the kernel.
	Sources []netip.Addr

	targetKind    string            // "embedded" or "external"
	server        *server           // the lab's, nil outside a lab
	serverSysctls map[string]string // in the server's namespace
}

// Close ends the lab's server. The namespaces go with their processes.
func (p *Place) Close() {
	if p.server != nil {
		p.server.close()
	}
}

// serverPID is the lab's server process, 0 outside a lab.
func (p *Place) serverPID() int {
	if p.server == nil {
		return 0
	}
	return p.server.cmd.Process.Pid
}
