package gate

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tcpbench/internal/goldentest"
	"tcpbench/judge/compare"
	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

// oneRun is a run with a rate, whose connects took about so long.
func oneRun(rate float64, connect time.Duration) *results.Run {
	h := metrics.NewHistogram()
	for i := range 1000 {
		h.Record(connect + time.Duration(i)*connect/10_000)
	}
	return &results.Run{
		Schema: results.Schema, DurationS: 2, Options: scenario.DefaultWorkload(),
		Environment: results.Environment{Kernel: "Linux 6.18.5", CPUs: 2,
			Sysctls: map[string]string{"net.ipv4.tcp_tw_reuse": "0"}},
		Totals:     results.Totals{Counts: metrics.Counts{Attempted: 1000, Succeeded: 1000}},
		Rates:      results.Rates{ConnectionsPerSecond: rate, RequestsPerSecond: rate},
		Latency:    results.Latency{Connect: metrics.Summarize(h)},
		Exhaustion: &exhaustion.Finding{Outcome: exhaustion.Sustained},
	}
}

// repeats are n runs that differ by up to 3 %.
func repeats(n int, rate float64, connect time.Duration) []*results.Run {
	return resultstest.Repeats(n, rate, connect, oneRun)
}

func linger(runs []*results.Run, value string) []*results.Run {
	return resultstest.Each(runs, func(r *results.Run) { r.Cell = map[string]string{"linger": value} })
}

// startedAt sets when runs began, in minutes.
func startedAt(runs []*results.Run, minute int) []*results.Run {
	return resultstest.Each(runs, func(r *results.Run) {
		r.StartedAt = time.Date(2026, 5, 4, 0, minute, 0, 0, time.UTC)
		minute++
	})
}

// undecided are runs that ended before ports ran out, with what is predicted.
func undecided(runs []*results.Run, ports int64, cps float64) []*results.Run {
	return resultstest.Each(runs, func(r *results.Run) {
		r.Exhaustion = &exhaustion.Finding{Outcome: exhaustion.Undecided}
		r.Prediction = capacity.Prediction{ConnectionsUntilExhaustion: ports, SustainableCPS: cps}
	})
}

// ranOut is what a run finds that has the usual ports.
func ranOut(r *results.Run) {
	r.Exhaustion = &exhaustion.Finding{Outcome: exhaustion.Exhausted, Exhausted: true}
	r.Prediction.ConnectionsUntilExhaustion = 28232
}

func judged(t *testing.T, policy string, in Input) *Report {
	t.Helper()
	p, err := Parse("policy.yaml", []byte(policy))
	if err != nil {
		t.Fatalf("Parse(%q) = %v, want no error", policy, err)
	}
	return p.Judge(in)
}

func side(runs []*results.Run) compare.Side { return compare.Side{Name: "results", Runs: runs} }

// answerTest is a policy with what it says of runs.
type answerTest struct {
	name     string
	policy   string
	runs     []*results.Run
	baseline []*results.Run
	want     Answer
	why      string // of the check that decides
}

// usual are n repeats of one setting.
func usual(n int) []*results.Run { return repeats(n, 20_000, time.Millisecond) }

