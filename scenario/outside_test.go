package scenario

import (
	"errors"
	"strings"
	"testing"
)

// A server that runs already has no lab: what needs one is an error at its place.
func TestWhatNeedsALabIsRefusedWhereTheServerRunsAlready(t *testing.T) {
	const target = "name: a\ntarget: {address: 'http://10.0.0.1:80/'}\n"
	const sysctl = "sysctl: it would change this host; it is set in a lab only, so leave out the target"
	tests := []struct {
		name, text string
		want       []string // one error a line
	}{
		{"only what needs none", target + "workload: {linger: 0}\nmatrix:\n  concurrency: [1, 2]\n", nil},
		{"several addresses", "name: a\ntarget: {address: ['10.0.0.1:80', '10.0.0.2:80']}\n", nil},
		{"the default of what needs one", target + "workload: {destinations: 1, link: veth}\n", nil},
		{"this host's own addresses", target + "workload: {source: 10.0.0.9}\n", nil},
		{"a sysctl in the workload", target + "workload:\n  sysctl: {net.ipv4.tcp_tw_reuse: 1}\n",
			[]string{"f.yaml:4:35: " + sysctl}},
		{"a sysctl in the matrix, once", target + "matrix:\n  sysctl.net.ipv4.tcp_tw_reuse: [0, 1]\n",
			[]string{"f.yaml:4:34: " + sysctl}},
		{"addresses that the lab would make", target + "workload: {source: 4}\n",
			[]string{"f.yaml:3:20: source: 4 addresses are made in a lab only; list this host's own instead"}},
		{"one of several values", target + "matrix:\n  source: [none, 4]\n",
			[]string{"f.yaml:4:18: source: 4 addresses are made in a lab only; list this host's own instead"}},
		{"a link", target + "workload: {link: drop fin}\n",
			[]string{"f.yaml:3:18: link: drop fin is made in a lab only; leave out the target"}},
		{"two of them", target + "workload: {capture: 5, cut-link: 1s}\n", []string{
			"f.yaml:3:21: capture: packets are captured in a lab only, where there is no other traffic; leave out " +
				"the target, or run tcpdump beside",
			"f.yaml:3:34: cut-link: it cuts the link of a lab, never one of this host; leave out the target"}},
		{"in the short version", target + "short:\n  workload: {destinations: 2}\n",
			[]string{"f.yaml:4:28: destinations: it is for a lab's server; name several targets instead"}},
		{"in a case", target + "cases:\n  - {name: one}\n  - {name: two, server-threads: 2}\n", []string{
			"f.yaml:5:33: server-threads: it is for a lab's server, and a target has its own; leave out one of them"}},
		{"a case with a lab of its own", target +
			"cases:\n  - {name: lab, target: {server: http}, server-threads: 2}\n",
			nil},
		{"a case whose server runs already", "name: a\ncases:\n  - {name: one, target: {address: '10.0.0.1:80'}, " +
			"capture: 1}\n  - {name: two, capture: 1}\n",
			[]string{"f.yaml:3:60: capture: packets are captured in a lab " +
				"only, where there is no other traffic; leave out the target, or run tcpdump beside"}},
		{"what all cases have, where one has no lab", "name: a\nworkload: {capture: 1}\ncases:\n  - {name: one, " +
			"target: {address: '10.0.0.1:80'}}\n  - {name: two}\n",
			[]string{"f.yaml:2:21: capture: packets are captured " +
				"in a lab only, where there is no other traffic; leave out the target, or run tcpdump beside"}},
		{"a proxy", target + "proxy: {command: [x], address: '{proxy}:1'}\n",
			[]string{"f.yaml:3:8: proxy: it is a program of a lab, and the target runs already; leave one of them " +
				"out"}},
		{"a client", target + "client: {command: [x]}\n",
			[]string{"f.yaml:3:9: client: it is a program of a lab, and the target runs already; leave one of them " +
				"out"}},
		{"a proxy of a case", target + "cases:\n  - {name: one, proxy: {command: [x], address: '{proxy}:1'}}\n",
			[]string{`f.yaml:4:3: case "one": its proxy is a program of a lab, and the target runs already; ` +
				`leave one of them out`}},
		{"files", "name: a\ntarget: {address: '10.0.0.1:80', files: {a: b}}\n",
			[]string{"f.yaml:2:9: files: they are for a command; the embedded server reads none"}},
		{"an address twice", "name: a\ntarget: {address: ['10.0.0.1:80', 'tcp://10.0.0.1:80']}\n",
			[]string{`f.yaml:2:9: target "tcp://10.0.0.1:80" is listed already; name each target once`}},
		{"a user and a password", "name: a\ntarget: {address: 'http://me:secret@10.0.0.1/'}\n",
			[]string{`f.yaml:2:19: address "http://...@10.0.0.1/": a user and a password would be kept with the ` +
				`sweep, as the scenario is; give them to tcpbench run, which keeps none`}},
		{"an address that is none", "name: a\ntarget: {address: nowhere}\n",
			[]string{`f.yaml:2:9: target "nowhere": it is not host:port`}},
		{"a lab's host beside another", "name: a\ntarget: {address: ['{server}:80', '10.0.0.1:80']}\n",
			[]string{`f.yaml:2:9: target "10.0.0.1:80": a lab reaches its own server only; write {server} for the ` +
				`host, or leave out the lab`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("f.yaml", []byte(tt.text))
			if got, want := message(err), strings.Join(tt.want, "\n"); got != want {
				t.Errorf("Parse = %q, want %q", got, want)
			}
		})
	}
}

// Each setting that says that it is for a lab is refused outside of one; those of a NAT
// are where there is none.
func TestEverySettingOfALabIsRefusedOutside(t *testing.T) {
	other := map[string]string{"server-close": "never", "destinations": "2", "server-threads": "2", "link": "drop fin",
		"capture": "1", "cut-link": "1s", "sysctl": "net.core.somaxconn=1", "server-sysctl": "net.core.somaxconn=1",
		"proxy-sysctl": "net.core.somaxconn=1", "source": "2", "server-cert": "a",
		"server-key": "a", "server-client-ca": "a", "engine": "exec",
		"nat": "40000-40999"}
	w := DefaultWorkload()
	for _, s := range w.Settings() {
		value, of := other[s.Name]
		if lab := strings.HasPrefix(s.Usage, "lab: ") || strings.Contains(s.Usage, "the lab's "); lab && !of &&
			!strings.HasPrefix(s.Name, "nat-") {
			t.Errorf("%s is of a lab, and not in this table", s.Name)
		}
		if !of {
			continue
		}
		one := DefaultWorkload()
		if err := one.Set(s.Name, value); err != nil {
			t.Fatal(err)
		}
		if errors.Join(one.OutsideLab()...) == nil {
			t.Errorf("OutsideLab() with %s=%s = nil, want an error", s.Name, value)
		}
	}
	if err := errors.Join(w.OutsideLab()...); err != nil {
		t.Errorf("OutsideLab() of the defaults = %v, want nil", err)
	}
}
