package lab

import (
	"fmt"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

// SourceNATs counts the rules of nf_tables, those of iptables-nft included, that give
// forwarded connections another source, in the calling process's network namespace. The
// caller needs CAP_NET_ADMIN. Those of the older iptables are not among them.
func SourceNATs() (int, error) {
	c, err := nftables.New()
	if err != nil {
		return 0, fmt.Errorf("list the rules of nf_tables: %w", err)
	}
	chains, err := c.ListChains()
	if err != nil {
		return 0, fmt.Errorf("list the chains of nf_tables: %w", err)
	}
	n := 0
	for _, chain := range chains {
		rules, err := c.GetRules(chain.Table, chain)
		if err != nil {
			return 0, fmt.Errorf("list the rules of %s %s: %w", chain.Table.Name, chain.Name, err)
		}
		for _, r := range rules {
			for _, e := range r.Exprs {
				if givesSource(e) {
					n++
				}
			}
		}
	}
	return n, nil
}

// givesSource reports whether a part of a rule does.
func givesSource(e expr.Any) bool {
	switch e := e.(type) {
	case *expr.Masq:
		return true
	case *expr.NAT:
		return e.Type == expr.NATTypeSourceNAT
	case *expr.Target: // iptables-nft's
		return strings.HasPrefix(e.Name, "MASQUERADE") || strings.HasPrefix(e.Name, "SNAT")
	default:
		return false
	}
}