func TestLimitsAnswer(t *testing.T) {
	const ms = time.Millisecond
	wantAnswers(t, []answerTest{
		{"a limit that holds", `limits: ["connect_p99 < 5ms"]`, usual(1), nil, Passed, ""},
		{"a limit that does not", `limits: ["connect_p99 < 1us"]`, usual(1), nil, Failed, ""},
		{"a limit that one repeat of three breaks", `limits: ["connections_per_second > 100"]`,
			append(usual(2), oneRun(99, ms)), nil, Failed, ""},
		{"a phase that was not measured", `limits: ["close_p99 < 5ms"]`, usual(1), nil, Inconclusive,
			"the run has no close latency"},
		{"a metric missing in one repeat of three", `limits: ["connect_p99 < 5ms"]`,
			append(usual(2), resultstest.Each(usual(1), func(r *results.Run) { r.Latency.Connect = nil })...), nil,
			Inconclusive, "the run has no connect latency"},
		{"broken in one and missing in another", `limits: ["connect_p99 < 1us"]`,
			append(usual(1), resultstest.Each(usual(1), func(r *results.Run) { r.Latency.Connect = nil })...),
			nil, Failed, ""},
		{"an empty histogram", `limits: ["connect_max < 5ms"]`,
			resultstest.Each(usual(1), func(r *results.Run) { r.Latency.Connect = &metrics.Summary{} }), nil,
			Inconclusive, "the run has no connect latency"},
		{"too few latencies for the percentile", `limits: ["connect_p99.99 < 5ms"]`, usual(1), nil, Inconclusive,
			"it takes 10000 measurements and there were 1000; run for longer"},
		{"an interrupted run, whose limits hold", `limits: ["connect_p99 < 5ms"]`,
			resultstest.Each(usual(1), func(r *results.Run) { r.Interrupted = true }), nil, Inconclusive,
			"it was interrupted after 2 s"},
		{"an interrupted run breaks no limit", `limits: ["connect_p99 < 1us"]`,
			resultstest.Each(usual(1), func(r *results.Run) { r.Interrupted = true }), nil, Inconclusive,
			"it was interrupted after 2 s"},
		{"an interrupted repeat beside one that is whole", `limits: ["connect_p99 < 5ms"]`,
			append(usual(1), resultstest.Each(usual(1), func(r *results.Run) { r.Interrupted = true })...), nil,
			Inconclusive, "it was interrupted after 2 s"},
		{"a rate of a generator that was late", `limits: ["connections_per_second < 5"]`,
			resultstest.Each(usual(1), func(r *results.Run) { r.Lateness = &results.Lateness{OwnP99US: 2500} }), nil,
			Inconclusive, "the generator itself was late"},
		{"a rate that such a one reached all the same", `limits: ["connections_per_second > 5"]`,
			resultstest.Each(usual(1), func(r *results.Run) { r.Lateness = &results.Lateness{OwnP99US: 2500} }), nil,
			Passed, ""},
		{"connects of a generator that was late", `limits: ["connect_p99 < 5ms"]`,
			resultstest.Each(usual(1), func(r *results.Run) { r.Lateness = &results.Lateness{OwnP99US: 2500} }), nil,
			Passed, ""},
		{"a generator that was not", `limits: ["connect_p99 < 5ms"]`,
			resultstest.Each(usual(1), func(r *results.Run) { r.Lateness = &results.Lateness{Valid: true} }),
			nil, Passed, ""},
		{"a run that is there twice", `limits: ["connect_p99 < 5ms"]`,
			append(startedAt(usual(1), 7), startedAt(usual(2), 7)...), nil, Inconclusive,
			"it is run 1 once more: both started at 2026-05-04T00:07:00Z, and a copy is no repeat"},
		{"a copy with another start", `limits: ["connect_p99 < 5ms"]`,
			append(startedAt(usual(1), 7), startedAt(usual(1), 8)...), nil, Inconclusive,
			"it is run 1 once more: all that they measured is the same, and a copy is no repeat"},
		{"ports that had no time to run out", `limits: [exhausted == false]`, undecided(usual(1), 28232, 470), nil,
			Inconclusive, "the run ended before it showed whether ports run out, and at its rate they are " +
				"predicted to: measure with --until exhausted"},
		{"ports that do not run out at this rate", `limits: [exhausted == false]`, undecided(usual(1), 1e9, 1e8), nil,
			Passed, ""},
		{"ports that never run out", `limits: [exhausted == false]`, undecided(usual(1), 0, 0), nil, Passed, ""},
		{"a run in which nothing succeeded keeps no limit", `limits: ["exhausted == false"]`,
			[]*results.Run{{DurationS: 1, Exhaustion: &exhaustion.Finding{},
				Verdict: exhaustion.Verdict{Headline: "Refused."}}}, nil, Failed, "nothing succeeded. Refused."},
	})
}

// failing gives each run so many failures.
func failing(runs []*results.Run, failures ...int64) []*results.Run {
	for i, r := range runs {
		r.Totals.Failed = failures[i]
	}
	return runs
}

