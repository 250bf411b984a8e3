package scenario

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseReadsAProxy(t *testing.T) {
	s, err := Parse("f.yaml", []byte(`name: a
target: {server: http}
proxy:
  command: [nginx, -c, "{dir}/nginx.conf"]
  address: "http://{proxy}:8080/"
  files:
    nginx.conf: |
      events { }
workload: {proxy-sysctl: {net.core.somaxconn: 128}}
`))
	if err != nil {
		t.Fatalf("Parse = %v, want no error", err)
	}
	want := Program{
		Command:   []string{"nginx", "-c", "{dir}/nginx.conf"},
		Addresses: []string{"http://{proxy}:8080/"},
		Files:     Files{"nginx.conf": "events { }\n"},
	}
	if diff := cmp.Diff(want, s.Proxy); diff != "" || s.Workload.ProxySysctl["net.core.somaxconn"] != "128" {
		t.Errorf("Parse(a proxy) has sysctls %v and (-want +got):\n%s", s.Workload.ProxySysctl, diff)
	}
}

func TestParseRefusesAProxyThatCannotBe(t *testing.T) {
	tests := []struct{ name, proxy, want string }{
		{"nothing", "{}", "f.yaml:2:8: proxy: it says nothing; leave it out, or give it a command and an address"},
		{"no command", "{address: 'http://{proxy}/'}",
			"f.yaml:2:8: proxy: command: the program that forwards is missing, as in [haproxy, -db, -f, " +
				"{dir}/haproxy.cfg]"},
		{"no address", "{command: [x, -y]}",
			`f.yaml:2:8: proxy: command: the address that "x -y" listens on is missing; name it, as in ` +
				`http://{proxy}:8080/`},
		{"an address of the server", "{command: [x], address: 'http://{server}/'}",
			`f.yaml:2:8: proxy: target "http://{server}/": clients reach a lab's proxy only; write {proxy} for the ` +
				`host`},
		{"an address twice", "{command: [x], address: ['{proxy}:80', 'tcp://{proxy}:80']}",
			`f.yaml:2:8: proxy: target "tcp://{proxy}:80" is listed already; name each target once`},
		{"a file elsewhere", "{command: [x], address: '{proxy}:80', files: {../a: b}}",
			`f.yaml:2:8: files: "../a" is not the name of a file in one directory; leave out what comes before the ` +
				`last /`},
		{"a file that is none", "{command: [x], address: '{proxy}:80', files: {'': b}}",
			`f.yaml:2:8: files: "" is not the name of a file in one directory; leave out what comes before the last /`},
		{"a file of keys", "{command: [x], address: '{proxy}:80', files: {a: {b: c}}}",
			"f.yaml:2:57: want one value, got keys and values"},
		{"a misspelt key", "{comand: [x]}", `f.yaml:2:9: unknown key "comand"; did you mean "command"?`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Parse("f.yaml", []byte("name: a\nproxy: "+tt.proxy+"\n")); message(err) != tt.want {
				t.Errorf("Parse(proxy: %s) = %q, want %q", tt.proxy, message(err), tt.want)
			}
		})
	}
}
