package cell

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"tcpbench/internal/fault"
	"tcpbench/scenario"
)

// resolveTargets looks up every target's address of the given family. Several may have
// one, where they ask for different things.
func resolveTargets(ctx context.Context, targets []scenario.Target, ip scenario.IPFamily) ([]netip.AddrPort, error) {
	var out []netip.AddrPort
	for i, t := range targets {
		if t.Scheme == scenario.SchemeUnix {
			return []netip.AddrPort{{}}, nil // there is one, and no address of it
		}
		a, err := resolve(ctx, t.Host, ip)
		if err != nil {
			return nil, fmt.Errorf("target %q: %w", t, err)
		}
		if a.IsUnspecified() {
			return nil, fault.Usagef("target %q: %s is not an address to connect to; use %s for this host", t,
				a, loopback(a))
		}
		d := netip.AddrPortFrom(a, t.Port)
		for j, o := range out {
			if o == d && (!scenario.SpeaksHTTP(t.Scheme) || targets[j].Path == targets[i].Path &&
				targets[j].Authority() == t.Authority()) {
				return nil, fault.Usagef("target %q is %s, which is listed already; name each target once", t, d)
			}
		}
		out = append(out, d)
	}
	return out, nil
}

// permits refuses destinations that are not within the spec's addresses.
func (s Spec) permits(destinations []netip.AddrPort) error {
	if len(s.Within) == 0 {
		return nil
	}
	for i, d := range destinations {
		if !slices.ContainsFunc(s.Within, func(p netip.Prefix) bool { return p.Contains(d.Addr()) }) {
			return fault.Usagef("target %q is at %s, which is not within %v, where this host may send load",
				scenario.Redacted(s.Targets[i]), d.Addr(), s.Within)
		}
	}
	return nil
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