func TestRegressionsAnswer(t *testing.T) {
	const ms, found = time.Millisecond, "these repeats find a fall of 3.92 %"
	wantAnswers(t, []answerTest{
		{"no regression", `regressions: {connections_per_second: -5%}`, usual(4), usual(4), Passed,
			found},
		{"a regression", `regressions: {connections_per_second: -5%}`, repeats(4, 18_000, ms), usual(4), Failed, ""},
		{"a regression of a percentile", `regressions: {connect_p99: +10%}`, repeats(4, 20_000, 2*ms),
			usual(4), Failed, ""},
		{"an improvement", `regressions: {connections_per_second: -5%, connect_p99: +10%}`, repeats(4, 40_000, ms/2),
			usual(4), Passed, found},
		{"a significant change within what is allowed", `regressions: {connections_per_second: -15%}`,
			repeats(4, 18_000, ms), usual(4), Passed, found},
		{"more than is allowed, and perhaps by chance", `regressions: {connections_per_second: -5%}`,
			resultstest.Distinct([]*results.Run{oneRun(10_000, ms), oneRun(10_000, ms), oneRun(30_000, ms),
				oneRun(26_000, ms), oneRun(10_000, ms)}), usual(4), Inconclusive,
			"more than is allowed, and not significant: repeats of one setting differ as much. " +
				"These repeats find a fall of 66 %: measure more often, as with --repeat 20"},
		{"one of ten repeats is 28 times slower, and the median is not", `regressions: {connect_p99: +10%}`,
			append(repeats(9, 20_000, ms), oneRun(20_000, 28*ms)), repeats(10, 20_000, ms), Inconclusive,
			"the repeats together changed by more than is allowed, and most of them did not: some stand out"},
		{"the base ran out of ports", `regressions: {connections_per_second: -5%}`, usual(4),
			resultstest.Each(usual(4), ranOut), Inconclusive,
			"base: run 1 of 4 ran out of ports, so that rates and latencies are those of the search for ports: " +
				"measure below the knee, as with -n 14116"},
		{"what the search for ports does not distort", `regressions: {errors: +5%}`,
			repeats(4, 20_000, ms), resultstest.Each(usual(4), ranOut), Passed, "it is 0 in every repeat"},
		{"less is allowed than these repeats can find", `regressions: {connections_per_second: -2%}`,
			usual(4), usual(4), Inconclusive,
			"not more than is allowed, and these repeats do not rule it out: -3.92 % to +4.08 %. " +
				"These repeats find a fall of 3.92 %: measure more often, as with --repeat 20"},
		{"less is allowed than they can find, and it became better", `regressions: {connections_per_second: -2%}`,
			repeats(4, 24_000, ms), usual(4), Passed, "these repeats rule more out: +15.3 % to +24.9 %"},
		{"nothing is allowed, and nothing varies", `regressions: {connections_per_second: -0%}`,
			repeats(4, 20_000, ms), repeats(4, 20_000, ms), Inconclusive,
			"not more than is allowed, and these repeats do not rule it out: -3.92 % to +4.08 %. " +
				"These repeats find a fall of 3.92 %: measure more often, as with --repeat 20"},
		{"too few repeats, although nothing changed", `regressions: {connections_per_second: -5%}`, usual(3), usual(10),
			Inconclusive, "a claim needs 4 repeats a side, and there are 10 and 3: " +
				"measure more often, as with --repeat 10"},
		{"too few once the interrupted one is left out", `regressions: {connections_per_second: -5%}`,
			append(usual(3), resultstest.Each(usual(1), func(r *results.Run) { r.Interrupted = true })...), usual(4),
			Inconclusive, "it was interrupted after 2 s"},
		{"errors where there were none", `regressions: {errors: +50%}`,
			resultstest.Each(usual(4), func(r *results.Run) { r.Totals.Failed = 1 }), usual(4), Failed, ""},
		{"errors in some repeats, where there were none", `regressions: {errors: +50%}`,
			failing(usual(4), 0, 0, 3, 5), usual(4), Inconclusive,
			"more than is allowed, and not significant: repeats of one setting differ as much. " +
				"From or to 0, how large a change these repeats find is no percentage: " +
				"measure more often, as with --repeat 20"},
		{"errors in one repeat, where there were none", `regressions: {errors: +50%}`,
			failing(usual(4), 0, 0, 0, 5), usual(4), Inconclusive,
			"not more than is allowed, and these repeats do not rule it out: +0 % or more. " +
				"From or to 0, how large a change these repeats find is no percentage: " +
				"measure more often, as with --repeat 20"},
		{"no errors any more", `regressions: {errors: +50%}`, usual(4), failing(usual(4), 3, 5, 7, 9), Passed,
			"from or to 0, how large a change these repeats find is no percentage"},
		{"a metric that only the baseline has", `regressions: {connect_p99: +10%}`,
			resultstest.Each(usual(4), func(r *results.Run) { r.Latency.Connect = nil }), usual(4), Inconclusive,
			"new: the run has no connect latency"},
		{"a metric that neither has", `regressions: {close_p99: +10%}`, usual(4), usual(4), Inconclusive,
			"neither side has it"},
		{"any percentile", `regressions: {connect_p75: +10%}`, repeats(4, 20_000, 2*ms), usual(4), Failed, ""},
		{"another kernel", `regressions: {connections_per_second: -5%}`,
			resultstest.Each(usual(4), func(r *results.Run) { r.Environment.Kernel = "Linux 7" }), usual(4),
			Inconclusive, "results and results are not comparable, because these differ: " +
				"kernel Linux 6.18.5 -> Linux 7 " +
				"measure both under the same conditions, or compare anyway with --force"},
		{"a cell of the baseline that was not measured again", `limits: ["connect_p99 < 5ms"]`, linger(usual(1), "5s"),
			append(linger(usual(1), "5s"), linger(usual(1), "0")...), Inconclusive,
			"the baseline results has this cell, and results does not"},
		{"a single cell on both sides, labelled otherwise", `limits: ["connect_p99 < 5ms"]`, linger(usual(1), "5s"),
			linger(usual(1), "0"), Passed, ""},
		{"no baseline", `regressions: {connections_per_second: -5%}`, usual(4), nil, Inconclusive,
			"there is no baseline"},
		{"a cell that the baseline does not have", `regressions: {connections_per_second: -5%}`,
			append(linger(usual(4), "off"), linger(usual(4), "0")...), linger(usual(4), "off"), Inconclusive,
			"the baseline results does not have this cell"},
	})
}

