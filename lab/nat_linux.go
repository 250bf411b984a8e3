package lab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"tcpbench/internal/fault"
	"tcpbench/scenario"
)

// apply sets up the NAT's rules in the calling process's network namespace. The error
// has the exit status of a host that cannot do it where the kernel lacks a part.
func (n NAT) apply() error {
	c, err := nftables.New()
	if err != nil {
		return noNAT("nf_tables (CONFIG_NF_TABLES)", err)
	}
	return n.applyBy(c)
}

// applyBy is apply by what asks the kernel.
func (n NAT) applyBy(c *nftables.Conn) error {
	t := c.AddTable(n.table())
	if err := c.Flush(); err != nil {
		return noNAT("nf_tables (CONFIG_NF_TABLES)", err)
	}
	chain := c.AddChain(&nftables.Chain{Name: natChain, Table: t, Type: nftables.ChainTypeNAT,
		Hooknum: nftables.ChainHookPostrouting, Priority: nftables.ChainPriorityNATSource})
	if err := c.Flush(); err != nil {
		return noNAT("its NAT chains (CONFIG_NFT_NAT, CONFIG_NF_NAT)", err)
	}
	for _, exprs := range n.rules() {
		c.AddRule(&nftables.Rule{Table: t, Chain: chain, Exprs: exprs})
	}
	if err := c.Flush(); err != nil {
		return noNAT("a part of its NAT rules (CONFIG_NFT_NAT, with --nat-spread turn CONFIG_NFT_NUMGEN)", err)
	}
	return nil
}

// table is that of the addresses' family.
func (n NAT) table() *nftables.Table {
	family := nftables.TableFamilyIPv4
	if n.Addrs[0].Is6() {
		family = nftables.TableFamilyIPv6
	}
	return &nftables.Table{Family: family, Name: natTable}
}

// rules are one that counts every connection that comes to the NAT, and after it those
// that give it an address and a port: a rule for each address that is taken in turn.
func (n NAT) rules() [][]expr.Any {
	out := [][]expr.Any{append(outgoing(), &expr.Counter{})}
	if !n.InTurn {
		return append(out, append(outgoing(), n.snat(n.Addrs[0], n.Addrs[len(n.Addrs)-1])...))
	}
	for i, a := range n.Addrs {
		rule := outgoing()
		if left := uint32(len(n.Addrs) - i); left > 1 { // of those that are left, every one of so many
			rule = append(rule, &expr.Numgen{Register: 1, Type: unix.NFT_NG_INCREMENTAL, Modulus: left},
				&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: make([]byte, 4)})
		}
		out = append(out, append(rule, n.snat(a, a)...))
	}
	return out
}

// outgoing matches TCP towards the server.
func outgoing() []expr.Any {
	link := make([]byte, unix.IFNAMSIZ)
	copy(link, SecondLink)
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyOIFNAME, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: link},
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{unix.IPPROTO_TCP}},
	}
}

// snat gives a connection one of the addresses from lo to hi, and one of the ports.
//
// Note: tried expr.Masq with ToPorts, which lacks the flag NF_NAT_RANGE_PROTO_SPECIFIED,
// so that the kernel ignores the range. Masquerading is this with the link's address.
func (n NAT) snat(lo, hi netip.Addr) []expr.Any {
	family := uint32(unix.NFPROTO_IPV4)
	if lo.Is6() {
		family = unix.NFPROTO_IPV6
	}
	nat := &expr.NAT{Type: expr.NATTypeSourceNAT, Family: family, RegAddrMin: 1, RegProtoMin: 3, RegProtoMax: 4,
		Specified: true, Random: n.Flag == scenario.NATRandom, FullyRandom: n.Flag == scenario.NATFullyRandom,
		Persistent: n.Flag == scenario.NATPersistent}
	out := []expr.Any{
		&expr.Immediate{Register: 1, Data: lo.AsSlice()},
		&expr.Immediate{Register: 3, Data: binary.BigEndian.AppendUint16(nil, n.Ports.Lo)},
		&expr.Immediate{Register: 4, Data: binary.BigEndian.AppendUint16(nil, n.Ports.Hi)},
	}
	if lo != hi {
		nat.RegAddrMax = 2
		out = append(out, &expr.Immediate{Register: 2, Data: hi.AsSlice()})
	}
	return append(out, nat)
}

// noNAT explains why a NAT could not be set up: a part that the kernel lacks.
func noNAT(part string, err error) error {
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return Forbidden(fmt.Errorf("set up the NAT: %w", err))
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EINVAL),
		errors.Is(err, unix.EPROTONOSUPPORT), errors.Is(err, unix.EAFNOSUPPORT):
		return fault.Host(fmt.Errorf("set up the NAT: this kernel lacks %s (%w); as root: modprobe -a nf_tables "+
			"nft_nat nft_chain_nat nft_numgen nf_conntrack_netlink, or run a kernel that has them, or leave out --nat",
			part, err))
	default:
		return fmt.Errorf("set up the NAT: %w", err)
	}
}
