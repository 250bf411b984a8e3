package doctor

import (
	"fmt"
	"strconv"
	"time"

	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
)

// Setting is a sysctl and what its value means here.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Means string `json:"means"`
}

// sysctl is one that matters, and what its value means.
type sysctl struct {
	name  string
	means func(f Facts, value string) string
}

// Names are the sysctls that matter here.
func Names() []string {
	var out []string
	for _, s := range sysctls() {
		out = append(out, s.name)
	}
	return out
}

// settings are those that this kernel has.
func settings(f Facts) []Setting {
	var out []Setting
	for _, s := range sysctls() {
		if value, ok := f.Sysctls[s.name]; ok {
			out = append(out, Setting{s.name, value, s.means(f, value)})
		}
	}
	return out
}

// sysctls are those of the law, and others that limit connections.
func sysctls() []sysctl {
	var out []sysctl
	for _, row := range capacity.Sysctls() {
		out = append(out, sysctl{row.Name, func(f Facts, value string) string { return row.Means(f.host(), value) }})
	}
	return append(out, others()...)
}

func others() []sysctl {
	return []sysctl{
		{"net.ipv4.tcp_tw_timeout", always(
			"a vendor's kernel: how long TIME_WAIT lasts, in s; the hold times shown here assume 60 s")},
		{"net.ipv4.tcp_rfc1337", onOff(
			"an RST does not end a TIME_WAIT",
			"an RST ends a TIME_WAIT, and its port is free")},
		{"net.ipv4.tcp_max_orphans", always(
			"connections that no program holds any more; above it they are reset (TCPAbortOnMemory)")},
		{"net.core.somaxconn", somaxconn},
		{"net.ipv4.tcp_max_syn_backlog", always("handshakes of a listener under way, where SYN cookies are off")},
		{"net.ipv4.tcp_syncookies", onOff(
			"a full SYN queue sends cookies and refuses nobody",
			"a full SYN queue drops connections")},
		{"net.ipv4.tcp_abort_on_overflow", onOff(
			"a full accept queue resets the client: it fails at once",
			"a full accept queue drops: the client tries again after 1 s, 3 s, 7 s, ...")},
		{"net.ipv4.tcp_syn_retries", synRetries},
		{"net.ipv4.tcp_syn_linear_timeouts", always(
			"times that it repeats its SYN 1 s apart, before those of tcp_syn_retries")},
		{"net.ipv4.tcp_synack_retries", always("times a server repeats its answer to a SYN")},
		{"net.ipv4.tcp_keepalive_time", always("s without traffic until SO_KEEPALIVE sends its first probe")},
		{"net.ipv4.tcp_keepalive_intvl", always("s between its probes")},
		{"net.ipv4.tcp_keepalive_probes", always("probes without an answer end the connection")},
		{"net.ipv4.tcp_mem", always(
			"pages of memory for all of TCP: above the second it economizes, above the third it fails")},
		{"net.core.netdev_max_backlog", always("packets waiting for a CPU that is behind; above it they are dropped")},
		{"net.ipv4.ip_forward", onOff(
			"this host forwards what is not for it, as a router or a NAT does",
			"this host forwards nothing")},
		{"net.netfilter.nf_conntrack_max", always(
			"connections tracked at a time; above it new ones are dropped, and no program is told")},
		{"net.netfilter.nf_conntrack_tcp_timeout_time_wait", always("s a closed connection stays in that table")},
		{"net.netfilter.nf_conntrack_tcp_timeout_established", always(
			"s an open connection without traffic stays in it: a vanished client keeps the port of a NAT for so long")},
		{"net.netfilter.nf_conntrack_tcp_timeout_syn_sent", always(
			"s a connection without an answer stays in it, and keeps the port of a NAT")},
		{"net.netfilter.nf_conntrack_tcp_timeout_fin_wait", always(
			"s a connection that one end has closed stays in it, and keeps the port of a NAT")},
		{"fs.file-max", always("open files of all processes")},
		{"fs.nr_open", always("the highest hard limit of open files that a process can have")},
	}
}

func always(text string) func(Facts, string) string {
	return func(Facts, string) string { return text }
}

// onOff takes the text for a value other than 0, or that for 0.
func onOff(on, off string) func(Facts, string) string {
	return func(_ Facts, value string) string {
		if value == "0" {
			return off
		}
		return on
	}
}

func somaxconn(f Facts, _ string) string {
	s := "the longest accept queue that listen(2) can ask for"
	if n := f.Counters["TcpExtListenOverflows"]; n > 0 {
		s += fmt.Sprintf("; queues were full %d times", n)
	}
	return s
}

// synRetries is how long connect(2) waits without an answer: retries 1 s
// apart, as many as tcp_syn_linear_timeouts has (since Linux 6.5), then as many
// as tcp_syn_retries has, each after twice the time (tcp_write_timeout).
func synRetries(f Facts, value string) string {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > 127 {
		return "times that connect(2) repeats its SYN"
	}
	linear, _ := strconv.Atoi(f.Sysctls["net.ipv4.tcp_syn_linear_timeouts"]) // 0 before Linux 6.5
	return fmt.Sprintf("times that connect(2) repeats its SYN; without an answer it fails (ETIMEDOUT) after %s",
		figure.Span((time.Duration(linear)*time.Second + synTimeout(n)).Seconds()))
}

// synTimeout is the sum of 1 s, 2 s, 4 s and so on, none above 120 s
// (TCP_RTO_MAX).
func synTimeout(retries int) time.Duration {
	sum, next := time.Duration(0), time.Second
	for range retries + 1 {
		sum += next
		next = min(2*next, 2*time.Minute)
	}
	return sum
}
