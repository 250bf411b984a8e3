package gate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const wholePolicy = `limits: ["connect_p99 < 5ms", "errors < 0.1%",
  "connections_per_second > 20k", "exhausted == false"]
baseline: baseline/
regressions: {connections_per_second: -5%, connect_p99: +10%}
cells:
  "linger=off": {limits: ["close_p99 < 1ms"]}
  source=10.0.0.1,10.0.0.2,ip=4:
    regressions:
      cpu_per_connection: +2.5%
`

func TestParse(t *testing.T) {
	p, err := Parse("policy.yaml", []byte(wholePolicy))
	if err != nil {
		t.Fatalf("Parse() = %v, want no error", err)
	}
	if len(p.Limits) != 4 || p.Limits[1].String() != "errors<0.1%" || p.Limits[1].Place != (Place{1, 31}) {
		t.Errorf("Limits = %+v, want four, the second errors<0.1%% at 1:31", p.Limits)
	}
	if len(p.Regressions) != 2 || p.Regressions[0].Percent != -5 || !p.Regressions[0].Fall ||
		p.Regressions[1].Percent != 10 || p.Regressions[1].Line != 4 {
		t.Errorf("Regressions = %+v, want -5 and +10", p.Regressions)
	}
	want := []term{{"source", "10.0.0.1,10.0.0.2"}, {"ip", "4"}}
	if len(p.Cells) != 2 || !cmp.Equal(p.Cells[1].terms, want, cmp.AllowUnexported(term{})) ||
		p.Cells[1].Regressions[0].Percent != 2.5 {
		t.Errorf("Cells = %+v, want the second with %v", p.Cells, want)
	}
	if p.Baseline != "baseline/" || !p.Regresses() {
		t.Errorf("Baseline = %q, Regresses() = %v", p.Baseline, p.Regresses())
	}
}

type mistake struct{ name, text, want string }

func TestParseSaysWhatIsWrongWithTheFile(t *testing.T) {
	wantMistakes(t, []mistake{
		{"nothing", "", "p.yaml:1:1: the file is empty"},
		{"no YAML", "limits: [", "p.yaml:2:1: did not find expected node content"},
		{"no mapping", "- a", "p.yaml:1:1: want keys and values, got a list"},
		{"nothing to check", "baseline: x", "p.yaml:1:1: the policy checks nothing; it needs limits or regressions"},
		{"an empty policy", "{}", "p.yaml:1:1: the policy checks nothing; it needs limits or regressions"},
		{"a mistyped key", "limit: [failed == 0]", `p.yaml:1:1: unknown key "limit"; did you mean "limits"?`},
		{"an unknown key", "thresholds: []",
			`p.yaml:1:1: unknown key "thresholds"; known here: baseline, cells, limits, regressions`},
		{"a key that is there twice", "limits: [failed == 0]\nlimits: [failed == 1]",
			`p.yaml:2:1: key "limits" is there twice`},
		{"a regression that is there twice", "regressions: {errors: +1%, errors: +2%}",
			`p.yaml:1:28: key "errors" is there twice`},
		{"a second document", "limits: [failed == 0]\n---\nlimits: []",
			"p.yaml:2:1: a second document begins here; a policy is one"},
		{"an alias", "limits: &a [failed == 0]\ncells: *a", "p.yaml:2:8: want keys and values, got an alias"},
		{"limits that are no list", "limits: failed == 0", `p.yaml:1:9: want a list of values, got "failed == 0"`},
		{"no limit", "limits: []", "p.yaml:1:9: want a list of values, got an empty list"},
	})
}

