package claim

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tcpbench/internal/goldentest"
	"tcpbench/results"
	"tcpbench/scenario"
)

// A mutation test holds every rule against results that are not what the kernel
// does: each case of its scenario goes wrong in each way of [faults], each figure
// in its results is zeroed, halved and doubled, and cases change places. The
// answer has to become another one, or unclear, or at least what is said has to
// change. Where it need not, the rule declares it, and why: see [relevances].

// relevance is what a rule does not rest on.
type relevance struct {
	// parts are cases that decide a part of the sentence, not the answer.
	parts []string
	// shown are cases that decide nothing: their checks are shown with the others.
	shown []string
	// told are figures that stand in the checks or the table, and not in the
	// sentence: as "case: path" with wildcards of path.Match.
	told []string
	// ignored are figures that may be anything, in the same way; a path with
	// " zeroed", " halved" or " doubled" may be that.
	ignored map[string]string
}

// everywhere is ignored in all rules' results.
var everywhere = map[string]string{
	"*: cell.*":                            "the case's name",
	"*: schema":                            "of the file",
	"*: started_at":                        "no rule is about a time of day",
	"*: environment.kernel":                "shown with the answer",
	"*: exhaustion.outcome":                "in words what exhaustion.exhausted is",
	"*: totals.attempted":                  "of what succeeded or failed; nothing is told by it alone",
	"*: totals.succeeded":                  "where a rule counts it, [faults] have too few of them and none",
	"*: exhaustion.knee.occupancy doubled": "it is one from about half on",
	"*: kernel.*.IpInReceives":             "stands for counters that were read, where those that matter did not rise",
}

// tree is a result as JSON.
type tree = map[string]any

func toTree(t *testing.T, r *results.Run) tree {
	t.Helper()
	b, err := json.Marshal(r)
	out := tree{}
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	delete(out, "options") // what was asked for is not measured
	if k, ok := out["kernel"].(tree); ok {
		maps.DeleteFunc(k, func(_ string, of any) bool { return len(of.(tree)) == 0 }) // which no rule reads
	}
	return out
}

func fromTree(t *testing.T, from *results.Run, changed tree) *results.Run {
	t.Helper()
	b, err := json.Marshal(changed)
	out := &results.Run{}
	if err == nil {
		err = json.Unmarshal(b, out)
	}
	if err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	out.Options = from.Options
	return out
}

// fault is a way in which a case may go wrong; false where it has nothing to spoil.
type fault struct {
	name  string
	spoil func(tree) bool
}

func faults() []fault {
	out := []fault{
		{"it was interrupted", func(r tree) bool { r["interrupted"] = true; return true }},
		{"it is degraded", func(r tree) bool { r["degraded"] = true; return true }},
		{"most of its connections were refused", mostlyRefused},
		{"most of its answers were errors", func(r tree) bool {
			total := totalsOf(r)
			n := 9 * max(number(total["requests"]), 10)
			total["requests"], total["status"] = number(total["requests"])+n, tree{"500": n}
			return true
		}},
		{"nothing succeeded", func(r tree) bool {
			return scaled(r, 0, "totals", "latency") && unexhausted(r) && unsaid(r)
		}},
		{"the program did nothing", func(r tree) bool {
			return scaled(r, 0, "totals", "kernel", "hosts", "latency", "delivery", "link", "cpu") &&
				unexhausted(r) && unsaid(r)
		}},
		{"too few connections and requests to run out", func(r tree) bool {
			return scaled(r, 0.001, "totals", "kernel", "link") && unexhausted(r) && unsaid(r)
		}},
		{"ports ran out, or did not", flipped},
	}
	for _, section := range []string{"totals", "exhaustion", "prediction", "latency", "kernel", "hosts", "intervals",
		"link", "packets", "cpu", "delivery", "lateness", "nat"} {
		out = append(out, fault{"no " + section, func(r tree) bool {
			had := len(leaves("", r[section])) > 0
			delete(r, section)
			return had
		}})
	}
	return out
}

// mostlyRefused has nine of ten connections refused, beside those that there were.
func mostlyRefused(r tree) bool {
	total := totalsOf(r)
	n := 9 * max(number(total["attempted"]), number(total["succeeded"]), 10)
	total["attempted"], total["failed"] = number(total["attempted"])+n, number(total["failed"])+n
	failures := tree{"connect: ECONNREFUSED": n}
	if was, ok := total["errors"].(tree); ok {
		maps.Copy(failures, was)
	}
	total["errors"] = failures
	return true
}