func TestChecksOfCellsAnswer(t *testing.T) {
	wantAnswers(t, []answerTest{
		{"a check of one cell alone", "limits: [failed == 0]\ncells: {linger=off: {limits: [connect_p99 < 1us]}}",
			append(linger(usual(1), "off"), linger(usual(1), "0")...), nil, Failed, ""},
		{"a cell that is not there", "limits: [failed == 0]\ncells: {linger=1s: {limits: [connect_p99 < 1us]}}",
			linger(usual(1), "off"), nil, Inconclusive, "no cell matches"},
		{"a mistyped key of a cell", "limits: [failed == 0]\ncells: {lingr=off: {limits: [connect_p99 < 1us]}}",
			linger(usual(1), "off"), nil, Inconclusive, `no cell has a setting "lingr"; did you mean "linger"?`},
	})
}

func wantAnswers(t *testing.T, tests []answerTest) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := Input{Results: side(tt.runs)}
			if tt.baseline != nil {
				b := side(tt.baseline)
				in.Baseline = &b
			}
			r := judged(t, tt.policy, in)
			if got := r.Answer(); got != tt.want {
				t.Fatalf("Answer() = %s, want %s: %+v", got, tt.want, r.Checks)
			}
			i := slices.IndexFunc(r.Checks, func(c Check) bool { return c.Answer == tt.want && c.Why == tt.why })
			if i < 0 {
				t.Errorf("no check has the answer %s and says %q: %+v", tt.want, tt.why, r.Checks)
			}
		})
	}
}

func TestTheChecksOfACellDoNotReachTheOthers(t *testing.T) {
	runs := append(linger(repeats(1, 1, time.Millisecond), "off"), linger(repeats(1, 1, time.Millisecond), "0")...)
	r := judged(t, "limits: [failed == 0]\ncells: {linger=off: {limits: [connect_p50 < 1s]}, "+
		"\"linger=0,tcp_tw_reuse=0\": {limits: [connect_p90 < 1s]}}", Input{Results: side(runs)})
	var got []string
	for _, c := range r.Checks {
		got = append(got, c.Cell+" "+c.Name)
	}
	want := "linger=off failed==0; linger=off connect_p50<1s; linger=0 failed==0; linger=0 connect_p90<1s"
	if strings.Join(got, "; ") != want {
		t.Errorf("checks = %s, want %s", strings.Join(got, "; "), want)
	}
}

