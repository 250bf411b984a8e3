package cell

import "net/netip"

// place is where a workload runs: what surrounds the client.
type place struct {
	// destinations are the servers, used in turn.
	destinations []netip.AddrPort
	// sources are bound in turn; none leaves the address to the kernel.
	sources []netip.Addr

	// server is the process id of the lab's server, 0 outside a lab.
	server int
	// targetKind is "embedded" or "external".
	targetKind string
	// serverSysctls are read in the server's namespace.
	serverSysctls map[string]string
}
