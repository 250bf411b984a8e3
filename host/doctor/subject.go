package doctor

import (
	"fmt"
	"strings"

	"tcpbench/host/netns"
)

// Subject is the process, or the network namespace, that a report is of where that is not
// the one that asks. First tells that it has the host's network, as a pod with hostNetwork.
type Subject struct {
	netns.Namespace
	// Uncertain tells that it may have the host's network, or not.
	Uncertain bool `json:"network_uncertain,omitempty"`
	// Path is the file by which one enters the namespace.
	Path string `json:"path,omitempty"`
}

// NewSubject is the subject whose network namespace, the file path, has these sysctls. besideInit
// tells that process 1, as it is seen here, is in it too.
func NewSubject(path string, sysctls map[string]string, besideInit bool) Subject {
	// The kernel keeps the first in its first namespace alone (net_core_table of
	// sysctl_net_core.c), and the second in each (netns_core_table).
	_, first := sysctls["net.core.netdev_max_backlog"]
	_, readable := sysctls["net.core.somaxconn"]
	s := Subject{Namespace: netns.Namespace{First: first}, Path: path}
	// Process 1 elsewhere is that of a container: it may be a whole node, as kind's are.
	s.Uncertain = !first && (!readable || besideInit)
	return s
}

// Sentence is whose network namespace it is.
func (s Subject) Sentence() string {
	var parts []string
	say := func(what, value string) {
		if value != "" {
			parts = append(parts, what+" "+value)
		}
	}
	if s.PID > 0 {
		say(fmt.Sprintf("process %d", s.PID), s.Process)
	}
	say("pod", s.Pod)
	say("host name", s.Host)
	say(strings.TrimSpace(s.Runtime+" container"), s.Container)
	say("unit", s.Unit)
	say("cgroup", s.Cgroup)
	say("namespace", s.Name)
	if len(parts) == 0 {
		say("namespace", s.Path)
	}
	switch {
	case s.First:
		say("the host's", "network")
	case s.Uncertain:
		say("uncertain", "whether the host's network")
	}
	return strings.Join(parts, ", ")
}
