package capacity

import (
	"fmt"
	"time"

	"tcpbench/internal/figure"
)

// NAT is what the law of a NAT's ports depends on: each connection that goes through it
// takes one of an address towards a destination, until the NAT lets go of it.
type NAT struct {
	// Ports is how many each address has towards each destination.
	Ports int
	// Addresses are those of the NAT. InTurn takes the next one for each connection; else
	// a hash of the client's address and the destination's picks one, whatever is in use.
	Addresses int
	InTurn    bool
	// Clients and Destinations are how many there are; a destination is an address and
	// a port.
	Clients, Destinations int
	// Hold is for how long it keeps a port after its connection. Linux takes over that of a
	// closed connection when it needs one, which is 0.
	Hold time.Duration
	// Whole: it finds every port that is free, as gateways that are not Linux are said to.
	Whole bool
}

// Evicts reports whether a kernel, as in "Linux 6.18.5", takes over the port of a closed
// connection for a new one: since Linux 6.5 (nf_nat_used_tuple_harder).
func Evicts(kernel string) bool {
	var major, minor int
	n, _ := fmt.Sscanf(kernel, "Linux %d.%d", &major, &minor)
	return n == 2 && (major > 6 || major == 6 && minor >= 5)
}

// wholeSearch is the most ports of which Linux looks at every one for a new connection
// (NF_NAT_MAX_ATTEMPTS in nf_nat_core.c). Of more it looks at 248 in windows of 128, 64,
// 32, 16 and 8, and may pass over those that are free.
const wholeSearch = 128

// surely is the share of more ports than that which were in use, at least, when a search
// first found none: 0.89 to 1 were measured, of 256 to 4000 ports.
const surely = 0.85

// SafePorts is how many of Ports are found for sure.
func (n NAT) SafePorts() int {
	if n.Ports <= wholeSearch || n.Whole {
		return n.Ports
	}
	return int(surely * float64(n.Ports))
}

// Used is on how many of its addresses connections are, at least and at most.
func (n NAT) Used() (least, most int) {
	if n.InTurn {
		return n.Addresses, n.Addresses
	}
	return 1, max(min(n.Addresses, n.Clients), 1)
}

// PredictNAT applies the law: so many connections at a time get a port.
func PredictNAT(n NAT) Prediction {
	least, most := n.Used()
	p := Prediction{Ports: n.Ports, Sources: most, Destinations: n.Destinations,
		ConnectionsUntilExhaustion: int64(n.Ports) * int64(most) * int64(n.Destinations),
		ConnectionsAtLeast:         int64(n.SafePorts()) * int64(least) * int64(n.Destinations),
		Reason:                     n.reason()}
	if n.Hold == 0 {
		p.OpenUntilExhaustion = p.ConnectionsAtLeast
		return p
	}
	p.HoldSeconds, p.HoldSecondsMax = n.Hold.Seconds(), n.Hold.Seconds()
	p.SustainableCPS = float64(p.ConnectionsUntilExhaustion) / p.HoldSeconds
	p.SafeCPS = float64(p.ConnectionsAtLeast) / p.HoldSeconds
	return p
}

func (n NAT) reason() string {
	s := "the NAT's ports, one for each connection that is open or half closed"
	if n.Hold > 0 {
		s = fmt.Sprintf("the NAT's ports, one for each connection that is open, and for %s after it",
			figure.Seconds(n.Hold.Seconds()))
	}
	if n.Addresses > 1 && !n.InTurn {
		s += "; a range of addresses picks one by a hash, and looks at no other when its ports are in use"
	}
	if n.Ports > n.SafePorts() {
		s += fmt.Sprintf("; of more than %d ports Linux looks at 248, and passes over some", wholeSearch)
	}
	return s
}

// NATChange is one that lets more connections through a NAT.
type NATChange struct {
	Kind        string
	Host        string
	Price, Risk string
	// apply makes the change and says what it is; false where it is of no use. held are
	// the connections that hold the ports, by the state in which they are tracked.
	apply func(n *NAT, held map[string]int) (do string, ok bool)
}