func TestACellWithoutAResultIsInconclusive(t *testing.T) {
	r := judged(t, "limits: [failed == 0]",
		Input{Results: side(repeats(1, 1, time.Millisecond)),
			Unmeasured: []Unmeasured{{"linger=0", "the cell failed: no file"}}})
	if r.Answer() != Inconclusive || r.Checks[0].Why != "the cell failed: no file" {
		t.Errorf("Judge() = %+v, want it inconclusive", r)
	}
}

func TestNothingJudgedIsNoPass(t *testing.T) {
	if got := (&Report{}).Answer(); got != Inconclusive {
		t.Errorf("Answer() of no check = %s, want %s", got, Inconclusive)
	}
}

func TestTheWorstRepeatIsShown(t *testing.T) {
	runs := []*results.Run{oneRun(300, time.Millisecond), oneRun(100, time.Millisecond), oneRun(200, time.Millisecond)}
	for limit, want := range map[string]string{
		"connections_per_second > 50":  "100, worst of 3",
		"connections_per_second > 250": "100, worst of 3",
		"connections_per_second < 400": "300, worst of 3",
		"connections_per_second < 150": "300, worst of 3",
	} {
		r := judged(t, `limits: ["`+limit+`"]`, Input{Results: side(runs)})
		if got := r.Checks[0].Measured; got != want {
			t.Errorf("measured of %s = %q, want %q", limit, got, want)
		}
	}
}

func TestForceComparesOtherMachines(t *testing.T) {
	base := side(resultstest.Each(repeats(4, 20_000, time.Millisecond),
		func(r *results.Run) { r.Environment.CPUs = 8 }))
	r := judged(t, "regressions: {connections_per_second: -5%}",
		Input{Results: side(repeats(4, 20_000, time.Millisecond)), Baseline: &base, Force: true})
	if r.Answer() != Passed || len(r.Moved) != 1 || r.Moved[0].Changed[0].String() != "cpus 8 -> 2" {
		t.Errorf("Judge(Force) = %+v, want a pass that says what differs", r)
	}
}

// report has every answer, what moved, and text that needs escaping.
func report(t *testing.T) *Report {
	base := side(linger(repeats(6, 20_000, time.Millisecond), "off"))
	runs := append(linger(repeats(6, 20_000, 1300*time.Microsecond), "off"),
		linger(repeats(1, 10_000, time.Millisecond), "0")...)
	for _, r := range runs {
		r.Environment.Sysctls = map[string]string{"net.ipv4.tcp_tw_reuse": "1"}
	}
	return judged(t, `limits: ["errors < 0.1%", "close_p99 < 1ms"]
baseline: baseline/
cells:
  "linger=off": {regressions: {connect_p99: +10%, connections_per_second: -5%}}
`, Input{
		Results: side(runs), Baseline: &base,
		Unmeasured: []Unmeasured{{"linger=<&>", "it failed:\n100% \x00 \"lost\""}},
	})
}

func TestOutputIsAsItWas(t *testing.T) {
	r := report(t)
	for file, write := range map[string]func(io.Writer, *Report) error{
		"report.txt": WriteText, "report.md": WriteMarkdown, "report.xml": WriteJUnit, "report.github": WriteGitHub,
	} {
		t.Run(file, func(t *testing.T) {
			var b bytes.Buffer
			if err := write(&b, r); err != nil {
				t.Fatal(err)
			}
			goldentest.Equal(t, filepath.Join("testdata", file), b.Bytes())
			if write(full{}, r) == nil {
				t.Errorf("on a full disk = nil, want an error")
			}
		})
	}
}

// The escapes are those of actions/toolkit: a line break would end a command.
func TestAnnotationsAreEscaped(t *testing.T) {
	if got, want := escapeData("100%\r\n: ,"), "100%25%0D%0A: ,"; got != want {
		t.Errorf("escapeData() = %q, want %q", got, want)
	}
	if got, want := escapeProperty("100%\r\n: ,"), "100%25%0D%0A%3A %2C"; got != want {
		t.Errorf("escapeProperty() = %q, want %q", got, want)
	}
}

