package cell

import (
	"net/netip"

	"tcpbench/lab"
	"tcpbench/scenario"
)

// hosts are the hosts of a lab: the client, which is the calling process, the
// server, and the proxy between the two where there is one.
type hosts struct{ client, proxy, server lab.Host }

// newHosts says which host has which links. A proxy has one towards the
// client, through which it reaches everything but the server.
func newHosts(s Spec) hosts {
	w := s.Workload
	client, server := clientAddrs(w), lab.ServerAddr(w.IP)
	h := hosts{
		client: lab.Host{Sysctls: w.Sysctl},
		proxy:  lab.Host{Defaults: serverSysctls(), Sysctls: w.ProxySysctl},
		server: lab.Host{Defaults: serverSysctls(), Sysctls: w.ServerSysctl},
	}
	if w.Link.Loopback { // one host, and the server's process has nothing to set up
		return hosts{client: lab.Host{Defaults: serverSysctls(), Sysctls: w.Sysctl}}
	}
	link := func(addrs []netip.Addr, gateway netip.Addr, mac string) lab.Link {
		return lab.Link{Name: lab.LinkName, Addrs: addrs, Gateway: gateway, GatewayMAC: mac}
	}
	h.client.Links = []lab.Link{link(client, s.nearAddr(), lab.FarMAC)}
	if s.Proxy.IsZero() {
		h.server.Links = []lab.Link{link([]netip.Addr{server}, client[0], lab.NearMAC)}
		return h
	}
	front, back := lab.ProxyAddr(w.IP), lab.ProxyBackAddr(w.IP)
	second := lab.Link{Name: lab.SecondLink, Addrs: []netip.Addr{back}, Gateway: server, GatewayMAC: lab.ServerMAC,
		Neighbor: true}
	h.proxy.Links = []lab.Link{link([]netip.Addr{front}, client[0], lab.NearMAC), second}
	h.server.Links = []lab.Link{link([]netip.Addr{server}, back, lab.ProxyMAC)}
	return h
}

// clientAddrs are those of the client's link.
func clientAddrs(w scenario.Workload) []netip.Addr {
	if len(w.Source.Addrs) > 0 {
		return lab.OfFamily(w.Source.Addrs, w.IP)
	}
	return lab.OfFamily(lab.ClientAddrs(w.Source.Count), w.IP)
}

// serverSysctls are set in the namespaces of server and proxy before the
// scenario's own, so that their queues are not the limit.
func serverSysctls() map[string]string {
	return map[string]string{
		"net.core.somaxconn":           "65535",
		"net.ipv4.tcp_max_syn_backlog": "65535",
	}
}
