package lab

import (
	"net/netip"
	"time"

	"tcpbench/scenario"
)

// NAT is what a host does to the TCP connections that it forwards: it gives each an
// address and a port of its own. The zero value is no NAT.
type NAT struct {
	// Ports are those that each address has towards each destination.
	Ports scenario.PortRange `json:"ports"`
	// Addrs are its addresses, one after the other; InTurn takes the next one for each
	// connection, else the kernel picks one by a hash.
	Addrs  []netip.Addr `json:"addrs"`
	InTurn bool         `json:"in_turn,omitempty"`
	// Flag says how it picks the port.
	Flag scenario.NATFlag `json:"flag"`
	// Hold is for how long it keeps a port after its connection; 0 is as the kernel does.
	Hold time.Duration `json:"hold,omitempty"`
}

// natTable and natChain are where its rules are.
const (
	natTable = "tcpbench"
	natChain = "postrouting"
)
