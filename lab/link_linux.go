package lab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// The names of links, in the namespaces that they are in.
const (
	// LinkName is that of both ends of a veth pair.
	LinkName = "tcpbench0"
	// SecondLink is the one towards the server of a proxy, or a NAT, between the two.
	SecondLink = "tcpbench1"
)

// Host is what a namespace of a lab is given.
type Host struct {
	// Links are its ends of the lab's links.
	Links []Link `json:"links"`
	// Defaults are sysctls that are set first, those that the kernel has: from
	// a user namespace it hides net.core before Linux 6.12.
	Defaults map[string]string `json:"defaults,omitempty"`
	// Sysctls are set before the links come up, and read back.
	Sysctls map[string]string `json:"sysctls,omitempty"`
	// NAT is what it does to what it forwards through its SecondLink; nil of a host that
	// forwards nothing.
	NAT *NAT `json:"nat,omitempty"`
}

// Link is one end of a veth pair, as its host sees it.
type Link struct {
	Name string `json:"name"`
	// Addrs are the addresses of this end.
	Addrs []netip.Addr `json:"addrs"`
	// Gateway is an address of the other end.
	Gateway netip.Addr `json:"gateway"`
	// GatewayMAC is the other end's hardware address.
	GatewayMAC string `json:"gateway_mac"`
	// Neighbor tells that only Gateway and Beyond are reached through the link; else
	// everything is that no other link has.
	Neighbor bool         `json:"neighbor,omitempty"`
	Beyond   []netip.Addr `json:"beyond,omitempty"`
}

// The hardware addresses of the ends of the links, locally administered. With
// them known beforehand nobody has to ask for them: a lost ARP or neighbour
// solicitation would hold up the first connections for a second.
const (
	NearMAC = "02:00:00:00:00:01" // of the process that joins
	FarMAC  = "02:00:00:00:00:02"

	// BetweenMAC and ServerMAC are those of the link between the host between client and
	// server, a proxy or a NAT, and the server.
	BetweenMAC = "02:00:00:00:00:03"
	ServerMAC  = "02:00:00:00:00:04"
)

// upTimeout is how long a link may take to come up when both ends are set up.
const upTimeout = 5 * time.Second

// end is one end of a veth pair that is to be made.
type end struct {
	pid       int // of a process in its network namespace; 0 is that of the calling thread
	name, mac string
}

// Join makes a veth pair with one end in the calling process's network
// namespace and the other in that of process pid.
func Join(pid int) error { return JoinAs(pid, LinkName) }

// JoinAs is Join, from the calling thread's network namespace, to an end with another name.
func JoinAs(pid int, far string) error {
	return join(end{name: LinkName, mac: NearMAC}, end{pid, far, FarMAC})
}

// ClientLink is the end of the link towards client host number i, from 0, of the host that
// all of them reach the server through.
func ClientLink(i int) string {
	if i == 0 {
		return LinkName
	}
	return fmt.Sprintf("tcpbench%d", 1+i)
}

// JoinOthers makes a veth pair between the network namespaces of two other
// processes, of a host between client and server, in which it is SecondLink, and a
// server's.
func JoinOthers(between, server int) error {
	return join(end{between, SecondLink, BetweenMAC}, end{server, LinkName, ServerMAC})
}

func join(near, far end) error {
	mac, err := net.ParseMAC(near.mac)
	if err != nil {
		return err
	}
	farMAC, err := net.ParseMAC(far.mac)
	if err != nil {
		return err
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.HardwareAddr = near.name, mac
	// One queue each way is what a veth device uses. Where it is not asked for, the kernel
	// makes one for each processor, and waits until nobody sees the others (synchronize_net
	// in veth_init_queues), on both ends.
	attrs.NumTxQueues, attrs.NumRxQueues = 1, 1
	if near.pid != 0 {
		attrs.Namespace = netlink.NsPid(near.pid)
	}
	err = netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: far.name, PeerHardwareAddr: farMAC,
		PeerNamespace: netlink.NsPid(far.pid)})
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return Forbidden(fmt.Errorf("make a veth pair: %w", err))
	}
	if err != nil {
		return fmt.Errorf("make a veth pair: %w", err)
	}
	return nil
}

// Up gives the calling process's network namespace what h says: sysctls,
// loopback, and the links with their addresses and routes.
func Up(h Host) error {
	if h.NAT != nil { // first: it brings the sysctls of connection tracking
		if err := h.NAT.apply(); err != nil {
			return err
		}
	}
	if err := knownSysctls(h.Defaults); err != nil {
		return err
	}
	if err := Sysctls(h.Sysctls); err != nil {
		return err
	}
	here, err := newHandle()
	if err != nil {
		return err
	}
	defer here.Close()
	lo, err := here.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("find link lo: %w", err)
	}
	if err := here.LinkSetUp(lo); err != nil {
		return fmt.Errorf("set link lo up: %w", err)
	}
	for _, l := range h.Links {
		if err := l.up(here); err != nil {
			return err
		}
	}
	return nil
}

