package conntrack

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Holder keeps the entries of closed connections: it gives each a timeout that the kernel
// does not change (IPS_FIXED_TIMEOUT), whose port it then takes over for no other one
// (nf_nat_may_kill). It does so when it hears that a connection has closed, some 50 us
// later: until then its port may be taken over.
type Holder struct{ events, orders *netlink.Conn }

// updates is the multicast group of changes (NFNLGRP_CONNTRACK_UPDATE).
const updates = 2

// room is how much of what is said may wait, in bytes.
const room = 4 << 20

// OpenHolder is that of the calling process's network namespace, in which it needs
// CAP_NET_ADMIN.
func OpenHolder() (*Holder, error) {
	events, err := netlink.Dial(unix.NETLINK_NETFILTER, nil)
	if err != nil {
		return nil, fmt.Errorf("hear of connections that close: %w", err)
	}
	_ = events.SetReadBuffer(room) // net.core.rmem_max bounds it
	if err := events.JoinGroup(updates); err != nil {
		return nil, errors.Join(fmt.Errorf("hear of connections that close: %w", err), events.Close())
	}
	orders, err := netlink.Dial(unix.NETLINK_NETFILTER, nil)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("hold connections that close: %w", err), events.Close())
	}
	return &Holder{events, orders}, nil
}

// Close ends Run.
func (h *Holder) Close() error { return errors.Join(h.events.Close(), h.orders.Close()) }

// Run holds what closes until Close. What it did not hear of, for it came too fast, it
// looks for in the table.
func (h *Holder) Run() error {
	for {
		said, err := h.events.Receive()
		if errors.Is(err, unix.ENOBUFS) {
			said, err = h.orders.Execute(all(getEntries))
		}
		if err != nil {
			return fmt.Errorf("hold connections that close: %w", err)
		}
		for _, m := range said {
			if err := h.hold(m.Data); err != nil {
				return fmt.Errorf("hold a connection that closed: %w", err)
			}
		}
	}
}

// hold holds the entry of a message, unless it is open, or held.
func (h *Holder) hold(data []byte) error {
	if len(data) < 4 {
		return nil
	}
	tuple, status, ok := decodeClosed(data[4:])
	if !ok || status&fixedTimeout != 0 {
		return nil
	}
	order := append([]byte{data[0], 0, 0, 0}, netlinkAttribute(ctaTupleOrig|nestedFlag, tuple)...)
	order = append(order, netlinkAttribute(ctaStatus, binary.BigEndian.AppendUint32(nil, status|fixedTimeout))...)
	_, err := h.orders.Execute(netlink.Message{
		Header: netlink.Header{Type: changeEntry, Flags: netlink.Request | netlink.Acknowledge}, Data: order})
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EBUSY) || errors.Is(err, unix.ETIME) {
		return nil // it is gone, or going
	}
	return err
}

// netlinkAttribute is one as the kernel reads it, padded to four bytes.
func netlinkAttribute(kind uint16, value []byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(value)))
	b = append(binary.NativeEndian.AppendUint16(b, kind), value...)
	return append(b, make([]byte, (4-len(b)%4)%4)...)
}
