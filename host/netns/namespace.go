package netns

import (
	"cmp"
	"strings"
)

// NamedIn is where `ip netns` keeps names.
const NamedIn = "/run/netns"

// Namespace is a network namespace, and whose it is. What is not known is absent.
type Namespace struct {
	// Inode is its number, as in `readlink /proc/PID/ns/net`.
	Inode uint64 `json:"inode"`
	// Name is that of `ip netns`, and Host the host name that its first process sees, which
	// for a pod is the pod's name.
	Name string `json:"name,omitempty"`
	Host string `json:"hostname,omitempty"`
	// File is what that name of `ip netns` is, as it is written on the disk.
	File string `json:"-"`
	// Start is when the first process began, in clock ticks since the host started.
	Start uint64 `json:"-"`
	// PID is the process in it that began first of those that one sees, Process its name, and
	// Processes counts all; absent where none is, as in one that only has a name.
	PID       int    `json:"pid,omitempty"`
	Process   string `json:"process,omitempty"`
	Processes int    `json:"processes,omitempty"`
	// First tells that it is that of the host: process 1 of the host is in it, which that of a
	// container is not, or it is the kernel's first.
	First bool `json:"first,omitempty"`

	Owner
}

// Label is what one calls it, in a few words.
func (n Namespace) Label() string {
	switch {
	case n.First:
		return "host"
	case n.Name == "host":
		return "netns " + n.Name
	case n.Name != "":
		return n.Name
	case n.Pod != "" && n.Host != "":
		return "pod " + n.Host
	case n.Pod != "":
		return "pod " + n.Pod
	case n.Container != "":
		return strings.TrimSpace(cmp.Or(n.Runtime, "container") + " " + n.Container[:12])
	case n.Unit != "" && !strings.HasSuffix(n.Unit, ".scope"):
		return n.Unit
	default:
		return n.Process
	}
}
