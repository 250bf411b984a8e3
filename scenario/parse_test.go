package scenario

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const wholeScenario = `name: whole # every key there is
about: a scenario with everything
target: {server: http}
workload:
  mode: short
  concurrency: 200
  duration: 30s
  sysctl:
    net.ipv4.tcp_timestamps: 1
    net.ipv4.ip_local_port_range: "40000 40999"
  server-sysctl: {net.core.somaxconn: 1024}
matrix:
  linger: [off, 0]
  sysctl.net.ipv4.tcp_tw_reuse: [0, 1]
repeat: 3
`

func TestParseReadsEveryKey(t *testing.T) {
	s, err := Parse("whole.yaml", []byte(wholeScenario))
	if err != nil {
		t.Fatalf("Parse(whole.yaml) = %v, want no error", err)
	}
	w := DefaultWorkload()
	w.Concurrency, w.Duration = 200, 30*time.Second
	w.Sysctl = Sysctls{"net.ipv4.tcp_timestamps": "1", "net.ipv4.ip_local_port_range": "40000 40999"}
	w.ServerSysctl = Sysctls{"net.core.somaxconn": "1024"}
	want := &Scenario{
		Name: "whole", About: "a scenario with everything", Workload: w, Repeat: 3,
		Programs: Programs{Server: Server{Protocol: "http"}},
		Matrix:   []Axis{{"linger", []string{"off", "0"}}, {"sysctl.net.ipv4.tcp_tw_reuse", []string{"0", "1"}}},
	}
	if diff := cmp.Diff(want, s, sameAddr); diff != "" {
		t.Errorf("Parse(whole.yaml) (-want +got):\n%s", diff)
	}
}

func TestParseNeedsANameOnly(t *testing.T) {
	s, err := Parse("least.yaml", []byte("name: least"))
	if err != nil {
		t.Fatalf("Parse(name: least) = %v, want no error", err)
	}
	if diff := cmp.Diff(&Scenario{Name: "least", Workload: DefaultWorkload(), Repeat: 1}, s, sameAddr); diff != "" {
		t.Errorf("Parse(name: least) (-want +got):\n%s", diff)
	}
}

