package scenario

import (
	"strconv"
	"time"
)

// NATFlag says how a NAT picks the port of a connection.
type NATFlag string

// The flags, which are those of nft(8).
const (
	// NATPlain keeps the client's own port where that is in the range and free.
	NATPlain NATFlag = None
	// NATRandom and NATFullyRandom are the same since Linux 5.0: never the client's own.
	NATRandom      NATFlag = "random"
	NATFullyRandom NATFlag = "fully-random"
	// NATPersistent gives a client the same address towards all destinations.
	NATPersistent NATFlag = "persistent"
)

// NATSpread says how a NAT picks one of several addresses.
type NATSpread string

// The ways to pick an address.
const (
	// NATByHash is what a range of addresses does: a hash of the client's address, and
	// without NATPersistent of the destination's, whatever is in use.
	NATByHash NATSpread = "hash"
	// NATInTurn takes the next one for each connection (nft's numgen inc).
	NATInTurn NATSpread = "turn"
)

// Bounds of a NAT host.
const (
	MaxNATAddresses = 64
	MaxNATClients   = 254
)

// NAT is the host of a lab between client and server that translates the clients'
// addresses; without Ports there is none.
type NAT struct {
	// Ports are those that each of its addresses has towards each destination.
	Ports PortRange
	// Clients is how many client hosts are behind it: each has a network namespace, with
	// ports of its own, and a link to it.
	Clients int
	// Addresses is how many it has towards the server, picked as Spread says.
	Addresses int
	Spread    NATSpread
	// Flag says how it picks the port.
	Flag NATFlag
	// Hold is for how long it keeps a port after its connection, in whole seconds; 0 takes
	// it over when another one needs it, as Linux does.
	Hold time.Duration
	// Sysctl are set in its namespace.
	Sysctl Sysctls
}

// IsZero reports whether there is none.
func (n NAT) IsZero() bool { return n.Ports.IsZero() }

// defaultNAT is none, with one of each once there is.
func defaultNAT() NAT { return NAT{Clients: 1, Addresses: 1, Spread: NATByHash, Flag: NATPlain} }

// settings are its options.
func (n *NAT) settings() []Setting {
	return []Setting{
		setting("nat", "", "lab: a NAT host between client and server, with the ports `LO-HI` for each destination",
			&n.Ports, ParsePortRange, PortRange.String),
		setting("nat-clients", "", "lab: `N` client hosts behind the NAT, used in turn", &n.Clients,
			count(1, MaxNATClients), strconv.Itoa),
		setting("nat-addresses", "", "lab: the NAT has `N` addresses towards the server", &n.Addresses,
			count(1, MaxNATAddresses), strconv.Itoa),
		word("nat-spread", "", "which of its addresses the NAT takes: `hash|turn`; hash: as a range of addresses does",
			&n.Spread, NATByHash, NATInTurn),
		word("nat-flags", "", "how the NAT picks a port: `none|random|fully-random|persistent`", &n.Flag, NATPlain,
			NATRandom, NATFullyRandom, NATPersistent),
		setting("nat-hold", "", "the NAT keeps a port for `D` after its connection, as cloud gateways do; 0: as Linux",
			&n.Hold, wait(0, MaxDuration), time.Duration.String),
		sysctlSetting("nat-sysctl", "in the namespace of the lab's NAT, repeatable: `KEY=VALUE`", &n.Sysctl),
	}
}

// ofNAT are options of a NAT that is not there, or cannot do what they say.
func (w *Workload) ofNAT() []error {
	n, d := w.NAT, defaultNAT()
	if n.IsZero() {
		const text = "the lab has no NAT; add one with --nat LO-HI, or leave it out"
		return []error{
			Refuse(n.Clients != d.Clients, "nat-clients", text),
			Refuse(n.Addresses != d.Addresses, "nat-addresses", text),
			Refuse(n.Spread != d.Spread, "nat-spread", text),
			Refuse(n.Flag != d.Flag, "nat-flags", text),
			Refuse(n.Hold != d.Hold, "nat-hold", text),
			Refuse(len(n.Sysctl) > 0, "nat-sysctl", text),
		}
	}
	have := w.Source.Len()
	return []error{
		Refuse(n.Ports.Len() == 1, "nat", "%s is one port, among which a NAT does not search; give it 2 or more",
			n.Ports),
		Refuse(n.Hold%time.Second != 0, "nat-hold", "%v is not whole seconds, in which the kernel keeps entries",
			n.Hold),
		Refuse(w.Link.Loopback, "nat", "with a NAT there are three hosts, which link=loopback makes one; "+
			"leave one of them out"),
		Refuse(n.Clients > 1 && w.Link.UserSpace(), "nat-clients", "each host has a link of its own, and %s is of "+
			"one; leave one of them out", w.Link),
		Refuse(n.Clients > n.Ports.Len()*n.Addresses*w.Destinations, "nat-clients", "%d hosts need a port each, and "+
			"the NAT has %d for all of them; give it more ports, addresses or destinations, or fewer hosts", n.Clients,
			n.Ports.Len()*n.Addresses*w.Destinations),
		Refuse(have > 0 && have < n.Clients, "nat-clients", "%d hosts need an address each, and --source gives %d; "+
			"give it %d, or leave it out", n.Clients, have, n.Clients),
		Refuse(n.Spread != d.Spread && n.Addresses == 1, "nat-spread",
			"the NAT has one address; give it more with --nat-addresses"),
		Refuse(n.Flag == NATPersistent && n.Spread == NATInTurn, "nat-flags",
			"persistent gives a client one address, and nat-spread=turn the next one; leave one of them out"),
	}
}

// From are the addresses that connections come from: those asked for, or one of each
// client host behind a NAT.
func (w *Workload) From() Sources {
	if w.Source.IsZero() && w.NAT.Clients > 1 {
		return Sources{Count: w.NAT.Clients}
	}
	return w.Source
}
