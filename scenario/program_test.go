package scenario

import (
	"strings"
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

// A case may have a client of its own, and no other engine beside it.
func TestParseReadsAClient(t *testing.T) {
	s, err := Parse("f.yaml", []byte(`name: a
client: {command: [python3, "{dir}/c.py", "{server}", "{port}"], files: {c.py: "import socket"}}
cases:
  - name: the scenario's
  - name: its own
    vars: {n: 7}
    client: {command: [curl, "{server}/{n}"]}
`))
	if err != nil {
		t.Fatalf("Parse = %v, want no error", err)
	}
	want := []Program{
		{Command: []string{"python3", "{dir}/c.py", "{server}", "{port}"}, Files: Files{"c.py": "import socket"}},
		{Command: []string{"curl", "{server}/7"}},
	}
	cells, err := s.Cells()
	if err != nil || len(cells) != len(want) {
		t.Fatalf("Cells = %d, %v, want %d", len(cells), err, len(want))
	}
	for i, c := range cells {
		if diff := cmp.Diff(want[i], c.Client); diff != "" || c.Workload.Engine != EngineExec {
			t.Errorf("the client of cell %s, of engine %s (-want +got):\n%s", c.Name, c.Workload.Engine, diff)
		}
	}
	if all := cells[0].All(); len(all) != 1 || all[0].Host != "client" {
		t.Errorf("All() = %v, want the client's program", all)
	}
}

func TestParseRefusesAClientThatCannotBe(t *testing.T) {
	tests := []struct{ name, client, want string }{
		{"nothing", "{}", "f.yaml:2:9: client: it says nothing; leave it out, or give it a command"},
		{"no command", "{files: {a: b}}",
			"f.yaml:2:9: client: command: the program that connects is missing, as in [python3, {dir}/client.py, " +
				"{server}, {port}]"},
		{"a blank program", "{command: ['', x]}", "f.yaml:2:9: client: command: its first word, the program, is empty"},
		{"an address", "{command: [x], address: '{server}:80'}",
			"f.yaml:2:9: client: address: nobody connects to it; where it connects to is the address of the target " +
				"or the proxy"},
		{"a file elsewhere", "{command: [x], files: {../a: b}}",
			`f.yaml:2:9: files: "../a" is not the name of a file in one directory; leave out what comes before the ` +
				`last /`},
		{"a misspelt key", "{comand: [x]}", `f.yaml:2:10: unknown key "comand"; did you mean "command"?`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Parse("f.yaml", []byte("name: a\nclient: "+tt.client+"\n")); message(err) != tt.want {
				t.Errorf("Parse(client: %s) = %q, want %q", tt.client, message(err), tt.want)
			}
		})
	}
	const vars = "name: a\ncases: [{name: x, vars: {port: 1}, client: {command: [x, '{port}']}}]"
	const want = "{port} is what the lab puts there itself"
	if _, err := Parse("f.yaml", []byte(vars)); !strings.Contains(message(err), want) {
		t.Errorf("Parse(a variable port) = %q, want it refused", message(err))
	}
}

// Whoever asks for another engine has it, and is refused elsewhere.
func TestAClientsEngineIsExec(t *testing.T) {
	client := Programs{Client: Program{Command: []string{"x"}}}
	for _, tt := range []struct {
		programs Programs
		asked    EngineName
		want     EngineName
	}{
		{client, EngineAuto, EngineExec}, {client, EngineExec, EngineExec}, {client, EngineEpoll, EngineEpoll},
		{Programs{}, EngineAuto, EngineAuto}, {Programs{}, EngineHey, EngineHey},
	} {
		w := DefaultWorkload()
		w.Engine = tt.asked
		if got := tt.programs.Driving(w).Engine; got != tt.want {
			t.Errorf("Driving(engine %s) of %v = %s, want %s", tt.asked, tt.programs, got, tt.want)
		}
	}
}

func TestAProgramMayNeedOthers(t *testing.T) {
	s, err := Parse("f.yaml", []byte("name: a\nclient: {command: [sh, -c, 'a & b'], needs: [a, b]}\n"))
	if err != nil || len(s.Client.Needs) != 2 {
		t.Fatalf("Parse = %v, %v, want a client that needs two", s, err)
	}
	cells, err := s.Cells()
	if err != nil || cells[0].Client.Needs[1] != "b" {
		t.Errorf("Cells = %v, %v, want one that needs a and b", cells, err)
	}
}
