package doctor

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tcpbench/host/netns"
)

// subjects are one of each kind, in a network namespace of their own.
func subjects() map[string]Subject {
	of := func(n netns.Namespace) Subject { return Subject{Namespace: n} }
	return map[string]Subject{
		"pod":     of(netns.Namespace{PID: 7, Owner: netns.Owner{Pod: "0f3f", Container: "ab", Runtime: "containerd"}}),
		"cri-o":   of(netns.Namespace{PID: 7, Owner: netns.Owner{Pod: "0f3f", Container: "ab", Runtime: "cri-o"}}),
		"sandbox": of(netns.Namespace{PID: 7, Owner: netns.Owner{Pod: "0f3f"}}),
		"docker":  of(netns.Namespace{PID: 7, Owner: netns.Owner{Container: "ab", Runtime: "docker"}}),
		"other":   of(netns.Namespace{PID: 7, Owner: netns.Owner{Container: "ab"}}),
		"unit": of(netns.Namespace{PID: 7, Owner: netns.Owner{Unit: "web.service",
			Cgroup: "/system.slice/web.service"}}),
		"user unit": of(netns.Namespace{PID: 7, Owner: netns.Owner{Unit: "web.service",
			Cgroup: "/user.slice/user-1000.slice/user@1000.service/app.slice/web.service"}}),
		"process": of(netns.Namespace{PID: 7, Owner: netns.Owner{Unit: "session-3.scope"}}),
		"named":   of(netns.Namespace{Name: "blue"}),
		"path":    {Path: "/proc/7/ns/net"},
	}
}

func TestWhereARemedyIsSet(t *testing.T) {
	const (
		reuse  = "net.ipv4.tcp_tw_reuse = 1"
		own    = `its namespace, until it ends: `
		write  = `sysctl -w net.ipv4.tcp_tw_reuse="1"`
		onHost = write + `, and net.ipv4.tcp_tw_reuse = 1 in /etc/sysctl.d to keep it`
		spec   = `pod spec: securityContext: {sysctls: [{name: net.ipv4.tcp_tw_reuse, value: "1"}]} ` +
			`(unsafe: the kubelet has to allow it, --allowed-unsafe-sysctls=net.ipv4.tcp_tw_reuse)`
		nodeOfPod = "node, as the pod has hostNetwork, with which Kubernetes refuses such sysctls in its spec: "
		node      = "node, whose network the container has: "
		host      = "host, whose network it has: "
		uncertain = "uncertain whether it has the host's network: if so, " + onHost + "; if not, "
	)
	for _, tt := range []struct{ subject, own, first string }{
		{"pod", spec, nodeOfPod + onHost},
		{"cri-o", spec, nodeOfPod + onHost},
		{"docker", `container: docker run --sysctl net.ipv4.tcp_tw_reuse="1"`, node + onHost},
		{"other", own + "nsenter -t 7 -n " + write, node + onHost},
		{"unit", own + "nsenter -t 7 -n " + write, host + onHost},
		{"process", own + "nsenter -t 7 -n " + write, host + onHost},
		{"named", own + "ip netns exec blue " + write, host + onHost},
		{"path", own + "nsenter --net=/proc/7/ns/net " + write, host + onHost},
	} {
		for network, want := range map[string]string{"own": tt.own, "host": tt.first, "uncertain": uncertain + tt.own} {
			s := subjects()[tt.subject]
			s.First, s.Uncertain = network == "host", network == "uncertain"
			if got := s.Where(reuse); got != want {
				t.Errorf("%s, %s network: Where(%q) =\n%s, want\n%s", tt.subject, network, reuse, got, want)
			}
		}
	}
}

func TestWhereASysctlOfItsOwnKindIsSet(t *testing.T) {
	for _, tt := range []struct{ subject, line, want string }{
		{"pod", "net.ipv4.ip_local_port_range = 1024 65535", `pod spec: securityContext: {sysctls: [{name: ` +
			`net.ipv4.ip_local_port_range, value: "1024 65535"}]} (safe)`},
		{"pod", "net.ipv4.tcp_fin_timeout = 5", `pod spec: securityContext: {sysctls: [{name: ` +
			`net.ipv4.tcp_fin_timeout, value: "5"}]} (safe since Kubernetes 1.29)`},
		{"pod", "net.netfilter.nf_conntrack_max = 9", "node: sysctl.conf: net.netfilter.nf_conntrack_max = 9 " +
			"(the same for all pods and containers)"},
		{"docker", "fs.file-max = 9", "node: sysctl.conf: fs.file-max = 9 (the same for all pods and containers)"},
	} {
		if got := subjects()[tt.subject].Where(tt.line); got != tt.want {
			t.Errorf("%s: Where(%q) = %q, want %q", tt.subject, tt.line, got, tt.want)
		}
	}
}