func totalsOf(r tree) tree {
	total, ok := r["totals"].(tree)
	if !ok {
		total = tree{}
		r["totals"] = total
	}
	return total
}

// number is 0 where there is none.
func number(v any) float64 {
	n, _ := v.(float64)
	return n
}

// unexhausted takes back that ports ran out.
func unexhausted(r tree) bool {
	if x, ok := r["exhaustion"].(tree); ok && x["exhausted"] == true {
		r["exhaustion"] = tree{"outcome": "undecided", "exhausted": false, "knee": tree{"found": false}}
	}
	return true
}

// unsaid takes back what a program of the user's wrote last, as of a count.
func unsaid(r tree) bool {
	if x, ok := r["program"].(tree); ok {
		x["last_line"] = ""
	}
	return true
}

func flipped(r tree) bool {
	if x, ok := r["exhaustion"].(tree); ok && x["exhausted"] == true {
		return unexhausted(r)
	}
	total, _ := r["totals"].(tree)
	x := tree{"outcome": "exhausted", "exhausted": true, "errno": "EADDRNOTAVAIL", "call": "connect",
		"after_connections": total["succeeded"], "knee": tree{"found": false}}
	r["exhaustion"] = x
	return true
}

// scaled multiplies the counts in sections, and rounds them down; what is not
// measured stays so. Ports that there are to choose from are no count.
func scaled(r tree, by float64, sections ...string) bool {
	for _, section := range sections {
		for _, l := range leaves(section, r[section]) {
			if v, ok := l.get(r).(float64); ok && !strings.HasSuffix(l.path, "capacity") {
				l.set(r, float64(int64(v*by)))
			}
		}
	}
	return true
}

// leaf is a number, word or truth in a result, or a whole list of packets.
type leaf struct{ path string }

func leaves(at string, v any) []leaf {
	var out []leaf
	switch v := v.(type) {
	case tree:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = append(out, leaves(strings.TrimPrefix(at+"\x00"+k, "\x00"), v[k])...)
		}
	case []any:
		if len(v) == 0 || at == "packets" {
			break
		}
		for i, one := range v {
			out = append(out, leaves(fmt.Sprintf("%s\x00%d", at, i), one)...)
		}
	case nil:
	default:
		if v != 0.0 && v != "" && v != false {
			out = append(out, leaf{at})
		}
	}
	if at == "packets" {
		out = append(out, leaf{at})
	}
	return out
}

func (l leaf) String() string { return strings.ReplaceAll(l.path, "\x00", ".") }

func (l leaf) get(r tree) any {
	var at any = r
	for _, k := range strings.Split(l.path, "\x00") {
		at = child(at, k)
	}
	return at
}

func (l leaf) set(r tree, to any) {
	keys := strings.Split(l.path, "\x00")
	var at any = r
	for _, k := range keys[:len(keys)-1] {
		at = child(at, k)
	}
	last := keys[len(keys)-1]
	if in, ok := at.([]any); ok {
		in[index(last)] = to
		return
	}
	at.(tree)[last] = to
}

func child(of any, key string) any {
	if in, ok := of.([]any); ok {
		return in[index(key)]
	}
	return of.(tree)[key]
}

func index(s string) (i int) {
	_, _ = fmt.Sscan(s, &i)
	return i
}

// change is a leaf's other value.
type change struct {
	name string
	to   any
}

func changes(v any) []change {
	switch v := v.(type) {
	case float64:
		return []change{{"zeroed", 0.0}, {"halved", math.Trunc(v / 2)}, {"doubled", 2 * v}}
	case bool:
		return []change{{"flipped", !v}}
	case string:
		return []change{{"emptied", ""}}
	default:
		return []change{{"emptied", []any{}}}
	}
}

// trial is a rule with the results of all its scenario's cases, and what it says
// about them.
type trial struct {
	rule string
	runs []*results.Run
	said results.Claim
	// needed are the cases that the short version has as well.
	needed map[string]bool
	relevance
}

// with is what the rule says when a case's results are others.
func (tr *trial) with(t *testing.T, i int, runs ...*results.Run) results.Claim {
	t.Helper()
	return judged(t, tr.rule, slices.Concat(tr.runs[:i], runs, tr.runs[i+1:]))
}

