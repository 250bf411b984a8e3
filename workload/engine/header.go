package engine

import (
	"net/netip"

	"tcpbench/scenario"
	"tcpbench/workload/proxyheader"
)

// header adds that of the PROXY protocol for connection number n, whose own end is local.
func (p *Plan) header(b []byte, local netip.AddrPort, n int64) []byte {
	return appendHeader(b, p.ProxyProtocol, local, p.Destinations[p.destination(n)])
}

// appendHeader adds a header of the PROXY protocol.
func appendHeader(b []byte, version scenario.ProxyProtocol, src, dst netip.AddrPort) []byte {
	if version == scenario.ProxyV1 {
		return proxyheader.AppendV1(b, src, dst)
	}
	return proxyheader.AppendV2(b, src, dst)
}
