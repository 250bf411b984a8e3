package lab

import (
	"errors"
	"fmt"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netns"

	"tcpbench/internal/conntrack"
)

// NATReader reads what the NAT in another network namespace has and does.
type NATReader struct {
	*conntrack.Conn
	rules *nftables.Conn
	table *nftables.Table
}

// OpenNAT reads that of process pid, which has done what n says.
func OpenNAT(pid int, n NAT) (*NATReader, error) {
	ns, err := netns.GetFromPid(pid)
	if err != nil {
		return nil, fmt.Errorf("open the network namespace of the NAT, process %d: %w", pid, err)
	}
	defer ns.Close()
	// A lasting connection, so that the namespace is entered once.
	rules, err := nftables.New(nftables.WithNetNSFd(int(ns)), nftables.AsLasting())
	if err != nil {
		return nil, fmt.Errorf("open the NAT's rules: %w", err)
	}
	ct, err := conntrack.Open(int(ns))
	if err != nil {
		return nil, errors.Join(noNAT("ctnetlink (CONFIG_NF_CT_NETLINK)", err), rules.CloseLasting())
	}
	if _, err := ct.Stats(); err != nil { // nobody tells before the first question
		return nil, errors.Join(noNAT("ctnetlink (CONFIG_NF_CT_NETLINK)", err), ct.Close(), rules.CloseLasting())
	}
	return &NATReader{ct, rules, n.table()}, nil
}

// Close frees its sockets.
func (r *NATReader) Close() error { return errors.Join(r.Conn.Close(), r.rules.CloseLasting()) }

// Came counts the SYNs that came to the NAT without an entry: those of connections that
// got a port, and those that were dropped for lack of one.
func (r *NATReader) Came() (int64, error) {
	rules, err := r.rules.GetRules(r.table, &nftables.Chain{Name: natChain, Table: r.table})
	if err != nil {
		return 0, fmt.Errorf("read the NAT's rules: %w", err)
	}
	for _, rule := range rules {
		for _, e := range rule.Exprs {
			if c, ok := e.(*expr.Counter); ok {
				return int64(c.Packets), nil
			}
		}
	}
	return 0, errors.New("read the NAT's rules: the one that counts is gone")
}
