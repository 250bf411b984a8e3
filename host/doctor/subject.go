package doctor

import (
	"fmt"
	"strings"

	"tcpbench/host/netns"
)

// Subject is the process, or the network namespace, that a report is of where that is not
// the one that asks.
type Subject struct {
	netns.Namespace
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
	return strings.Join(parts, ", ")
}

// safeSince are the sysctls that Kubernetes lets every pod set, and since when, "" being
// always (pkg/kubelet/sysctl/safe_sysctls.go).
func safeSince() map[string]string {
	return map[string]string{
		"net.ipv4.ip_local_port_range":        "",
		"net.ipv4.ip_unprivileged_port_start": "",
		"net.ipv4.tcp_syncookies":             "",
		"net.ipv4.ip_local_reserved_ports":    "1.27",
		"net.ipv4.tcp_keepalive_time":         "1.29",
		"net.ipv4.tcp_keepalive_intvl":        "1.29",
		"net.ipv4.tcp_keepalive_probes":       "1.29",
		"net.ipv4.tcp_fin_timeout":            "1.29",
		"net.ipv4.tcp_rmem":                   "1.32",
		"net.ipv4.tcp_wmem":                   "1.32",
	}
}

// ofNode reports whether the kernel has one value of a sysctl for all network namespaces, or
// only takes it from the first one (nf_conntrack_standalone_init_sysctl).
func ofNode(name string) bool {
	switch name {
	case "net.netfilter.nf_conntrack_max", "net.ipv4.tcp_mem", "net.core.netdev_max_backlog":
		return true
	}
	return !strings.HasPrefix(name, "net.")
}

// Where says where a line of a sysctl.conf is to be set for the subject: in a pod's spec, on
// the node, in its container or in its namespace.
func (s Subject) Where(line string) string {
	name, value, _ := strings.Cut(line, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	since, safe := safeSince()[name]
	spec := fmt.Sprintf("pod spec: securityContext: {sysctls: [{name: %s, value: %q}]}", name, value)
	switch {
	case ofNode(name):
		return "node: sysctl.conf: " + name + " = " + value + " (the same for all pods and containers)"
	case s.Pod != "" && safe && since != "":
		return spec + " (safe since Kubernetes " + since + ")"
	case s.Pod != "" && safe:
		return spec + " (safe)"
	case s.Pod != "":
		return spec + " (unsafe: the kubelet has to allow it, --allowed-unsafe-sysctls=" + name + ")"
	case s.Container != "" && (s.Runtime == "docker" || s.Runtime == "podman"):
		return fmt.Sprintf("container: %s run --sysctl %s=%q", s.Runtime, name, value)
	case s.PID > 0:
		return fmt.Sprintf("its namespace, until it ends: nsenter -t %d -n sysctl -w %s=%q", s.PID, name, value)
	default:
		return fmt.Sprintf("its namespace, until it ends: ip netns exec %s sysctl -w %s=%q", s.Name, name, value)
	}
}
