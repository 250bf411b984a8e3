package cell

import (
	"errors"
	"net/netip"

	"tcpbench/lab"
	"tcpbench/scenario"
)

// Place is where a workload runs: what surrounds the client.
type Place struct {
	// Destinations are the servers, used in turn.
	Destinations []netip.AddrPort
	// Sources are bound in turn; none leaves the address to the kernel.
	Sources []netip.Addr
	// Scheme is scenario.SchemeTCP, SchemeHTTP or SchemeHTTPS.
	Scheme string
	// Authority is the host of http requests, with the port where it is not
	// the scheme's own; "" where the destinations have no one name in common,
	// and each is named by its address and port.
	Authority string
	// Path is what http requests ask for, query included; "" for tcp.
	Path string

	targets       []scenario.Target
	targetKind    string            // "embedded", "command" or "external"
	serverName    string            // of the lab's
	server        *server           // the lab's, nil outside a lab
	serverSysctls map[string]string // in the server's namespace
}

// newPlace is where targets, of which there is at least one, are reached at
// the destinations.
func newPlace(targets []scenario.Target, destinations []netip.AddrPort) *Place {
	first := targets[0]
	p := &Place{Destinations: destinations, Scheme: first.Scheme, Path: first.Path, targets: targets}
	if first.Scheme != scenario.SchemeTCP {
		p.Authority = first.Authority()
	}
	for _, t := range targets {
		if t.Authority() != p.Authority {
			p.Authority = ""
		}
	}
	return p
}

// Targets are the URLs of the destinations, as they were named.
func (p *Place) Targets() []string {
	out := make([]string, len(p.targets))
	for i, t := range p.targets {
		out[i] = t.String()
	}
	return out
}

// Cut takes the lab's link down at the server's end, for good, while the run
// goes on: from then on the client hears nothing, and is told nothing.
func (p *Place) Cut() error {
	if p.server == nil {
		return errors.New("cut the link: there is one in a lab only")
	}
	return lab.Cut(p.server.pid())
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
	return p.server.pid()
}