func TestWhoseNetworkItIs(t *testing.T) {
	const first, each = "net.core.netdev_max_backlog", "net.core.somaxconn"
	for _, tt := range []struct {
		name             string
		sysctls          map[string]string
		besideInit       bool
		first, uncertain bool
	}{
		{"the host's", map[string]string{first: "1000", each: "4096"}, true, true, false},
		{"the host's, of which a container asks", map[string]string{first: "1000", each: "4096"}, false, true, false},
		{"its own", map[string]string{each: "4096"}, false, false, false},
		{"that of a container's first process", map[string]string{each: "4096"}, true, false, true},
		{"one whose settings cannot be read", nil, false, false, true},
	} {
		if s := NewSubject("", tt.sysctls, tt.besideInit); s.First != tt.first || s.Uncertain != tt.uncertain {
			t.Errorf("%s: NewSubject = %+v, want first %v, uncertain %v", tt.name, s, tt.first, tt.uncertain)
		}
	}
}

func TestTheSentenceIsNeverEmpty(t *testing.T) {
	for _, tt := range []struct {
		s    Subject
		want string
	}{
		{Subject{Path: "/proc/7/ns/net"}, "namespace /proc/7/ns/net"},
		{Subject{Path: "/run/netns/blue", Namespace: netns.Namespace{Name: "blue"}}, "namespace blue"},
		{Subject{Namespace: netns.Namespace{PID: 7, Process: "web", First: true}}, "process 7 web, the host's network"},
		{Subject{Namespace: netns.Namespace{PID: 7, Process: "web"}, Uncertain: true},
			"process 7 web, uncertain whether the host's network"},
	} {
		if got := tt.s.Sentence(); got != tt.want {
			t.Errorf("Sentence() = %q, want %q", got, tt.want)
		}
	}
}

func TestWhereOpenFilesAreRaised(t *testing.T) {
	const higher = "as root: prlimit --pid 7 --nofile=4064:4064, and nofile in /etc/security/limits.conf " +
		"for what logs in later; fs.nr_open bounds it"
	for _, tt := range []struct {
		subject string
		hard    uint64
		want    string
	}{
		{"pod", 2048, "on the node: LimitNOFILE=4064 of containerd.service, then new containers: " +
			"a pod's spec has no field for it"},
		{"cri-o", 2048, "on the node: LimitNOFILE=4064 of crio.service, then new containers: " +
			"a pod's spec has no field for it"},
		{"sandbox", 2048, "on the node: LimitNOFILE=4064 of the unit of the container runtime (containerd.service, " +
			"crio.service), then new containers: a pod's spec has no field for it"},
		{"docker", 2048, "a new container: docker run --ulimit nofile=4064"},
		{"other", 2048, "a new container, with --ulimit nofile=4064 or what its runtime has for it"},
		{"unit", 2048, "LimitNOFILE=4064 of web.service (systemctl edit), then restart it"},
		{"user unit", 2048, "LimitNOFILE=4064 of web.service (systemctl --user edit), then restart it"},
		{"process", 2048, higher},
		{"process", 524288, "prlimit --pid 7 --nofile=4064:, or ulimit -n in the shell that starts it"},
		{"process", 0, "prlimit --pid 7 --nofile=4064:, or ulimit -n in the shell that starts it"},
	} {
		for _, host := range []bool{false, true} { // whose network it has does not matter
			s := subjects()[tt.subject]
			s.First = host
			f := plain()
			f.Subject, f.Files = &s, &Files{Soft: 1024, Hard: tt.hard}
			all := Examine(f, Question{Rate: 2000, Open: 2 * time.Second}).Limits
			l := all[slices.IndexFunc(all, func(l Limit) bool { return l.Name == "open files" })]
			if got := l.Remedies[0].Change; got != tt.want || l.Counts != "of process 7 (prlimit --pid 7)" {
				t.Errorf("%s: %q %s, want %q", tt.subject, got, l.Counts, tt.want)
			}
		}
	}
}

func TestTheReportSaysWhatIsNotRead(t *testing.T) {
	f := plain()
	for name, of := range map[string]*Subject{"the host": nil, "a process": {Path: "/proc/7/ns/net"}} {
		f.Subject, f.Unread = of, []error{errors.New("no limits")}
		var b bytes.Buffer
		if err := WriteText(&b, Examine(f, Question{}), 200); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "Not read     no limits\n") {
			t.Errorf("the report of %s does not say what was not read:\n%s", name, b.String())
		}
	}
}

func TestTheReportNamesItsSubject(t *testing.T) {
	var with, without bytes.Buffer
	f := plain()
	if err := WriteText(&without, Examine(f, Question{Rate: 5000}), 200); err != nil {
		t.Fatal(err)
	}
	f.Subject = &Subject{Namespace: netns.Namespace{PID: 7, Process: "web", Host: "web-7d4",
		Owner: netns.Owner{Pod: "0f3f", Container: "abab", Runtime: "containerd", Cgroup: "/kubepods/pod0f3f/abab"}}}
	if err := WriteText(&with, Examine(f, Question{Rate: 5000}), 200); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Of           process 7 web, pod 0f3f, host name web-7d4, containerd container " +
		"abab, cgroup /kubepods/pod0f3f/abab", "pod spec: securityContext",
		"Open files   1024 of the process, at most 524288 (prlimit --pid 7)\n"} {
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
