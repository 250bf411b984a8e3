package claim

import (
	"errors"
	"strings"
	"testing"

	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/scenario"
)

// result is that of a case, with what the changes put into it.
func result(name string, changes ...func(*results.Run)) *results.Run {
	r := &results.Run{
		Schema: results.Schema,
		Cell:   map[string]string{scenario.CaseLabel: name},
		Kernel: results.Kernel{Client: map[string]int64{}, Server: map[string]int64{}},
	}
	r.Environment.Kernel, r.Totals.Succeeded = "6.18", 1 // a case that did nothing is no evidence
	for _, change := range changes {
		change(r)
	}
	return r
}

func succeeded(n int64) func(*results.Run) {
	return func(r *results.Run) { r.Totals.Attempted, r.Totals.Succeeded = n, n }
}

func client(counter string, n int64) func(*results.Run) {
	return func(r *results.Run) { r.Kernel.Client[counter] = n }
}

// exhausted ran out of ports after n connections.
func ranOutAfter(n int64) func(*results.Run) {
	return func(r *results.Run) {
		r.Totals.Attempted, r.Totals.Succeeded = n+1, n
		r.Exhaustion = &exhaustion.Finding{Outcome: exhaustion.Exhausted, Exhausted: true, AfterConnections: &n}
	}
}

// wantAnswer judges runs by a rule.
func wantAnswer(t *testing.T, rule string, want scenario.Answer, runs ...*results.Run) results.Claim {
	t.Helper()
	got, err := Judge(scenario.Claim{Text: "a claim", Rule: rule, Known: scenario.Confirmed}, runs, false)
	if err != nil {
		t.Fatalf("Judge(%s) = %v, want no error", rule, err)
	}
	if got.Answer != want {
		t.Errorf("Judge(%s) = %s, want %s\n%s\nchecks: %v", rule, got.Answer, want, got.Because, got.Checks)
	}
	if (got.Practice == "") != (got.Answer == scenario.Unclear) {
		t.Errorf("Judge(%s) = %s, in practice %q; want a line wherever there is an answer", rule, got.Answer,
			got.Practice)
	}
	return got
}

func TestEveryRuleIsOfAScenarioAndEveryClaimHasARule(t *testing.T) {
	used := map[string]bool{}
	for _, name := range scenario.Builtins() {
		sc, err := scenario.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		c := sc.Claim
		if c.IsZero() {
			continue
		}
		used[c.Rule] = true
		if _, err := Judge(c, nil, false); err != nil {
			t.Errorf("scenario %s: %v", name, err)
		}
		if c.Known == "" || c.Short == 0 || c.Full == 0 {
			t.Errorf("scenario %s: known %q, short %v, full %v; want all of them", name, c.Known, c.Short, c.Full)
		}
		const longest = 110 // what a picture's heading has room for
		if len(c.Text) > longest {
			t.Errorf("scenario %s: its claim has %d characters, want at most %d", name, len(c.Text), longest)
		}
	}
	for _, rule := range Names() {
		if !used[rule] {
			t.Errorf("rule %s judges no built-in scenario", rule)
		}
	}
}

// Nothing measured is nothing known.
func TestNoRuleAnswersWithoutEvidence(t *testing.T) {
	for _, rule := range Names() {
		got := wantAnswer(t, rule, scenario.Unclear)
		if !strings.Contains(got.Because, "has no result") {
			t.Errorf("Judge(%s, nothing) says %q, want what is missing", rule, got.Because)
		}
	}
}

// A case that was cut short, did nothing, or came out in two ways is no evidence.
func TestNoRuleAnswersOnDamagedEvidence(t *testing.T) {
	usual, low := result("the default", ranOutAfter(1000)), result("tcp_max_tw_buckets=100", ranOutAfter(1000))
	interrupted, idle := result("the default", ranOutAfter(1000)), result("the default", succeeded(0))
	interrupted.Interrupted = true
	tests := []struct {
		name, want string
		runs       []*results.Run
	}{
		{"a case that was interrupted", `case "the default" was interrupted`, []*results.Run{interrupted, low}},
		{"a case that did nothing", `case "the default" did nothing`, []*results.Run{idle, low}},
		{"repeats that differ", `case "the default" ran out of ports in 1 of 2 repeats`,
			[]*results.Run{usual, low, result("the default", succeeded(5000)), low}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := wantAnswer(t, "tw-buckets", scenario.Unclear, tt.runs...)
			if !strings.Contains(got.Because, tt.want) {
				t.Errorf("Because = %q, want it to say %q", got.Because, tt.want)
			}
		})
	}
}

func TestAnAnswerThatIsNotTheKnownOneSaysSo(t *testing.T) {
	runs := twBucketsTruth()
	runs[1] = result("tcp_max_tw_buckets=100", ranOutAfter(1000), client("TcpExtTW", 1000))
	got := wantAnswer(t, "tw-buckets", scenario.Refuted, runs...)
	if !strings.Contains(got.Otherwise, "came out confirmed") || !strings.Contains(got.Otherwise, "6.18") {
		t.Errorf("Otherwise = %q, want the known answer and the kernel", got.Otherwise)
	}
}

// A median between repeats of which each says something else is no evidence.
func TestRepeatsThatContradictEachOtherAreNoEvidence(t *testing.T) {
	below := func(ends ...func(*results.Run)) []*results.Run {
		var out []*results.Run
		for _, end := range ends {
			out = append(out, ranges(100, 200, result("40000-41999 less 200 reserved", law(1800), end))...)
		}
		return out
	}
	wantAnswer(t, "port-range", scenario.Depends, below(ranOutAfter(1800), ranOutAfter(1800))...)
	wantText(t, wantAnswer(t, "port-range", scenario.Unclear, below(ranOutAfter(1800), ranOutAfter(900),
		ranOutAfter(1800))...), "its repeats contradict each other: depends by all of them, refuted by repeat 2 alone")
}

// What to do is written wherever the answer is.
func TestWhatToDoIsWritten(t *testing.T) {
	entries := []Entry{{Name: "x", Claim: results.Claim{Text: "a claim", Practice: "do <this>."}}}
	var text, page strings.Builder
	if err := errors.Join(WriteText(&text, entries, 80), WriteMarkdown(&page, entries)); err != nil {
		t.Fatal(err)
	}
	if want := "    In practice: do <this>.\n"; !strings.Contains(text.String(), want) {
		t.Errorf("WriteText wrote %q, want %q in it", text.String(), want)
	}
	if want := "\n**In practice**: do &lt;this>.\n"; !strings.Contains(page.String(), want) {
		t.Errorf("WriteMarkdown wrote %q, want %q in it", page.String(), want)
	}
}
