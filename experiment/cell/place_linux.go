package cell

import (
	"cmp"
	"errors"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"tcpbench/internal/sys"
	"tcpbench/lab"
	"tcpbench/law/capacity"
	"tcpbench/results"
	"tcpbench/scenario"
	"tcpbench/workload/engine"
)

// Place is where a workload runs: what surrounds the client.
type Place struct {
	// Destinations are the servers, used in turn.
	Destinations []netip.AddrPort
	// Sources are bound in turn; none leaves the address to the kernel.
	Sources []netip.Addr
	// Scheme is the name of one of scenario.Schemes.
	Scheme string
	// Ask is what http requests ask for, and Asks what they ask for of each destination,
	// in turn, where that is not the same for all.
	engine.Ask
	Asks [][]engine.Ask

	targets    []scenario.Target
	socket     string // the file of the Unix socket that is the target; "" for TCP
	targetKind string // as in results.Environment
	processors *processors

	// around is what a run in the place depends on, once it has been read.
	around func() results.Environment

	// Of a lab. Without a proxy that is nil, and so is a NAT.
	server, proxy, nat          *peer
	speaks                      scenario.Protocol // the embedded server
	serverCost                  *serverCost       // of the embedded server; nil without it
	shared                      bool              // the server is in the client's namespace
	link                        *peer             // the client's, where it is a process
	program                     *clientProgram    // of the user's as the client; nil without it
	serverSysctls, proxySysctls map[string]string // in their namespaces
	natSysctls                  map[string]string // in its namespace
	backend                     []netip.AddrPort  // where the server is reached
	clients                     []*os.File        // client hosts' network namespaces, if there are several
	networks                    sys.Networks      // the same
	proxyProgram, serverProgram *capacity.Program
	proxyPorts, serverPorts     *hostPorts    // while it is measured
	natPorts                    *natPorts     // likewise
	enough                      *ending       // of what is to be seen of ports
	dirs                        []*programDir // that have files of programs
}

// newPlace is where targets, of which there is at least one, are reached at
// their addresses. Those that have one address are one destination.
func newPlace(targets []scenario.Target, addrs []netip.AddrPort) *Place {
	p := &Place{Destinations: distinct(addrs), Scheme: targets[0].Scheme, targets: targets, around: environment,
		enough: newEnding()}
	if !scenario.HasPorts(p.Scheme) {
		p.socket = targets[0].Path
	}
	if !scenario.SpeaksHTTP(p.Scheme) {
		return p
	}
	p.Ask = ask(targets[0])
	asks, same := make([][]engine.Ask, len(p.Destinations)), true
	for i, t := range targets {
		d := slices.Index(p.Destinations, addrs[i])
		asks[d] = append(asks[d], ask(t))
		same = same && ask(t) == p.Ask
	}
	if !same {
		p.Asks = asks
	}
	return p
}

// ask is what a request to a target asks for.
func ask(t scenario.Target) engine.Ask {
	return engine.Ask{Authority: t.Authority(), Path: t.Path, Credentials: t.Credentials}
}

// Targets are the URLs of the destinations, as they were named.
func (p *Place) Targets() []string {
	out := make([]string, len(p.targets))
	for i, t := range p.targets {
		out[i] = t.String()
	}
	return out
}

// readEnvironment begins to read what a run depends on, while others set up what else
// there is: it takes as long as starting a process.
func (p *Place) readEnvironment() {
	p.around = sync.OnceValue(environment)
	go p.around() // ends when it is read
}

// peers are the lab's other processes, in the order in which they end.
func (p *Place) peers() []*peer {
	all := []*peer{p.link, p.proxy, p.nat, p.server}
	if p.program != nil {
		all = append([]*peer{p.program.peer}, all...)
	}
	return slices.DeleteFunc(all, func(one *peer) bool { return one == nil })
}

// killed is the error of a process of the lab that a signal has ended; nil where there is none.
// The end of a process is heard of a moment after what it tears down.
func (p *Place) killed() error {
	for end := time.Now().Add(100 * time.Millisecond); ; time.Sleep(5 * time.Millisecond) {
		for _, one := range p.peers() {
			if how := one.signaled(); how != "" {
				return &diedError{one.name, how}
			}
		}
		if time.Now().After(end) {
			return nil
		}
	}
}

// apart are the lab's other processes with sockets in namespaces of their own.
func (p *Place) apart() []*peer {
	var out []*peer
	for _, one := range []*peer{p.proxy, p.server} {
		if one != nil && !p.shared {
			out = append(out, one)
		}
	}
	return out
}

// between is the process of the host between client and server; nil without one.
func (p *Place) between() *peer { return cmp.Or(p.proxy, p.nat) }

// near is the process at the other end of the client's link, nil outside a lab.
func (p *Place) near() *peer { return cmp.Or(p.between(), p.server) }

// target is the process at whose host the client's connections end, nil outside a lab: a
// NAT passes them on.
func (p *Place) target() *peer { return cmp.Or(p.proxy, p.server) }

// nearSysctls are those at the other end of the client's connections.
func (p *Place) nearSysctls() map[string]string {
	if p.proxy != nil {
		return p.proxySysctls
	}
	return p.serverSysctls
}

// knowsNear reports whether they are known: on loopback they are the client's.
func (p *Place) knowsNear() bool { return p.nearSysctls() != nil || allLoopback(p.Destinations) }

// Cut takes the lab's link, or those of all clients, down at the other end from the client,
// the server's, the proxy's or the NAT's, for good, while the run goes on: from then on the client
// hears nothing, and gets no error.
func (p *Place) Cut() error {
	if p.near() == nil || p.shared {
		return errors.New("cut the link: only a lab has one, and not on loopback")
	}
	return lab.Cut(p.near().pid(), p.clientLinks()...)
}

// ofTwo reports whether the lab is the client and its server alone.
func (p *Place) ofTwo() bool { return p.server != nil && len(p.peers()) == 1 }

// dismiss has the lab's server end while the result is put together: all that there is to
// read of its host has been read. Not where there are others, whose end comes first, or
// where what it sends in the end is in a capture.
func (p *Place) dismiss(w scenario.Workload) {
	if p.ofTwo() && w.Capture == 0 {
		p.server.leave()
	}
}

// Close ends the lab's other processes, the link's and the proxy's first, and removes the
// files of their programs. The namespaces go with the processes.
func (p *Place) Close() {
	for _, one := range p.peers() {
		one.close()
	}
	for _, network := range p.clients {
		network.Close()
	}
	for _, dir := range p.dirs {
		dir.remove()
	}
}
