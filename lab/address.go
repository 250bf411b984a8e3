package lab

import (
	"net/netip"

	"tcpbench/scenario"
)

// ServerAddrs are the addresses of a lab's server, of both families. They are
// reserved for benchmarks (RFC 2544, RFC 5180), so no host has them.
func ServerAddrs() []netip.Addr {
	return []netip.Addr{netip.AddrFrom4([4]byte{198, 19, 0, 1}), netip.MustParseAddr("2001:2:0:2::1")}
}

// ServerAddr is the lab server's address of one family.
func ServerAddr(ip scenario.IPFamily) netip.Addr {
	if ip == scenario.IPv6 {
		return ServerAddrs()[1]
	}
	return ServerAddrs()[0]
}

// ProxyAddr is where clients reach the lab's proxy, of one family.
func ProxyAddr(ip scenario.IPFamily) netip.Addr {
	if ip == scenario.IPv6 {
		return netip.MustParseAddr("2001:2:0:3::1")
	}
	return netip.AddrFrom4([4]byte{198, 19, 1, 1})
}

// ProxyBackAddr is the address that the proxy's connections to the server are
// from, of one family.
func ProxyBackAddr(ip scenario.IPFamily) netip.Addr {
	if ip == scenario.IPv6 {
		return netip.MustParseAddr("2001:2:0:3::2")
	}
	return netip.AddrFrom4([4]byte{198, 19, 1, 2})
}

// NATAddr is where clients reach the lab's NAT, of one family.
func NATAddr(ip scenario.IPFamily) netip.Addr {
	if ip == scenario.IPv6 {
		return netip.MustParseAddr("2001:2:0:4::1")
	}
	return netip.AddrFrom4([4]byte{198, 19, 2, 1})
}

// NATOuterAddrs are the n addresses, one after the other, that the server sees the NAT's
// connections come from, of one family.
func NATOuterAddrs(ip scenario.IPFamily, n int) []netip.Addr {
	a := netip.AddrFrom4([4]byte{198, 19, 3, 1})
	if ip == scenario.IPv6 {
		a = netip.MustParseAddr("2001:2:0:5::1")
	}
	var out []netip.Addr
	for range n {
		out = append(out, a)
		a = a.Next()
	}
	return out
}

// LoopbackAddr is the server's address where it shares the client's namespace.
func LoopbackAddr(ip scenario.IPFamily) netip.Addr {
	if ip == scenario.IPv6 {
		return netip.IPv6Loopback()
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// ClientAddrs are the addresses of a lab's client: n of each family, at least one.
func ClientAddrs(n int) []netip.Addr {
	v4, v6 := netip.AddrFrom4([4]byte{198, 18, 0, 1}), netip.MustParseAddr("2001:2:0:1::1")
	var out []netip.Addr
	for range max(n, 1) {
		out = append(out, v4, v6)
		v4, v6 = v4.Next(), v6.Next()
	}
	return out
}

// OfFamily returns the addresses of one family, in order.
func OfFamily(addrs []netip.Addr, ip scenario.IPFamily) []netip.Addr {
	var out []netip.Addr
	for _, a := range addrs {
		if a.Is4() == (ip == scenario.IPv4) {
			out = append(out, a)
		}
	}
	return out
}
