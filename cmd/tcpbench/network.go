package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"tcpbench/host/netns"
	"tcpbench/internal/fault"
)

// network is the network namespace that a command is to look at.
type network struct {
	pid  int
	name string
}

func (n *network) flags(f *pflag.FlagSet) {
	f.IntVar(&n.pid, "pid", 0, "the network namespace of process `N`, of a container, say")
	f.StringVar(&n.name, "netns", "",
		"the network namespace `NAME` of ip netns, or a path such as /proc/N/ns/net")
}

// path is the file that it is; "" is the one that this process is in.
func (n *network) path() (string, error) {
	switch {
	case n.pid < 0:
		return "", fault.Usagef("--pid: %d is no process", n.pid)
	case n.pid > 0 && n.name != "":
		return "", fault.Usagef("--pid and --netns are one too many: give either")
	case n.pid > 0:
		return fmt.Sprintf("/proc/%d/ns/net", n.pid), nil
	case n.name == "" || strings.Contains(n.name, "/"):
		return n.name, nil
	default:
		return netns.NamedIn + "/" + n.name, nil
	}
}