func TestParseTellsWhereAndWhat(t *testing.T) {
	const sysctlHint = "is not a sysctl of a network namespace; those start with net, as net.ipv4.tcp_tw_reuse does"
	const keys = "known here: about, cases, claim, client, matrix, name, proxy, repeat, short, target, workload"
	tests := []struct {
		name, text string
		want       []string // one error a line
	}{
		{"an empty file", "", []string{"f.yaml:1:1: the file is empty"}},
		{"white space only", " \n\n", []string{"f.yaml:1:1: the file is empty"}},
		{"a comment only", "# nothing yet\n", []string{"f.yaml:1:1: the file is empty"}},
		{"an empty document", "---\n", []string{"f.yaml:2:1: want keys and values, got nothing"}},
		{"a list", "- a\n", []string{"f.yaml:1:1: want keys and values, got a list"}},
		{"a word", "exhaustion\n", []string{`f.yaml:1:1: want keys and values, got "exhaustion"`}},
		{"no name", "about: x\n", []string{"f.yaml:1:1: name is missing"}},
		{"a name that is no file name", "name: a/b\n",
			[]string{`f.yaml:1:7: name "a/b" has characters other than letters, digits, - and _`}},
		{"a name that hides", "name: .a\n",
			[]string{`f.yaml:1:7: name ".a" has characters other than letters, digits, - and _`}},
		{"a list that is not closed", "name: [a\n", []string{"f.yaml:2:1: did not find expected ',' or ']'"}},
		{"a tab", "name: a\n\tabout: x\n", []string{"f.yaml:2:1: found a tab character that violates indentation"}},
		{"a text that is not closed", "name: \"a\n", []string{"f.yaml:2:1: found unexpected end of stream"}},
		{"bytes that are no UTF-8", "name: \xff\n", []string{"f.yaml:1:1: invalid leading UTF-8 octet (value: 255)"}},
		{"a second document", "name: a\n---\nname: b\n",
			[]string{"f.yaml:2:1: a second document begins here; a scenario is one"}},
		{"a second document after an end", "name: a\n...\n# more\nname: b\n",
			[]string{"f.yaml:4:1: a second document begins here; a scenario is one"}},
		{"a broken second document", "name: a\n---\n[\n", []string{"f.yaml:4:1: did not find expected node content"}},
		{"a misspelt key", "name: a\nrepat: 2\n", []string{`f.yaml:2:1: unknown key "repat"; did you mean "repeat"?`}},
		{"a key like no other", "name: a\ncolour: red\n", []string{`f.yaml:2:1: unknown key "colour"; ` + keys}},
		{"a key twice", "name: a\nabout: x\nname: b\n", []string{`f.yaml:3:1: key "name" is there twice`}},
		{"a key that is a list", "? [a]\n: b\nname: a\n", []string{"f.yaml:1:3: want a key, got a list"}},
		{"an about that is a list", "name: a\nabout: [x]\n", []string{"f.yaml:2:8: want one value, got a list"}},

		{"an unknown server", "name: a\ntarget: {server: httpd}\n",
			[]string{`f.yaml:2:18: server: "httpd" is not one of echo, http, https; did you mean "http"?`}},
		{"a server that is a list", "name: a\ntarget: {server: [echo]}\n",
			[]string{"f.yaml:2:18: want one value, got a list"}},
		{"no server", "name: a\ntarget: {server: }\n",
			[]string{`f.yaml:2:18: server: "" is not one of echo, http, https`}},
		{"a command without an address", "name: a\ntarget: {command: " +
			"[nginx]}\n", []string{`f.yaml:2:9: command: the address that "nginx" listens on is missing; name it, as ` +
			`in http://{server}:8080/`}},
		{"a command that is no list", "name: a\ntarget: {command: nginx -c x}\n",
			[]string{`f.yaml:2:19: want a list of values, got "nginx -c x"`}},
		{"a command without a program", "name: a\ntarget: {command: [''], address: '{server}:80'}\n",
			[]string{"f.yaml:2:9: command: its first word, the program, is empty"}},
		{"a command and an embedded server", "name: a\ntarget: {server: http, command: [x], address: '{server}:80'}\n",
			[]string{`f.yaml:2:9: server: http and the command "x" are two servers; choose one`}},
		{"an address elsewhere", "name: a\ntarget: {command: [x], address: 'http://10.0.0.1/'}\n",
			[]string{`f.yaml:2:9: target "http://10.0.0.1/": a lab reaches its own server only; write {server} for ` +
				`the host, or leave out the lab`}},
		{"an address of another protocol", "name: a\ntarget: {server: http, address: 'https://{server}/'}\n",
			[]string{`f.yaml:2:9: target "https://{server}/": the embedded server http is reached by http://`}},
		{"an address that is none", "name: a\ntarget: {command: [x], address: [nowhere]}\n",
			[]string{`f.yaml:2:9: target "nowhere": it is not host:port`}},
		{"an address twice", "name: a\ntarget: {command: [x], address: ['{server}:80', 'tcp://{server}:80']}\n",
			[]string{`f.yaml:2:9: target "tcp://{server}:80" is listed already; name each target once`}},
		{"files of an embedded server", "name: a\ntarget: {server: http, files: {a: b}}\n",
			[]string{"f.yaml:2:9: files: they are for a command; the embedded server reads none"}},
		{"a target that is a word", "name: a\ntarget: echo\n",
			[]string{`f.yaml:2:9: want keys and values, got "echo"`}},

		{"repeat 0", "name: a\nrepeat: 0\n", []string{"f.yaml:2:9: repeat: 0 is outside 1 to 1000"}},
		{"repeat a word", "name: a\nrepeat: often\n", []string{`f.yaml:2:9: repeat: "often" is not a whole number`}},
		{"repeat a list", "name: a\nrepeat: [1]\n", []string{"f.yaml:2:9: want one value, got a list"}},

		{"a misspelt option", "name: a\nworkload:\n  linegr: 0\n",
			[]string{`f.yaml:3:3: unknown key "linegr"; did you mean "linger"?`}},
		{"an option twice", "name: a\nworkload:\n  linger: 0\n  linger: off\n",
			[]string{`f.yaml:4:3: key "linger" is there twice`}},
		{"a wrong value", "name: a\nworkload:\n  duration: 10\n",
			[]string{`f.yaml:3:13: duration: "10" has no unit; use 10s or 10ms`}},
		{"no value", "name: a\nworkload:\n  linger:\n", []string{"f.yaml:3:10: linger: the value is empty"}},
		{"a list for a value", "name: a\nworkload: {linger: [0]}\n",
			[]string{"f.yaml:2:20: linger: want one value, got a list"}},
		{"a sysctl of the whole host", "name: a\nworkload: {sysctl: {kernel.x: 1}}\n",
			[]string{`f.yaml:2:21: sysctl: "kernel.x" ` + sysctlHint}},
		{"a sysctl that is an object", "name: a\nworkload: {sysctl: {net.core.x: {}}}\n",
			[]string{"f.yaml:2:33: sysctl.net.core.x: want one value, got keys and values"}},
		{"a sysctl as the flag has it", "name: a\nworkload: {sysctl: kernel.x=1}\n",
			[]string{`f.yaml:2:20: sysctl: "kernel.x" ` + sysctlHint}},
		{"an alias of a workload", "name: a\nworkload: &w {linger: 0}\nmatrix: *w\n",
			[]string{"f.yaml:3:9: want keys and values, got an alias"}},
		{"an alias of a value", "name: &n a\nworkload: {linger: *n}\n",
			[]string{"f.yaml:2:20: linger: want one value, got an alias"}},
		{"an alias of nothing", "name: *n\n", []string{"f.yaml:1:7: unknown anchor 'n' referenced"}},
		{"a merge key", "name: a\nworkload: {<<: {linger: 0}}\n",
			[]string{"f.yaml:2:16: <<: want one value, got keys and values"}},

		{"a misspelt axis is told once", "name: a\nmatrix: {linegr: [0, off]}\n",
			[]string{`f.yaml:2:10: unknown key "linegr"; did you mean "linger"?`}},
		{"a sysctl axis of the whole host is told once", "name: a\nmatrix: {sysctl.kernel.x: [0, 1]}\n",
			[]string{`f.yaml:2:10: sysctl: "kernel.x" ` + sysctlHint}},
		{"an axis twice", "name: a\nmatrix:\n  linger: [0]\n  linger: [off]\n",
			[]string{`f.yaml:4:3: key "linger" is there twice`}},
		{"one value for an axis", "name: a\nmatrix: {linger: 0}\n",
			[]string{`f.yaml:2:18: linger: want a list of values, got "0"`}},
		{"an axis of nothing", "name: a\nmatrix: {linger: []}\n",
			[]string{"f.yaml:2:18: linger: want a list of values, got an empty list"}},
		{"a wrong value on an axis", "name: a\nmatrix: {linger: [0, 400ms]}\n",
			[]string{"f.yaml:2:22: linger: 400ms is not whole seconds, and SO_LINGER counts seconds; use 1s"}},
		{"a value twice", "name: a\nmatrix: {linger: [0, off, 0]}\n",
			[]string{`f.yaml:2:27: linger: value "0" is there twice`}},
		{"a matrix that is a list", "name: a\nmatrix: [linger]\n",
			[]string{"f.yaml:2:9: want keys and values, got a list"}},
		{
			"a cell whose options cannot go together",
			"name: a\nmatrix:\n  warmup: [0s, 1s]\n  until: [duration, exhausted]\n",
			[]string{"f.yaml: cell warmup=1s,until=exhausted: warmup: the ports it takes would be missing " +
				"from the count of " +
				"until=exhausted; leave one of them out"},
		},
		{
			"a huge matrix", "name: a\nmatrix:\n  concurrency: " + list(101) + "\n  destinations: " + list(100) + "\n",
			[]string{"f.yaml: matrix: 10100 cells, 1 times each, is more than 10000"},
		},
		{
			"a matrix repeated too often", "name: a\nmatrix: {concurrency: " + list(11) + "}\nrepeat: 1000\n",
			[]string{"f.yaml: matrix: 11 cells, 1000 times each, is more than 10000"},
		},
		{
			"everything at once, in the order of the file",
			"repat: 1\nworkload: {linegr: 0, mode: long}\ntarget: {server: x, comand: y}\n",
			[]string{
				`f.yaml:1:1: unknown key "repat"; did you mean "repeat"?`,
				`f.yaml:2:12: unknown key "linegr"; did you mean "linger"?`,
				`f.yaml:2:29: mode: "long" is not one of short, keepalive, idle`,
				`f.yaml:3:18: server: "x" is not one of echo, http, https`,
				`f.yaml:3:21: unknown key "comand"; did you mean "command"?`,
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Parse("f.yaml", []byte(tt.text))
			if err == nil || s != nil {
				t.Fatalf("Parse(%q) = %+v, %v, want an error alone", tt.text, s, err)
			}
			if diff := cmp.Diff(strings.Join(tt.want, "\n"), err.Error()); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

// list is the YAML list of 1 to n.
func list(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteByte("[,"[min(i, 1)])
		b.WriteString(formatInt(int64(i + 1)))
	}
	return b.String() + "]"
}

func TestParseErrorIsTyped(t *testing.T) {
	_, err := Parse("f.yaml", []byte("name: a\nworkload: {linegr: 0}\n"))
	var at *ParseError
	var unknown *UnknownKeyError
	if !errors.As(err, &at) || at.Line != 2 || at.Column != 12 || !errors.As(err, &unknown) || unknown.Key != "linegr" {
		t.Errorf("Parse(a misspelt option) = %#v, want a *ParseError of an *UnknownKeyError", err)
	}
}

// An alias bomb must cost nothing: aliases are refused where they stand.
func TestParseRefusesAnAliasBomb(t *testing.T) {
	bomb := "name: bomb\nworkload:\n  a: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'j'; c++ {
		bomb += "  " + string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+", ", 9) + "x]\n"
	}
	start := time.Now()
	if _, err := Parse("bomb.yaml", []byte(bomb)); err == nil || time.Since(start) > 5*time.Second {
		t.Errorf("Parse(an alias bomb) = %v after %v, want an error at once", err, time.Since(start))
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(wholeScenario))
	for _, name := range Builtins() {
		text, err := Source(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, s := range []string{"", "---\n", "name: a\n---\nname: b\n", "a: &a [*a]",
		"name: a\nmatrix: {linger: [0, 1s]}",
		"name: a\nworkload: {sysctl: '{\"net.x\":\"1\"}'}", "? {}\n: []"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse("f.yaml", data)
		if err != nil {
			if s != nil || !strings.HasPrefix(err.Error(), "f.yaml:") {
				t.Errorf("Parse(%q) = %v, %q, want an error alone that names the file", data, s, err)
			}
			return
		}
		cells, err := s.Cells()
		if err != nil || len(cells) == 0 || len(cells) > MaxCells {
			t.Errorf("Parse(%q).Cells() = %d cells, %v, want 1 to %d", data, len(cells), err, MaxCells)
		}
	})
}