func judged(t *testing.T, rule string, runs []*results.Run) results.Claim {
	t.Helper()
	got, err := Judge(scenario.Claim{Text: "a claim", Rule: rule}, runs, false)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// wantText wants what a rule says of changed results to be a sentence, whatever was changed.
func (tr *trial) wantText(t *testing.T, name, what string, got results.Claim) {
	t.Helper()
	if fault := unsayable(got); fault != "" {
		t.Errorf("%s: %s: the answer is %s, with %q in it: %s %s", name, what, got.Answer, fault, got.Because,
			got.Practice)
	}
}

// unmoved reports whether a claim says the same, and how much it should not.
func (tr *trial) unmoved(name string, got results.Claim, part bool) string {
	said := got.Because != tr.said.Because || got.Practice != tr.said.Practice
	switch {
	case got.Answer != tr.said.Answer:
		return ""
	case slices.Contains(tr.shown, name) && (said || tr.checked(got)):
		return ""
	case (part || slices.Contains(tr.parts, name)) && said:
		return ""
	case said:
		return "the same answer"
	default:
		return "the same words"
	}
}

// checked reports whether the checks or the table are others.
func (tr *trial) checked(got results.Claim) bool {
	return !reflect.DeepEqual(got.Checks, tr.said.Checks) || !reflect.DeepEqual(got.Table, tr.said.Table)
}

func (tr *trial) mayBe(name, what string) bool {
	return matches(slices.Collect(maps.Keys(everywhere)), name, what) ||
		matches(slices.Collect(maps.Keys(tr.ignored)), name, what)
}

func matches(patterns []string, name, what string) bool {
	const slash, other = "/", "|" // a wildcard of path.Match is no slash
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, _ := path.Match(strings.ReplaceAll(pattern, slash, other), strings.ReplaceAll(name+": "+what, slash, other))
		return ok
	})
}

func eachTrial(t *testing.T, test func(*testing.T, *trial)) {
	t.Helper()
	all := truths()
	for _, rule := range Names() {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			tr := &trial{rule: rule, runs: all[rule], relevance: relevances()[rule]}
			for i, r := range tr.runs { // as it comes from a file
				tr.runs[i] = fromTree(t, r, toTree(t, r))
			}
			tr.said = judged(t, rule, tr.runs)
			sc := scenarioOf(t, rule)
			if err := sc.Shorten(); err != nil {
				t.Fatal(err)
			}
			tr.needed = map[string]bool{}
			for _, name := range casesOf(t, sc) {
				tr.needed[name] = true
			}
			test(t, tr)
		})
	}
}

// What is mutated is what is known: all cases, and the known answer, in full and
// in the short version.
func TestTruthsAreWhatIsKnown(t *testing.T) {
	eachTrial(t, func(t *testing.T, tr *trial) {
		sc := scenarioOf(t, tr.rule)
		if tr.said.Answer != sc.Claim.Known || tr.said.Practice == "" {
			t.Fatalf("Judge(%s) = %s, want %s and what to do\n%s\n%s\n%v", tr.rule, tr.said.Answer, sc.Claim.Known,
				tr.said.Because, tr.said.Practice, tr.said.Checks)
		}
		wantText(t, tr.said, "")
		var got []string
		for _, r := range tr.runs {
			got = append(got, caseOf(r))
		}
		if want := casesOf(t, sc); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
			t.Errorf("cases = %q, want %q", got, want)
		}
		some := slices.DeleteFunc(slices.Clone(tr.runs), func(r *results.Run) bool { return !tr.needed[caseOf(r)] })
		if got := judged(t, tr.rule, some); got.Answer != tr.said.Answer {
			t.Errorf("Judge(%s) of the short version = %s, want %s: %s", tr.rule, got.Answer, tr.said.Answer,
				got.Because)
		}
	})
}

// Every sentence about them, with its figures, is one that somebody has read: a figure in
// the place of another changes it.
func TestWhatIsSaidOfTheTruths(t *testing.T) {
	var b strings.Builder
	all := truths()
	for _, rule := range Names() {
		c := judged(t, rule, all[rule])
		fmt.Fprintf(&b, "%s: %s: %s\n  In practice: %s\n", rule, c.Answer, c.Because, c.Practice)
		for _, check := range c.Checks {
			fmt.Fprintf(&b, "  %t: %s\n", check.Holds, check.Text)
		}
	}
	goldentest.Equal(t, "testdata/truths.txt", []byte(b.String()))
}

