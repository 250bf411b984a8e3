package scenario

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const withCases = `name: closes
claim: {text: a claim, rule: a-rule, known: refuted, short: 2s, full: 1m}
target: {command: [server, "{how}"], address: "http://{server}:8080/"}
workload: {duration: 30s, concurrency: 20}
cases:
  - name: usual
    vars: {how: usually}
  - name: with RST
    linger: 0
    duration: 40s
    sysctl: {net.ipv4.tcp_fin_timeout: 5}
    short: {concurrency: 1}
  - name: by the server
    close: server
    target: {server: http}
short:
  workload: {duration: 1s}
  cases: [usual, with RST]
`

func parseCases(t *testing.T) *Scenario {
	t.Helper()
	s, err := Parse("f.yaml", []byte(withCases))
	if err != nil {
		t.Fatalf("Parse() = %v, want no error", err)
	}
	return s
}

func TestAnExchangeOfACaseIsItsOwn(t *testing.T) {
	s, err := Parse("f.yaml", []byte(`name: x
target: {server: echo}
cases:
  - name: one
    exchange: [{send: "PING\\r\\n"}, {expect: line}]
  - {name: other}
`))
	if err != nil {
		t.Fatal(err)
	}
	cells, err := s.Cells()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{`[{"send":"PING\\r\\n"},{"expect":"line"}]`, ""} {
		if got := cells[i].Workload.Exchange.String(); got != want {
			t.Errorf("exchange of case %d = %s, want %s", i, got, want)
		}
	}
}

// A claim is of fresh sockets, which those of a program are.
func TestAProgramIsTheClientOfAClaimToo(t *testing.T) {
	s, err := Parse("f.yaml", []byte(`name: x
claim: {text: a claim, rule: a-rule, known: refuted, short: 2s, full: 1m}
target: {server: http}
cases:
  - name: one
    client: {command: [curl, "http://{server}:{port}/"]}
`))
	if err != nil {
		t.Fatal(err)
	}
	cells, err := s.Cells()
	if err != nil {
		t.Fatal(err)
	}
	w := cells[0].Workload
	if err := w.EngineFor(SchemeHTTP).Refuses(w, SchemeHTTP, 1); w.Engine != EngineExec || err != nil {
		t.Errorf("engine %s refuses %v, want exec and nothing", w.Engine, err)
	}
}

func describe(t *testing.T, s *Scenario) []string {
	t.Helper()
	cells, err := s.Cells()
	if err != nil {
		t.Fatalf("Cells() = %v, want no error", err)
	}
	var out []string
	for _, c := range cells {
		w := c.Workload
		out = append(out, strings.Join([]string{
			c.Name, c.Labels[CaseLabel], w.Linger.String(), string(w.Close), w.Duration.String(), c.Server.Name(),
			w.Sysctl.String(),
		}, " | "))
	}
	return out
}

func TestCasesAreCellsWithNames(t *testing.T) {
	want := []string{
		"usual | usual | off | client | 30s | server usually | ",
		`with-RST | with RST | 0 | client | 40s | server {how} | {"net.ipv4.tcp_fin_timeout":"5"}`,
		"by-the-server | by the server | off | server | 30s | http | ",
	}
	if diff := cmp.Diff(want, describe(t, parseCases(t))); diff != "" {
		t.Errorf("Cells() (-want +got):\n%s", diff)
	}
}

func TestShortVersionHasFewerCasesAndItsOwnSettings(t *testing.T) {
	s := parseCases(t)
	if err := s.Shorten(); err != nil {
		t.Fatalf("Shorten() = %v, want no error", err)
	}
	want := []string{
		"usual | usual | off | client | 1s | server usually | ",
		`with-RST | with RST | 0 | client | 40s | server {how} | {"net.ipv4.tcp_fin_timeout":"5"}`,
	}
	if diff := cmp.Diff(want, describe(t, s)); diff != "" {
		t.Errorf("Cells() of the short version (-want +got):\n%s", diff)
	}
	cells, err := s.Cells()
	if err != nil || cells[0].Workload.Concurrency != 20 || cells[1].Workload.Concurrency != 1 {
		t.Errorf("Cells() = %v, want what a case has for the short version alone", err)
	}
}

