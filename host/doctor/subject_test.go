package doctor

import (
	"bytes"
	"strings"
	"testing"

	"tcpbench/host/netns"
)

func TestWhereARemedyIsSet(t *testing.T) {
	pod := Subject{netns.Namespace{PID: 7, Owner: netns.Owner{Pod: "0f3f", Container: "abab", Runtime: "containerd"}}}
	docker := Subject{netns.Namespace{PID: 7, Owner: netns.Owner{Container: "abab", Runtime: "docker"}}}
	process, named := Subject{netns.Namespace{PID: 7}}, Subject{netns.Namespace{Name: "blue"}}
	for _, tt := range []struct {
		subject    Subject
		line, want string
	}{
		{pod, "net.ipv4.ip_local_port_range = 1024 65535", `pod spec: securityContext: {sysctls: [{name: ` +
			`net.ipv4.ip_local_port_range, value: "1024 65535"}]} (safe)`},
		{pod, "net.ipv4.tcp_fin_timeout = 5", `pod spec: securityContext: {sysctls: [{name: ` +
			`net.ipv4.tcp_fin_timeout, value: "5"}]} (safe since Kubernetes 1.29)`},
		{pod, "net.ipv4.tcp_tw_reuse = 1", `pod spec: securityContext: {sysctls: [{name: net.ipv4.tcp_tw_reuse, ` +
			`value: "1"}]} (unsafe: the kubelet has to allow it, --allowed-unsafe-sysctls=net.ipv4.tcp_tw_reuse)`},
		{pod, "net.netfilter.nf_conntrack_max = 9", "node: sysctl.conf: net.netfilter.nf_conntrack_max = 9 " +
			"(the same for all pods and containers)"},
		{docker, "fs.file-max = 9", "node: sysctl.conf: fs.file-max = 9 (the same for all pods and containers)"},
		{docker, "net.ipv4.tcp_tw_reuse = 1", `container: docker run --sysctl net.ipv4.tcp_tw_reuse="1"`},
		{process, "net.ipv4.tcp_tw_reuse = 1",
			`its namespace, until it ends: nsenter -t 7 -n sysctl -w net.ipv4.tcp_tw_reuse="1"`},
		{named, "net.ipv4.tcp_tw_reuse = 1",
			`its namespace, until it ends: ip netns exec blue sysctl -w net.ipv4.tcp_tw_reuse="1"`},
	} {
		if got := tt.subject.Where(tt.line); got != tt.want {
			t.Errorf("Where(%q) = %q, want %q", tt.line, got, tt.want)
		}
	}
}

func TestTheReportNamesItsSubject(t *testing.T) {
	var with, without bytes.Buffer
	f := plain()
	if err := WriteText(&without, Examine(f, Question{Rate: 5000}), 200); err != nil {
		t.Fatal(err)
	}
	f.Subject = &Subject{netns.Namespace{PID: 7, Process: "web", Host: "web-7d4",
		Owner: netns.Owner{Pod: "0f3f", Container: "abab", Runtime: "containerd", Cgroup: "/kubepods/pod0f3f/abab"}}}
	if err := WriteText(&with, Examine(f, Question{Rate: 5000}), 200); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Of           process 7 web, pod 0f3f, host name web-7d4, containerd container " +
		"abab, cgroup /kubepods/pod0f3f/abab", "pod spec: securityContext"} {
		if !strings.Contains(with.String(), want) {
			t.Errorf("the report of a pod lacks %q:\n%s", want, with.String())
		}
	}
	if s := with.String(); strings.Contains(s, "    sysctl.conf:") || strings.Contains(s, "Set without effect") {
		t.Errorf("the report of a pod has files of the host:\n%s", s)
	}
	if s := without.String(); strings.Contains(s, "pod spec") || !strings.Contains(s, "    sysctl.conf:") {
		t.Errorf("the report of the host has a pod:\n%s", s)
	}
}