func caseOf(r *results.Run) string { return r.Cell[scenario.CaseLabel] }

// scenarioOf is the built-in one, which has its rule's name.
func scenarioOf(t *testing.T, rule string) *scenario.Scenario {
	t.Helper()
	sc, err := scenario.Load(rule)
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

func casesOf(t *testing.T, sc *scenario.Scenario) []string {
	t.Helper()
	cells, err := sc.Cells()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range cells {
		out = append(out, c.Labels[scenario.CaseLabel])
	}
	return slices.Sorted(slices.Values(out))
}

func TestACaseThatGoesWrongChangesTheAnswer(t *testing.T) {
	eachTrial(t, func(t *testing.T, tr *trial) {
		for i, r := range tr.runs {
			name := caseOf(r)
			if got := tr.with(t, i); tr.needed[name] && !tr.mayBe(name, "no result") &&
				got.Answer != scenario.Unclear {
				t.Errorf("%s: no result: the answer is %s", name, got.Answer)
			}
			for _, f := range faults() {
				changed := toTree(t, r)
				if !f.spoil(changed) || tr.mayBe(name, f.name) {
					continue
				}
				got := tr.with(t, i, fromTree(t, r, changed))
				tr.wantText(t, name, f.name, got)
				if why := tr.unmoved(name, got, false); why != "" {
					t.Errorf("%s: %s: %s", name, f.name, why)
				}
			}
		}
	})
}

func TestAnyFigureThatIsAnotherChangesWhatIsSaid(t *testing.T) {
	eachTrial(t, func(t *testing.T, tr *trial) {
		for i, r := range tr.runs {
			name := caseOf(r)
			changed := toTree(t, r)
			for _, l := range leaves("", changed) {
				was := l.get(changed)
				for _, c := range changes(was) {
					if tr.mayBe(name, l.String()) || tr.mayBe(name, l.String()+" "+c.name) {
						continue
					}
					l.set(changed, c.to)
					got := tr.with(t, i, fromTree(t, r, changed))
					tr.wantText(t, name, l.String()+" "+c.name, got)
					if why := tr.unmoved(name, got, true); why != "" && !(matches(tr.told, name, l.String()) &&
						tr.checked(got)) {
						t.Errorf("%s: %s %s, from %v: %s", name, l, c.name, was, why)
					}
				}
				l.set(changed, was)
			}
		}
	})
}

func TestCasesThatChangePlacesChangeWhatIsSaid(t *testing.T) {
	eachTrial(t, func(t *testing.T, tr *trial) {
		for i, a := range tr.runs {
			for j, b := range tr.runs[:i] {
				x, y := toTree(t, a), toTree(t, b)
				x["cell"], y["cell"] = y["cell"], x["cell"]
				if fmt.Sprint(x) == fmt.Sprint(toTree(t, b)) || tr.mayBe(caseOf(b), "as "+caseOf(a)) {
					continue
				}
				runs := slices.Clone(tr.runs)
				runs[i], runs[j] = fromTree(t, b, y), fromTree(t, a, x)
				if why := tr.unmoved(caseOf(a), judged(t, tr.rule, runs), true); why != "" {
					t.Errorf("%s: as %s: %s", caseOf(b), caseOf(a), why)
				}
			}
		}
	})
}

// A repeat that alone says otherwise leaves no answer.
func TestRepeatsThatContradictLeaveNoAnswer(t *testing.T) {
	eachTrial(t, func(t *testing.T, tr *trial) {
		for i, r := range tr.runs {
			changed := toTree(t, r)
			if !flipped(changed) || slices.Contains(tr.parts, caseOf(r)) ||
				slices.Contains(tr.shown, caseOf(r)) ||
				tr.mayBe(caseOf(r), "ports ran out, or did not") {
				continue
			}
			if got := tr.with(t, i, r, fromTree(t, r, changed)); got.Answer != scenario.Unclear {
				t.Errorf("%s, and a repeat in which ports ran out, or did not: Judge(%s) = %s, want unclear",
					caseOf(r), tr.rule, got.Answer)
			}
		}
	})
}
