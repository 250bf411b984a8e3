package cell

import (
	"net/netip"
	"os"

	"tcpbench/internal/sys"
	"tcpbench/lab"
)

// startClients makes so many client hosts behind the lab's NAT: the first is this process's
// own network namespace, and each other one has its own, joined to the NAT's.
func (p *Place) startClients(n int) error {
	if n < 2 {
		return nil
	}
	own, err := os.Open("/proc/self/ns/net")
	if err != nil {
		return lab.Forbidden(err)
	}
	p.addClient(own)
	for i := 1; i < n; i++ {
		there, err := sys.NewNetwork()
		if err != nil {
			return lab.Forbidden(err)
		}
		p.addClient(there)
		join := func() error { return lab.JoinAs(p.nat.pid(), lab.ClientLink(i)) }
		if err := p.networks.In(i, join); err != nil {
			return err
		}
	}
	return nil
}

func (p *Place) addClient(network *os.File) {
	p.clients = append(p.clients, network)
	p.networks = append(p.networks, int(network.Fd()))
}

// onClients calls do for every client host, in its network namespace.
func (p *Place) onClients(h hosts, do func(lab.Host) error) error {
	if err := do(h.client); err != nil {
		return err
	}
	for i, one := range h.neighbors {
		if err := p.networks.In(1+i, func() error { return do(one) }); err != nil {
			return err
		}
	}
	return nil
}

// clientLinks are those of the client hosts, at their other end.
func (p *Place) clientLinks() []string {
	var out []string
	for i := range max(len(p.clients), 1) {
		out = append(out, lab.ClientLink(i))
	}
	return out
}

// ofHost are those of the addresses that host number i has, of n that take them in turn.
func ofHost(addrs []netip.Addr, i, n int) []netip.Addr {
	var out []netip.Addr
	for ; i < len(addrs); i += max(n, 1) {
		out = append(out, addrs[i])
	}
	return out
}
