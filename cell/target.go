package cell

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"tcpbench/internal/fault"
	"tcpbench/scenario"
)

// ParseTarget reads `tcp://host:port` or `host:port`.
func ParseTarget(s string) (host string, port uint16, err error) {
	rest := s
	if scheme, after, ok := strings.Cut(s, "://"); ok {
		switch scheme {
		case "tcp":
			rest = after
		case "http", "https":
			return "", 0, fault.Usagef("target %q: %s targets are not there yet; use tcp://host:port", s, scheme)
		default:
			return "", 0, fault.Usagef("target %q: the scheme %q is not tcp", s, scheme)
		}
	}
	host, portText, err := net.SplitHostPort(rest)
	if err != nil {
		return "", 0, fault.Usagef("target %q is not host:port", s)
	}
	n, err := strconv.Atoi(portText)
	if err != nil || n < 1 || n > 65535 {
		return "", 0, fault.Usagef("target %q: port %q is outside 1 to 65535", s, portText)
	}
	if host == "" {
		return "", 0, fault.Usagef("target %q has no host", s)
	}
	return host, uint16(n), nil
}

// resolveTargets looks up every target's address of the given family.
func resolveTargets(ctx context.Context, targets []string, ip scenario.IPFamily) ([]netip.AddrPort, error) {
	var out []netip.AddrPort
	for _, t := range targets {
		host, port, err := ParseTarget(t)
		if err != nil {
			return nil, err
		}
		a, err := resolve(ctx, host, ip)
		if err != nil {
			return nil, fmt.Errorf("target %q: %w", t, err)
		}
		if a.IsUnspecified() {
			return nil, fault.Usagef("target %q: %s is no address to connect to; use %s for this host", t, a, loopback(a))
		}
		if a.Zone() != "" {
			return nil, fault.Usagef("target %q: addresses with a zone are not taken; use one of the wider network", t)
		}
		d := netip.AddrPortFrom(a, port)
		if slices.Contains(out, d) {
			return nil, fault.Usagef("target %q is %s, which is there already; name each target once", t, d)
		}
		out = append(out, d)
	}
	return out, nil
}

func loopback(a netip.Addr) netip.Addr {
	if a.Is4() {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return netip.IPv6Loopback()
}

// resolve returns host's first address of the family; a literal address of
// either family is taken as it is.
func resolve(ctx context.Context, host string, ip scenario.IPFamily) (netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap(), nil
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip"+string(ip), host)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("host %q does not resolve to an IPv%s address: %w", host, ip, err)
	}
	return addrs[0].Unmap(), nil
}
