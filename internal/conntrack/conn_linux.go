package conntrack

import (
	"fmt"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Conn asks the connection tracking of one network namespace. It is used by one
// goroutine at a time.
type Conn struct{ c *netlink.Conn }

// Open asks that of the network namespace that fd is open on. The caller needs
// CAP_NET_ADMIN in it.
func Open(fd int) (*Conn, error) {
	c, err := netlink.Dial(unix.NETLINK_NETFILTER, &netlink.Config{NetNS: fd})
	if err != nil {
		return nil, fmt.Errorf("open ctnetlink: %w", err)
	}
	return &Conn{c}, nil
}

// Close ends it.
func (c *Conn) Close() error { return c.c.Close() }

// The messages of ctnetlink (enum cntl_msg_types), and its subsystem of nfnetlink.
const (
	subsystem   = 1 << 8    // NFNL_SUBSYS_CTNETLINK
	changeEntry = subsystem // | IPCTNL_MSG_CT_NEW, which is 0
	getEntries  = subsystem | 1
	getStatsCPU = subsystem | 4
)

// patience is how long an answer may take.
const patience = 5 * time.Second

// dump asks for all of a kind, and calls each with the attributes of every one.
//
// Note: tried message 5 for the size of the table; its one answer says that more follow
// (NLM_F_MULTI in ctnetlink_stat_ct_fill_info), and none does.
func (c *Conn) dump(message netlink.HeaderType, each func([]byte)) error {
	if err := c.c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	answers, err := c.c.Execute(all(message))
	if err != nil {
		return err
	}
	for _, a := range answers {
		if len(a.Data) >= 4 {
			each(a.Data[4:])
		}
	}
	return nil
}

// all asks for every one of a kind.
func all(message netlink.HeaderType) netlink.Message {
	return netlink.Message{
		Header: netlink.Header{Type: message, Flags: netlink.Request | netlink.Dump},
		Data:   []byte{unix.AF_UNSPEC, 0, 0, 0}, // struct nfgenmsg
	}
}

// Stats reads the counters.
func (c *Conn) Stats() (Stats, error) {
	var s Stats
	if err := c.dump(getStatsCPU, s.add); err != nil {
		return Stats{}, fmt.Errorf("read the counters of connection tracking: %w", err)
	}
	return s, nil
}

// Entries calls each with every TCP connection in the table, and returns how many
// entries it has of all protocols.
func (c *Conn) Entries(each func(Entry)) (int, error) {
	n := 0
	err := c.dump(getEntries, func(b []byte) {
		n++
		if e, ok := decodeEntry(b); ok {
			each(e)
		}
	})
	if err != nil {
		return 0, fmt.Errorf("list tracked connections: %w", err)
	}
	return n, nil
}
