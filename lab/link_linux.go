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

// LinkName is the name of both ends of the veth pair.
const LinkName = "tcpbench0"

// Host is one end of a lab: what its namespace is given.
type Host struct {
	// Addrs are the addresses of its end of the link.
	Addrs []netip.Addr `json:"addrs"`
	// Gateway is an address of the other end; everything is reached through it.
	Gateway netip.Addr `json:"gateway"`
	// GatewayMAC is the other end's hardware address.
	GatewayMAC string `json:"gateway_mac"`
	// Sysctls are set before the link comes up, and read back.
	Sysctls map[string]string `json:"sysctls,omitempty"`
}

// The hardware addresses of the two ends, locally administered. With them
// known beforehand nobody has to ask for them: a lost ARP or neighbour
// solicitation would hold up the first connections for a second.
const (
	NearMAC = "02:00:00:00:00:01" // of the process that joins
	FarMAC  = "02:00:00:00:00:02"
)

// upTimeout is how long a link may take to come up when both ends are set up.
const upTimeout = 5 * time.Second

// Join makes a veth pair with one end in the calling process's network
// namespace and the other in that of process pid.
func Join(pid int) error {
	near, err := net.ParseMAC(NearMAC)
	if err != nil {
		return err
	}
	far, err := net.ParseMAC(FarMAC)
	if err != nil {
		return err
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.HardwareAddr = LinkName, near
	err = netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: LinkName, PeerHardwareAddr: far, PeerNamespace: netlink.NsPid(pid)})
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return Forbidden(fmt.Errorf("make a veth pair: %w", err))
	}
	if err != nil {
		return fmt.Errorf("make a veth pair: %w", err)
	}
	return nil
}

// Up gives the calling process's network namespace what h says: sysctls,
// loopback, and the link with its addresses and a route to everything.
func Up(h Host) error {
	if err := Sysctls(h.Sysctls); err != nil {
		return err
	}
	// Without these, IPv6 would assign and announce addresses of its own.
	quiet := map[string]string{
		"net.ipv6.conf." + LinkName + ".accept_ra":     "0",
		"net.ipv6.conf." + LinkName + ".addr_gen_mode": "1",
	}
	if err := Sysctls(quiet); err != nil && !errors.Is(err, ErrUnknownSysctl) { // a kernel without IPv6
		return err
	}
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("find link lo: %w", err)
	}
	if err := netlink.LinkSetUp(lo); err != nil {
		return fmt.Errorf("set link lo up: %w", err)
	}
	return linkUp(h)
}

// linkUp gives the link its addresses and sets it up, with a route to
// everything through the other end.
func linkUp(h Host) error {
	link, err := netlink.LinkByName(LinkName)
	if err != nil {
		return fmt.Errorf("find link %s: %w", LinkName, err)
	}
	for _, a := range h.Addrs {
		if err := addAddress(link, a); err != nil {
			return fmt.Errorf("add address %s to %s: %w", a, LinkName, err)
		}
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("set link %s up: %w", LinkName, err)
	}
	if err := addGateway(link, h); err != nil {
		return fmt.Errorf("route everything through %s: %w", h.Gateway, err)
	}
	return nil
}

// addGateway makes one route and one neighbour that never has to be asked
// for, whatever the number of addresses at the other end.
func addGateway(link netlink.Link, h Host) error {
	mac, err := net.ParseMAC(h.GatewayMAC)
	if err != nil {
		return err
	}
	index, gateway := link.Attrs().Index, net.IP(h.Gateway.AsSlice())
	neigh := &netlink.Neigh{LinkIndex: index, State: netlink.NUD_PERMANENT, IP: gateway, HardwareAddr: mac}
	if err := netlink.NeighSet(neigh); err != nil {
		return fmt.Errorf("set neighbour: %w", err)
	}
	return netlink.RouteAdd(&netlink.Route{LinkIndex: index, Dst: everything(h.Gateway.BitLen()), Gw: gateway, Flags: int(netlink.FLAG_ONLINK)})
}

// AwaitLink returns when the link carries frames. Until the kernel has
// noticed that both ends are up, it drops what is sent (noop_qdisc).
func AwaitLink() error {
	for end := time.Now().Add(upTimeout); ; time.Sleep(100 * time.Microsecond) {
		link, err := netlink.LinkByName(LinkName)
		if err != nil {
			return fmt.Errorf("find link %s: %w", LinkName, err)
		}
		if link.Attrs().OperState == netlink.OperUp {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("link %s is %s after %v, want it up", LinkName, link.Attrs().OperState, upTimeout)
		}
	}
}

func addAddress(link netlink.Link, a netip.Addr) error {
	bits := a.BitLen()
	addr := &netlink.Addr{IPNet: &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(bits, bits)}}
	if a.Is6() {
		// Nobody else is on the link; duplicate detection would take a second.
		addr.Flags = unix.IFA_F_NODAD
	}
	return netlink.AddrAdd(link, addr)
}

func everything(bits int) *net.IPNet {
	return &net.IPNet{IP: make(net.IP, bits/8), Mask: net.CIDRMask(0, bits)}
}
