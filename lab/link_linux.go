package lab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// LinkName is the name of both ends of the veth pair.
const LinkName = "tcpbench0"

// Host is one end of a lab: what its namespace is given.
type Host struct {
	// Addrs are the addresses of its end of the link.
	Addrs []netip.Addr `json:"addrs"`
	// Sysctls are set before the link comes up, and read back.
	Sysctls map[string]string `json:"sysctls,omitempty"`
}

// Join makes a veth pair with one end in the calling process's network
// namespace and the other in that of process pid.
func Join(pid int) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name = LinkName
	err := netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: LinkName, PeerNamespace: netlink.NsPid(pid)})
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
	if err := linkUp("lo", nil); err != nil {
		return err
	}
	return linkUp(LinkName, h.Addrs)
}

func linkUp(name string, addrs []netip.Addr) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return fmt.Errorf("find link %s: %w", name, err)
	}
	for _, a := range addrs {
		if err := addAddress(link, a); err != nil {
			return fmt.Errorf("add address %s to %s: %w", a, name, err)
		}
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("set link %s up: %w", name, err)
	}
	for _, family := range families(addrs) {
		// Everything is on the link: any address that the other end has is reached.
		route := &netlink.Route{LinkIndex: link.Attrs().Index, Dst: everything(family), Scope: netlink.SCOPE_LINK}
		if err := netlink.RouteAdd(route); err != nil {
			return fmt.Errorf("route %v to %s: %w", route.Dst, name, err)
		}
	}
	return nil
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

// families lists the address families among addrs, as address lengths in bits.
func families(addrs []netip.Addr) []int {
	var v4, v6 bool
	for _, a := range addrs {
		v4 = v4 || a.Is4()
		v6 = v6 || a.Is6()
	}
	var out []int
	if v4 {
		out = append(out, 32)
	}
	if v6 {
		out = append(out, 128)
	}
	return out
}

func everything(bits int) *net.IPNet {
	return &net.IPNet{IP: make(net.IP, bits/8), Mask: net.CIDRMask(0, bits)}
}
