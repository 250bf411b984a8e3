package cell

import (
	"fmt"
	"net/netip"
	"time"

	"tcpbench/lab"
	"tcpbench/scenario"
)

// hosts are the hosts of a lab: the client, which is the calling process, its neighbors
// behind a NAT, the server, and what is between where there is something: a proxy or a NAT.
type hosts struct {
	client, between, server lab.Host
	neighbors               []lab.Host // clients too
}

// newHosts says which host has which links. The one between has one towards the
// client, through which it reaches everything but the server.
func newHosts(s Spec) hosts {
	w := s.Workload
	client, server := clientAddrs(w), lab.ServerAddr(w.IP)
	h := hosts{
		client: lab.Host{Sysctls: w.Sysctl},
		server: lab.Host{Defaults: serverSysctls(), Sysctls: w.ServerSysctl},
	}
	if w.Link.Loopback { // one host, and the server's process has nothing to set up
		return hosts{client: lab.Host{Defaults: serverSysctls(), Sysctls: w.Sysctl}}
	}
	link := func(addrs []netip.Addr, gateway netip.Addr, mac string) lab.Link {
		return lab.Link{Name: lab.LinkName, Addrs: addrs, Gateway: gateway, GatewayMAC: mac}
	}
	front, back := s.between(&h.between)
	if back == nil {
		h.client.Links = []lab.Link{link(client, server, lab.FarMAC)}
		h.server.Links = []lab.Link{link([]netip.Addr{server}, client[0], lab.NearMAC)}
		return h
	}
	h.client.Links = []lab.Link{link(ofHost(client, 0, w.NAT.Clients), front, lab.FarMAC)}
	second := lab.Link{Name: lab.SecondLink, Addrs: back, Gateway: server, GatewayMAC: lab.ServerMAC, Neighbor: true}
	h.between.Links = []lab.Link{link([]netip.Addr{front}, client[0], lab.NearMAC), second}
	for i := 1; i < w.NAT.Clients; i++ {
		own := ofHost(client, i, w.NAT.Clients)
		h.neighbors = append(h.neighbors, lab.Host{Sysctls: w.Sysctl,
			Links: []lab.Link{link(own, front, lab.FarMAC)}})
		h.between.Links = append(h.between.Links, lab.Link{Name: lab.ClientLink(i), Addrs: []netip.Addr{front},
			Gateway: own[0], GatewayMAC: lab.NearMAC, Neighbor: true, Beyond: own[1:]})
	}
	h.server.Links = []lab.Link{link([]netip.Addr{server}, back[0], lab.BetweenMAC)}
	return h
}

// between makes h the host between client and server, with its addresses towards
// either; none where there is no such host.
func (s Spec) between(h *lab.Host) (front netip.Addr, back []netip.Addr) {
	w := s.Workload
	switch {
	case !s.Proxy.IsZero():
		h.Defaults, h.Sysctls = serverSysctls(), w.ProxySysctl
		return lab.ProxyAddr(w.IP), []netip.Addr{lab.ProxyBackAddr(w.IP)}
	case !w.NAT.IsZero():
		h.Defaults, h.Sysctls = natSysctls(w.NAT.Hold), w.NAT.Sysctl
		n := s.nat()
		h.NAT = &n
		return lab.NATAddr(w.IP), n.Addrs
	default:
		return netip.Addr{}, nil
	}
}

// nat is what the spec's NAT does.
func (s Spec) nat() lab.NAT {
	n := s.Workload.NAT
	return lab.NAT{Ports: n.Ports, Addrs: lab.NATOuterAddrs(s.Workload.IP, n.Addresses),
		InTurn: n.Spread == scenario.NATInTurn, Flag: n.Flag, Hold: n.Hold}
}

// natSysctls make a host one that forwards, and that tracks closed connections for the
// time of a hold, where there is one.
func natSysctls(hold time.Duration) map[string]string {
	out := map[string]string{"net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": "1"}
	if hold > 0 {
		for _, state := range []string{"time_wait", "close"} {
			out["net.netfilter.nf_conntrack_tcp_timeout_"+state] = fmt.Sprintf("%.0f", hold.Seconds())
		}
	}
	return out
}

// clientAddrs are those of the client's link.
func clientAddrs(w scenario.Workload) []netip.Addr {
	from := w.From()
	if len(from.Addrs) > 0 {
		return lab.OfFamily(from.Addrs, w.IP)
	}
	return lab.OfFamily(lab.ClientAddrs(from.Count), w.IP)
}

// serverSysctls are set in the namespaces of server and proxy before the
// scenario's own, so that their queues are not the limit.
func serverSysctls() map[string]string {
	return map[string]string{
		"net.core.somaxconn":           "65535",
		"net.ipv4.tcp_max_syn_backlog": "65535",
	}
}