func TestCasesMultiplyWithTheMatrix(t *testing.T) {
	s := parseCases(t)
	s.Claim = Claim{}
	s.Matrix = []Axis{{Key: "threads", Values: []string{"1", "2"}}}
	cells, err := s.Cells()
	if err != nil || len(cells) != 6 {
		t.Fatalf("Cells() = %d, %v, want 6", len(cells), err)
	}
	if got := cells[3].Name; got != "with-RST,threads=2" {
		t.Errorf("the fourth cell is %q, want with-RST,threads=2", got)
	}
}

func TestScenarioWithoutAShortVersionSaysSo(t *testing.T) {
	s, err := Parse("f.yaml", []byte("name: a\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Shorten(); err == nil || !strings.Contains(err.Error(), "has no short version") {
		t.Errorf("Shorten() = %v, want that there is none", err)
	}
}

func TestParseTellsWhatIsWrongWithCasesAndClaims(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a case without a name", "name: a\ncases: [{linger: 0}]\n", "f.yaml:2:9: case: its name is missing"},
		{"a name that no line has room for", "name: a\ncases: [{name: " + strings.Repeat("é", 81) + "}]\n",
			"f.yaml:2:16: case: its name has 81 characters, more than 80; shorten it"},
		{"a name of two lines", "name: a\ncases: [{name: \"x\\ny\"}]\n",
			`f.yaml:2:16: case: its name "x\ny" has a control character; leave it out`},
		{"a name twice", "name: a\ncases: [{name: x}, {name: x}]\n", `case "x" is there twice`},
		{"cases that are no list", "name: a\ncases: {name: x}\n", "cases: want a list of mappings"},
		{"a misspelt setting of a case", "name: a\ncases: [{name: x, lingr: 0}]\n",
			`f.yaml:2:19: unknown key "lingr"; did you mean "linger"?`},
		{"an impossible value of a case", "name: a\ncases: [{name: x, threads: 0}]\n", "threads"},
		{"a short version of a case that is not there", "name: a\ncases: [{name: x}]\nshort: {cases: [y]}\n",
			`short: there is no case "y"`},
		{"a short version that says nothing", "name: a\nshort: {}\n",
			"f.yaml:2:8: short: it says nothing; leave it out"},
		{"a short version with an empty workload", "name: a\nshort: {workload: {}}\n", "short: it says nothing"},
		{"a case of the short version twice", "name: a\ncases: [{name: x}]\nshort: {cases: [x, x]}\n",
			`f.yaml:3:20: short: case "x" is there twice; leave it out once`},
		{"a claim without a rule", "name: a\nclaim: {text: t}\n", "claim: it needs a text, and the rule"},
		{"a claim and a matrix", "name: a\nclaim: {text: t, rule: r}\nmatrix: {linger: [off, 0]}\n",
			"claim: its rule compares cases"},
		{"an answer that is none", "name: a\nclaim: {text: t, rule: r, known: refutd}\n",
			`"refutd" is no answer; did you mean "refuted"?`},
		{"a variable that stands nowhere", "name: a\ncases:\n  - name: x\n    vars: {mode: tcp}\n",
			`f.yaml:4:12: vars: {mode} does not occur in the command, address or files of case "x"; leave mode out, ` +
				`or write {mode} where it belongs`},
		{"a variable of another case's server",
			"name: a\ncases:\n  - name: x\n    vars: {how: y}\n    target: {server: " +
				"http}\ntarget: {command: [\"{how}\"], address: \"http://{server}/\"}\n",
			`f.yaml:4:12: vars: {how} does not occur`},
		{"a variable of the lab's own name", "name: a\ncases:\n  - name: x\n    vars: {server: y}\n",
			"f.yaml:4:12: vars: {server} is what the lab puts there itself; choose another name"},
		{"the directory's name", "name: a\ncases: [{name: x, vars: {dir: y}}]\n",
			"vars: {dir} is what the lab puts there itself"},
		{"settings of a case that cannot go together", "name: a\ncases: [{name: x, threads: 100}]\n",
			"cell x: threads"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Parse("f.yaml", []byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Parse(%q) = %v, want %q", tt.text, err, tt.want)
			}
		})
	}
}
