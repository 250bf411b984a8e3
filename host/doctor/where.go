package doctor

import (
	"fmt"
	"strings"
)

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
	switch {
	case ofNode(name):
		return "node: sysctl.conf: " + name + " = " + value + " (the same for all pods and containers)"
	case s.First:
		return s.whereHost() + onHost(name, value)
	case s.Uncertain:
		return "uncertain whether it has the host's network: if so, " + onHost(name, value) + "; if not, " +
			s.whereOwn(name, value)
	default:
		return s.whereOwn(name, value)
	}
}

// whereHost is the host of a subject that has its network.
func (s Subject) whereHost() string {
	switch {
	case s.Pod != "":
		return "node, as the pod has hostNetwork, with which Kubernetes refuses such sysctls in its spec: "
	case s.Container != "":
		return "node, whose network the container has: "
	default:
		return "host, whose network it has: "
	}
}

func onHost(name, value string) string {
	return fmt.Sprintf("sysctl -w %s=%q, and %s = %s in /etc/sysctl.d to keep it", name, value, name, value)
}

// whereOwn is for a subject that has not the host's network.
func (s Subject) whereOwn(name, value string) string {
	since, safe := safeSince()[name]
	spec := fmt.Sprintf("pod spec: securityContext: {sysctls: [{name: %s, value: %q}]}", name, value)
	switch {
	case s.Pod != "" && safe && since != "":
		return spec + " (safe since Kubernetes " + since + ")"
	case s.Pod != "" && safe:
		return spec + " (safe)"
	case s.Pod != "":
		return spec + " (unsafe: the kubelet has to allow it, --allowed-unsafe-sysctls=" + name + ")"
	case s.Container != "" && (s.Runtime == "docker" || s.Runtime == "podman"):
		return fmt.Sprintf("container: %s run --sysctl %s=%q", s.Runtime, name, value)
	default:
		return fmt.Sprintf("its namespace, until it ends: %s sysctl -w %s=%q", s.enter(), name, value)
	}
}

// enter is the beginning of a command in the namespace.
func (s Subject) enter() string {
	switch {
	case s.PID > 0:
		return fmt.Sprintf("nsenter -t %d -n", s.PID)
	case s.Name != "":
		return "ip netns exec " + s.Name
	default:
		return "nsenter --net=" + s.Path
	}
}