// newHandle opens a socket for many questions: else each makes one of its own.
func newHandle() (*netlink.Handle, error) {
	h, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("open rtnetlink: %w", err)
	}
	return h, nil
}

// up gives the link its addresses and sets it up, with a route to what is
// reached through the other end.
func (l Link) up(here *netlink.Handle) error {
	// Without these, IPv6 would assign and announce addresses of its own.
	quiet := map[string]string{
		"net.ipv6.conf." + l.Name + ".accept_ra":     "0",
		"net.ipv6.conf." + l.Name + ".addr_gen_mode": "1",
	}
	if err := Sysctls(quiet); err != nil && !errors.Is(err, ErrUnknownSysctl) { // a kernel without IPv6
		return err
	}
	link, err := here.LinkByName(l.Name)
	if err != nil {
		return fmt.Errorf("find link %s: %w", l.Name, err)
	}
	for _, a := range l.Addrs {
		if err := addAddress(here, link, a); err != nil {
			return fmt.Errorf("add address %s to %s: %w", a, l.Name, err)
		}
	}
	if err := here.LinkSetUp(link); err != nil {
		return fmt.Errorf("set link %s up: %w", l.Name, err)
	}
	if err := l.addGateway(here, link); err != nil {
		return fmt.Errorf("route through %s of %s: %w", l.Gateway, l.Name, err)
	}
	return nil
}

// addGateway makes one route and one neighbour that never has to be asked
// for, whatever the number of addresses at the other end.
func (l Link) addGateway(here *netlink.Handle, link netlink.Link) error {
	mac, err := net.ParseMAC(l.GatewayMAC)
	if err != nil {
		return err
	}
	index, gateway := link.Attrs().Index, net.IP(l.Gateway.AsSlice())
	neigh := &netlink.Neigh{LinkIndex: index, State: netlink.NUD_PERMANENT, IP: gateway, HardwareAddr: mac}
	if err := here.NeighSet(neigh); err != nil {
		return fmt.Errorf("set neighbour: %w", err)
	}
	through := func(to *net.IPNet) error {
		return here.RouteAdd(&netlink.Route{LinkIndex: index, Dst: to, Gw: gateway, Flags: int(netlink.FLAG_ONLINK)})
	}
	if !l.Neighbor {
		return through(everything(l.Gateway.BitLen()))
	}
	err = here.RouteAdd(&netlink.Route{LinkIndex: index, Dst: only(l.Gateway), Scope: netlink.SCOPE_LINK})
	for _, a := range l.Beyond {
		err = errors.Join(err, through(only(a)))
	}
	return err
}

// Await returns when all links of h carry frames. Until the kernel has noticed
// that both ends of one are up, it drops what is sent (noop_qdisc).
func Await(h Host) error {
	here, err := newHandle()
	if err != nil {
		return err
	}
	defer here.Close()
	for _, l := range h.Links {
		if err := awaitLink(here, l.Name); err != nil {
			return err
		}
	}
	return nil
}

func awaitLink(here *netlink.Handle, name string) error {
	for end := time.Now().Add(upTimeout); ; time.Sleep(100 * time.Microsecond) {
		link, err := here.LinkByName(name)
		if err != nil {
			return fmt.Errorf("find link %s: %w", name, err)
		}
		if carries(link) {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("link %s is %s after %v, want it up", name, link.Attrs().OperState, upTimeout)
		}
	}
}

// carries reports whether the link carries frames. A TAP device does as soon
// as it is up: its carrier never changes, so that the kernel does not come to
// say anything of its state (rfc2863_policy).
func carries(link netlink.Link) bool {
	a := link.Attrs()
	_, tap := link.(*netlink.Tuntap)
	return a.OperState == netlink.OperUp || tap && a.OperState == netlink.OperUnknown && a.Flags&net.FlagUp != 0
}

func addAddress(here *netlink.Handle, link netlink.Link, a netip.Addr) error {
	addr := &netlink.Addr{IPNet: only(a)}
	if a.Is6() {
		// Nobody else is on the link; duplicate detection would take a second.
		addr.Flags = unix.IFA_F_NODAD
	}
	return here.AddrAdd(link, addr)
}

func everything(bits int) *net.IPNet {
	return &net.IPNet{IP: make(net.IP, bits/8), Mask: net.CIDRMask(0, bits)}
}

// only is the network of one address.
func only(a netip.Addr) *net.IPNet {
	return &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(a.BitLen(), a.BitLen())}
}