// NATChanges are all there are, the cheapest first.
func NATChanges() []NATChange {
	return []NATChange{
		{Kind: "half-closed", Host: "client and server", Price: "a change of the program that leaves its end open",
			apply: closeBoth},
		{Kind: "unanswered", Host: "nat", Price: "a setting of the NAT",
			Risk: "a handshake that takes longer fails", apply: forgetUnanswered},
		{Kind: "ports", Host: "nat", Price: "a rule of the NAT",
			Risk: "ports of the range may be those of the NAT's own servers", apply: morePorts},
		{Kind: "in-turn", Host: "nat", Price: "a rule of the NAT",
			Risk: "a client's connections come from several addresses", apply: takeInTurn},
		{Kind: "addresses", Host: "nat", Price: "another address",
			Risk: "servers and firewalls that know the NAT by its address see several", apply: moreAddresses},
		{Kind: "destinations", Host: "server", Price: "the server listens on more addresses or ports",
			Risk: "the load is only as even as the spread", apply: moreDestinations},
		{Kind: "fewer", Host: "client", Price: "a request waits for a connection that is free", apply: fewerOpen},
	}
}

// NATRemedies are the changes that would help where a NAT ran out of ports, the cheapest
// first, with how many connections it lets through at a time then.
func NATRemedies(n NAT, held map[string]int) []Remedy {
	var out []Remedy
	for _, c := range NATChanges() {
		after := n
		do, ok := c.apply(&after, held)
		if !ok {
			continue
		}
		out = append(out, Remedy{Change: do, Host: c.Host, Connections: PredictNAT(after).ConnectionsAtLeast,
			Price: c.Price, Risk: c.Risk})
	}
	return out
}

// most reports whether the given states hold at least half of the ports.
func most(held map[string]int, states ...string) bool {
	all, n := 0, 0
	for _, count := range held {
		all += count
	}
	for _, s := range states {
		n += held[s]
	}
	return all > 0 && 2*n >= all
}

func closeBoth(_ *NAT, held map[string]int) (string, bool) {
	return "close every connection at both ends: a half closed one keeps its port for " +
			"nf_conntrack_tcp_timeout_fin_wait (120 s) or close_wait (60 s)",
		most(held, "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK")
}

func forgetUnanswered(_ *NAT, held map[string]int) (string, bool) {
	return "find out why the server does not answer, and on the NAT sysctl -w " +
		"net.netfilter.nf_conntrack_tcp_timeout_syn_sent=10 (default 120 s)", most(held, "SYN_SENT", "SYN_RECV")
}

func morePorts(n *NAT, _ map[string]int) (string, bool) {
	was := n.Ports
	n.Ports = Widest().Len()
	return fmt.Sprintf("give the NAT the ports %d-%d (masquerade to :%d-%d)", widestLo, widestHi, widestLo, widestHi),
		was < n.Ports
}

func takeInTurn(n *NAT, _ map[string]int) (string, bool) {
	can := n.Addresses > 1 && !n.InTurn
	n.InTurn = true
	return fmt.Sprintf("take the NAT's addresses in turn (snat to numgen inc mod %d map {..}), not a range of them, "+
		"which does not look at what is in use (--nat-spread turn)", n.Addresses), can
}

func moreAddresses(n *NAT, _ map[string]int) (string, bool) {
	n.Addresses, n.InTurn = 2*n.Addresses, true
	return fmt.Sprintf("give the NAT %d addresses, taken in turn (--nat-addresses %d --nat-spread turn)", n.Addresses,
		n.Addresses), true
}

func moreDestinations(n *NAT, _ map[string]int) (string, bool) {
	n.Destinations *= 2
	return fmt.Sprintf("spread over %d destinations, each of which has all ports of its own (--destinations %d)",
		n.Destinations, n.Destinations), true
}

func fewerOpen(n *NAT, _ map[string]int) (string, bool) {
	c := PredictNAT(*n).ConnectionsAtLeast
	return fmt.Sprintf("keep no more than %s open at a time, of all clients together",
		figure.Plural(c, "connection")), c > 0
}
