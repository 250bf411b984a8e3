package lab

import (
	"fmt"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Cut sets links down in the network namespace of process pid, the other
// end of a lab. The clients' own ends stay up, with their addresses and routes,
// and lose their carrier: what is sent goes nowhere, without an error.
//
// Note: tried to set the caller's own end down; its routes go with it, and
// connect(2) says ENETUNREACH at once, which it does for no cut cable.
func Cut(pid int, links ...string) error {
	ns, err := netns.GetFromPid(pid)
	if err != nil {
		return fmt.Errorf("cut the link: open the network namespace of process %d: %w", pid, err)
	}
	defer ns.Close()
	// Of routes alone: by default it opens what not every kernel has (XFRM).
	there, err := netlink.NewHandleAt(ns, unix.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("cut the link: enter the network namespace of process %d: %w", pid, err)
	}
	defer there.Close()
	for _, name := range links {
		link, err := there.LinkByName(name)
		if err != nil {
			return fmt.Errorf("cut the link: find link %s: %w", name, err)
		}
		if err := there.LinkSetDown(link); err != nil {
			return fmt.Errorf("cut the link: set link %s down: %w", name, err)
		}
	}
	return nil
}