// full takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// junitSchema is what the elements of a JUnit file may hold, of what Jenkins
// publishes as junit-10.xsd: attributes, and children.
func junitSchema() map[string]struct{ required, optional, children []string } {
	type element = struct{ required, optional, children []string }
	problem := element{optional: []string{"type", "message"}}
	return map[string]element{
		"testsuites": {optional: []string{"name", "time", "tests", "failures", "disabled", "errors"},
			children: []string{"testsuite"}},
		"testsuite": {
			required: []string{"name", "tests"},
			optional: []string{"failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname",
				"id", "package"},
			children: []string{"properties", "testcase", "system-out", "system-err"},
		},
		"testcase": {
			required: []string{"name"},
			optional: []string{"classname", "assertions", "time", "status"},
			children: []string{"skipped", "error", "failure", "system-out", "system-err"},
		},
		"failure": problem, "error": problem, "system-out": {},
	}
}

func TestJUnitIsValid(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJUnit(&b, report(t)); err != nil {
		t.Fatal(err)
	}
	schema := junitSchema()
	var open []string
	for d := xml.NewDecoder(&b); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("it is not XML: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			name := e.Name.Local
			if len(open) == 0 && name != "testsuites" ||
				len(open) > 0 && !slices.Contains(schema[open[len(open)-1]].children, name) {
				t.Errorf("<%s> in %v, which the schema does not have", name, open)
			}
			var attrs []string
			for _, a := range e.Attr {
				attrs = append(attrs, a.Name.Local)
				if !slices.Contains(append(schema[name].required, schema[name].optional...), a.Name.Local) {
					t.Errorf("<%s %s=>, which the schema does not have", name, a.Name.Local)
				}
			}
			for _, need := range schema[name].required {
				if !slices.Contains(attrs, need) {
					t.Errorf("<%s> without %s", name, need)
				}
			}
			open = append(open, name)
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
}

func TestJUnitCountsWhatItHas(t *testing.T) {
	r := report(t)
	var b bytes.Buffer
	if err := WriteJUnit(&b, r); err != nil {
		t.Fatal(err)
	}
	var got suites
	if err := xml.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	var tests, failures, errs int
	for _, s := range got.Suites {
		tests, failures, errs = tests+s.Tests, failures+s.Failures, errs+s.Errors
		if len(s.Cases) != s.Tests {
			t.Errorf("suite %s says %d tests and has %d", s.Name, s.Tests, len(s.Cases))
		}
	}
	if tests != got.Tests || failures != got.Failures || errs != got.Errors || tests != len(r.Checks) ||
		failures != r.count(Failed) || errs != r.count(Inconclusive) {
		t.Errorf("counts = %d, %d, %d of %+v, want those of its suites", tests, failures, errs, got)
	}
}

// A load that was not the one asked for shows nothing, be it good or bad.
func TestADegradedRunIsInconclusive(t *testing.T) {
	policy, err := Parse("policy.yaml", []byte("limits: [\"succeeded > 1\", \"errors < 0.1%\"]\n"))
	if err != nil {
		t.Fatal(err)
	}
	answer := func(r *results.Run) *Report {
		return policy.Judge(Input{Results: compare.Side{Name: "runs", Runs: []*results.Run{r}}})
	}
	r := resultstest.Real(t, "fleet")
	if got := answer(r).Answer(); got != Failed {
		t.Errorf("Answer() of a fleet that failed a third of its connections = %v, want %v", got, Failed)
	}
	r.Agents[1].Lost, r.Degraded = &results.AgentLost{Why: "no beat for 2.5 s"}, true
	got := answer(r)
	if got.Answer() != Inconclusive {
		t.Errorf("Answer() of a degraded fleet = %v, want %v", got.Answer(), Inconclusive)
	}
	if why := got.Checks[0].Why; !strings.Contains(why, "it is degraded: agent-2 of 3 agents did not go on to the "+
		"end") {
		t.Errorf("Why = %q, want which agent was lost", why)
	}
}