func TestParseSaysWhatIsWrongWithAMetric(t *testing.T) {
	wantMistakes(t, []mistake{
		{"a mistyped metric", `limits: ["conect_p99 < 5ms"]`,
			`p.yaml:1:10: limit "conect_p99 < 5ms": unknown metric "conect_p99"; did you mean "connect_p99"?`},
		{"a limit without a unit", `limits: ["connect_p99 < 5"]`,
			`p.yaml:1:10: limit "connect_p99 < 5": "5" has no unit; connect_p99 is a time: use 5ms or 5s`},
		{"a mistyped metric of a regression", "regressions: {connections_per_secnd: -5%}",
			`p.yaml:1:15: unknown metric "connections_per_secnd"; did you mean "connections_per_second"?`},
		{"no sign", "regressions: {errors: 5%}",
			`p.yaml:1:23: errors: want by how much it may change, with its sign, such as -5% or +10%, not "5%"`},
		{"no percent", "regressions: {errors: +5}",
			`p.yaml:1:23: errors: want by how much it may change, with its sign, such as -5% or +10%, not "+5"`},
		{"no number", "regressions: {errors: +%}",
			`p.yaml:1:23: errors: want by how much it may change, with its sign, such as -5% or +10%, not "+%"`},
		{"not a number", "regressions: {errors: +NaN%}",
			`p.yaml:1:23: errors: want by how much it may change, with its sign, such as -5% or +10%, not "+NaN%"`},
		{"a rate that may not rise", "regressions: {connections_per_second: +5%}",
			"p.yaml:1:39: connections_per_second: +5% would limit how much it improves: it is " +
				"better when it is higher; write -5%"},
		{"a latency that may not fall", "regressions: {connect_p99: -5%}",
			"p.yaml:1:28: connect_p99: -5% would limit how much it improves: it is better when it is lower; write +5%"},
		{"a fall by everything", "regressions: {requests_per_second: -100%}",
			"p.yaml:1:36: requests_per_second: -100% is never exceeded: nothing falls by more than all of it"},
		{"a truth does not change by a share", "regressions: {exhausted: +5%}",
			"p.yaml:1:26: exhausted: it is true or false and cannot change by a " +
				"share; use a limit: exhausted == false"},
	})
}

func TestParseSaysWhatIsWrongWithCells(t *testing.T) {
	wantMistakes(t, []mistake{
		{"a cell without a value", "cells: {linger: {limits: [failed == 0]}}",
			`p.yaml:1:9: cell "linger": want key=value[,key=value], such as linger=off`},
		{"a cell without checks", "cells: {linger=off: {}}",
			"p.yaml:1:21: cells that match are not checked for anything; they need limits or regressions"},
		{"no cells", "cells: {}", "p.yaml:1:8: cells: there is none"},
		{"a baseline of one cell", "cells: {linger=off: {baseline: x, limits: [failed == 0]}}",
			`p.yaml:1:22: unknown key "baseline"; known here: limits, regressions`},
		{"a baseline that is empty", "baseline: ''\nlimits: [failed == 0]",
			"p.yaml:1:11: baseline: want a result file or a directory of results, got nothing"},
		{"everything at once, in the order of the file", "limits: [x]\nregressions: {y: 1}\nzz: 0",
			`p.yaml:1:10: limit "x": there is no operator; write a metric, an operator and a value, ` +
				`such as connect_p99<5ms
p.yaml:2:15: unknown metric "y"; the metrics are`},
	})
}

func wantMistakes(t *testing.T, tests []mistake) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Parse("p.yaml", []byte(tt.text))
			if err == nil || p != nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("Parse(%q) = %+v, %v\nwant %s", tt.text, p, err, tt.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(wholePolicy))
	for _, s := range []string{"", "{}", "limits: [errors<1%]", "cells: {a=b: {limits: [failed==0]}}",
		"regressions: {errors: +1e9%}", "a: &a [*a]", "cells: {'=,=': {limits: [failed==0]}}", "limits: [a]\n---\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse("p.yaml", data)
		if err != nil {
			if p != nil || !strings.HasPrefix(err.Error(), "p.yaml:") {
				t.Errorf("Parse(%q) = %v, %q, want an error alone that names the file", data, p, err)
			}
			return
		}
		if got := p.Judge(Input{}).Answer(); got != Inconclusive {
			t.Errorf("Parse(%q).Judge(nothing) is %s, want %s", data, got, Inconclusive)
		}
	})
}
