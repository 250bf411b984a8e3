package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/plots/plotstest"
	"tcpbench/report/view"
	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

// sweep is made once: tests must not change its runs, only copies.
var sweep = sync.OnceValue(plotstest.Sweep)

func write(t *testing.T, in Input) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, in); err != nil {
		t.Fatalf("Write() = %v, want no error", err)
	}
	return b.String()
}

// markup is a page without its own script, and with its data as text: whatever else is a
// script in it is not ours.
func markup(t *testing.T, page string) string {
	t.Helper()
	for _, ours := range []string{"<script>" + scriptJS + "</script>", `<script type="application/json" id="data">`} {
		if strings.Count(page, ours) != 1 {
			t.Fatalf("the page has %.50q %d times, want it once", ours, strings.Count(page, ours))
		}
		page = strings.Replace(page, ours, "", 1)
	}
	return page
}

func sweepPage(t *testing.T) string {
	t.Helper()
	return write(t, Input{Title: "exhaustion", About: "linger and tw_reuse", Runs: sweep(),
		Scenario: "name: exhaustion\n"})
}

// inOrder fails unless the page has each of wants after the one before.
func inOrder(t *testing.T, page string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		_, rest, ok := strings.Cut(page, want)
		if !ok {
			t.Errorf("the page lacks %q, or has it too early", want)
			continue
		}
		page = rest
	}
}

func TestSweepPageIsInOrder(t *testing.T) {
	inOrder(t, sweepPage(t), "<h1>exhaustion</h1>", "linger and tw_reuse",
		">Verdict</h2>", "Of 8 cells", ">Warnings</h3>", ">Each cell</h2>",
		html.EscapeString(sweep()[0].Verdict.Headline),
		">Matrix</h2>", ">Pictures</h2>", "<svg", ">Cells</h2>", "<details", "<svg",
		"What would let more connections be opened", "Totals", "Errors by call and errno", "Latency",
		"Kernel counters of the client", "Kernel counters of the server", "Effective options",
		"Environment of this cell only",
		">Environment</h2>", "6.18.5", ">Scenario</h2>", "name: exhaustion")
}

func TestRunPageIsInOrder(t *testing.T) {
	page := write(t, Input{Title: "one run", Runs: sweep()[:1]})
	inOrder(t, page, ">Verdict</h2>", html.EscapeString(sweep()[0].Verdict.Headline),
		html.EscapeString(sweep()[0].Verdict.Details[0]), "What would let more connections be opened",
		">Pictures</h2>", "<svg", ">Figures</h2>", "Totals", "Latency", "Effective options", ">Environment</h2>")
	for _, only := range []string{">Matrix</h2>", `<details class="cell"`, ">Warnings</h3>", ">Scenario</h2>"} {
		if strings.Contains(page, only) {
			t.Errorf("the page of one run without warnings has %q", only)
		}
	}
}

// knee is that of a run, as the matrix has it.
func knee(r *results.Run) string {
	k := r.Exhaustion.Knee
	if !k.Found {
		return "none"
	}
	return fmt.Sprintf("%d (%s)", *k.AfterConnections, figure.AboutPercent(*k.Occupancy))
}

// row is the texts of the matrix's nth row, from 1.
func row(page string, n int) []string {
	match := regexp.MustCompile(fmt.Sprintf(`<tr><th scope="row"><a href="#cell-%d">.*?</tr>`, n)).FindString(page)
	var out []string
	for _, m := range regexp.MustCompile(`<t[hd][^>]*>(.*?)</t[hd]>`).FindAllStringSubmatch(match, -1) {
		out = append(out, regexp.MustCompile(`<[^>]*>`).ReplaceAllString(m[1], ""))
	}
	return out
}

func TestMatrixShowsWhatCameOfEachCell(t *testing.T) {
	page := sweepPage(t)
	tests := []struct {
		name string
		row  int
		want []string
	}{
		{"exhausted beyond a knee", 1, []string{"1", "off", "32768-60999", "0", "exhausted", "28232", "28232",
			knee(sweep()[0]), "1298", "432 to 470/s",
			"1.25 ms", "1.67 ms", "1"}},
		{"exhausted within an interval", 2,
			[]string{"2", "off", "40000-40999", "0", "exhausted", "1000", "1000", knee(sweep()[1]), "10589",
				"14.5 to 16.6/s", "109 us", "161 us", "1"}},
		{"sustained", 5, []string{"5", "0", "32768-60999", "0", "sustained", "–", "none", "none", "18839",
			"unlimited",
			"95 us", "108 us", "0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, row(page, tt.row)); diff != "" {
				t.Errorf("row %d (-want +got):\n%s", tt.row, diff)
			}
		})
	}
}

func TestEveryPartMayBeMissing(t *testing.T) {
	for i := range reflect.TypeFor[results.Run]().NumField() {
		r := *sweep()[0]
		reflect.ValueOf(&r).Elem().Field(i).SetZero()
		for _, runs := range [][]*results.Run{{&r}, {&r, sweep()[1]}} {
			page := markup(t, write(t, Input{Title: "a part is missing", Runs: runs}))
			for _, never := range []string{"NaN", "Inf", "%!"} {
				if strings.Contains(page, never) {
					t.Errorf("without %s the page contains %q", reflect.TypeFor[results.Run]().Field(i).Name, never)
				}
			}
		}
	}
}

func TestWhatWasNotMeasuredIsNotZero(t *testing.T) {
	bare := &results.Run{Options: scenario.DefaultWorkload()}
	page := markup(t, write(t, Input{Title: "bare", Runs: []*results.Run{bare, sweep()[1]}}))
	want := []string{"1", "–", "–", "–", "failed", "–", "–", "–", "–", "–", "–", "–", "0"}
	if diff := cmp.Diff(want, row(page, 1)); diff != "" {
		t.Errorf("row of a run without measurements (-want +got):\n%s", diff)
	}
	for _, never := range []string{"NaN", "Inf", "%!"} {
		if strings.Contains(page, never) {
			t.Errorf("the page contains %q", never)
		}
	}
}

// evil is what must not become markup, or part of a script.
const evil = "\"'><script>alert(1)</script><img src=http://evil.example/x>\u2028\\u003c/script>]]>--><!--"

// hostile is a run with a text in every field that a result's file may fill.
func hostile(evil string) *results.Run {
	r := *sweep()[0]
	r.Cell = map[string]string{evil: evil}
	r.Targets = []string{evil}
	r.Tool.Version = evil
	r.Environment.Kernel = evil
	r.Environment.Sysctls = map[string]string{evil: evil}
	r.Totals.Errors = map[string]int64{evil: 1}
	r.Kernel.Client = map[string]int64{evil: 1}
	r.Warnings = []results.Warning{{Code: evil, Text: evil}}
	r.Verdict = exhaustion.Verdict{
		Headline: evil, Details: []string{evil},
		OtherLimits: []exhaustion.Limit{{Name: evil, Count: 1, Text: evil}},
		Remedies:    []capacity.Remedy{{Change: evil, Price: evil}},
	}
	finding := *r.Exhaustion
	finding.Outcome, finding.Errno, finding.Call = exhaustion.Outcome(evil), evil, evil
	r.Exhaustion = &finding
	return &r
}

func TestEverythingFromDataIsEscaped(t *testing.T) {
	r := hostile(evil)
	for _, runs := range [][]*results.Run{{r}, {r, sweep()[1]}} {
		page := markup(t, write(t, Input{Title: evil, About: evil, Runs: runs, Scenario: evil}))
		for _, tag := range []string{"<script", "<img", `"'>`} {
			if strings.Contains(page, tag) {
				t.Errorf("a page of %d runs contains %q", len(runs), tag)
			}
		}
		if !strings.Contains(dataOf(t, page), evil) {
			t.Errorf("the data of the charts of %d runs is not what the run says", len(runs))
		}
	}
}

// dataOf is the text of the data block of a page without its tags: every string in it,
// as a script reads it.
func dataOf(t *testing.T, page string) string {
	t.Helper()
	_, block, _ := strings.Cut(page, "</main>")
	block, _, ok := strings.Cut(block, "</script>")
	var d any
	if err := json.Unmarshal([]byte(block), &d); !ok || err != nil {
		t.Fatalf("the data of the charts is %.80q: %v", block, err)
	}
	return fmt.Sprint(d)
}

func TestThePageLoadsNothing(t *testing.T) {
	page := markup(t, sweepPage(t))
	loads := regexp.MustCompile(`(?i)\b(src|href|srcset|action|data|poster|xlink:href)\s*=\s*"?([^">\s]*)`)
	for _, m := range loads.FindAllStringSubmatch(page, -1) {
		if !strings.HasPrefix(m[2], "#cell-") {
			t.Errorf("the page refers to %q", m[0])
		}
	}
	for _, loads := range []string{"url(", "@import", "<script", "<link", "<iframe", "<object", " style="} {
		if strings.Contains(page, loads) {
			t.Errorf("the page contains %q", loads)
		}
	}
}

func TestThePolicyAllowsOneStyleSheetAndOneScript(t *testing.T) {
	page := sweepPage(t)
	hashed := func(tag string) string {
		text := regexp.MustCompile(`(?s)<` + tag + `>(.*?)</` + tag + `>`).FindStringSubmatch(page)
		if text == nil || text[1] == "" {
			t.Fatalf("the page has no %s", tag)
		}
		sum := sha256.Sum256([]byte(text[1]))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	want := "default-src 'none'; style-src " + hashed("style") + "; script-src " + hashed("script") +
		"; base-uri 'none'; form-action 'none'"
	if !strings.Contains(html.UnescapeString(page), `content="`+want+`"`) {
		t.Errorf("the policy is not %q", want)
	}
}

func TestTablesStackWhereTheyHaveWordsBesideTheirNames(t *testing.T) {
	table := func(link string, head ...[]prose.Column) prose.Table {
		return prose.Table{Head: slices.Concat(head...), Rows: [][]prose.Cell{{{Text: "a", Link: link}}}}
	}
	tests := []struct {
		name  string
		table prose.Table
		want  bool
	}{
		{"words", table("", prose.Words("change", "gives", "price")), true},
		{"words and numbers", table("", prose.Words("figure", "in words"), prose.Numbers("p")), true},
		{"numbers", table("", prose.Words("phase"), prose.Numbers("p50", "p99")), false},
		{"a name and a value", table("", prose.Words("option", "value")), false},
		{"rows that are compared", table("cell-1", prose.Words("cell", "linger"), prose.Numbers("p99")), false},
	}
	for _, tt := range tests {
		if got := stacks(tt.table); got != tt.want {
			t.Errorf("%s: stacks() = %t, want %t", tt.name, got, tt.want)
		}
	}
}

// What a command prints goes through a guard, which may change nothing of a page: a hash
// would not be that of its script.
func TestThePageIsPrintedAsItIs(t *testing.T) {
	page := sweepPage(t)
	var b bytes.Buffer
	g := prose.NewGuard(&b)
	if _, err := g.Write([]byte(page)); err != nil {
		t.Fatal(err)
	}
	if err := g.Flush(); err != nil {
		t.Fatal(err)
	}
	if b.String() != page {
		t.Error("a guard changes the page")
	}
}

func TestTheLicenceOfTheChartsIsInThePage(t *testing.T) {
	for name, text := range map[string]string{"script": scriptJS, "style": chartsCSS} {
		for _, want := range []string{"uPlot 1.6.32", "The MIT License (MIT)", "Leon Sorokin", "NO EVENT SHALL THE"} {
			if !strings.Contains(text, want) {
				t.Errorf("the %s lacks %q of uPlot's licence", name, want)
			}
		}
	}
}

func TestHeadingsAreInOrder(t *testing.T) {
	for name, page := range map[string]string{"sweep": sweepPage(t),
		"run": write(t, Input{Title: "run", Runs: sweep()[4:5]})} {
		last := byte('0')
		for _, m := range regexp.MustCompile(`<h([1-6])[ >]`).FindAllStringSubmatch(page, -1) {
			if m[1][0] > last+1 {
				t.Errorf("%s: h%s follows h%c", name, m[1], last)
			}
			last = m[1][0]
		}
	}
}

func TestPicturesAndTablesAreAccessible(t *testing.T) {
	page := sweepPage(t)
	if svgs, images := strings.Count(page, "<svg"), strings.Count(page, `role="img" aria-label="`); svgs == 0 ||
		svgs != images {
		t.Errorf("%d pictures, %d of them with a label", svgs, images)
	}
	if cells, scoped := strings.Count(page, "<th"), strings.Count(page, "<th scope=")+strings.Count(page,
		"<thead"); cells != scoped {
		t.Errorf("%d table headers, %d of them with a scope", cells, scoped)
	}
	for _, m := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `id="`+m[1]+`"`) {
			t.Errorf("a link leads to #%s, which is not there", m[1])
		}
	}
}

func TestSweepPageIsSmall(t *testing.T) {
	page := sweepPage(t)
	if len(page) > 1<<20 {
		t.Errorf("the page of 8 cells has %d bytes, want 1 MiB at most", len(page))
	}
	if strings.Contains(page, sweep()[0].Latency.Connect.HDR) {
		t.Error("the page contains a histogram")
	}
}

func TestWarningsAreToldOnceWithTheirCells(t *testing.T) {
	a, b := *sweep()[0], *sweep()[1]
	a.Warnings = []results.Warning{{Code: "late", Text: "The generator was late."}}
	b.Warnings = a.Warnings
	b.Interrupted = true
	page := write(t, Input{Title: "late", Runs: []*results.Run{&a, &b}})
	if got := strings.Count(page, "The generator was late."); got != 1 {
		t.Errorf("the warning is there %d times, want 1", got)
	}
	box := regexp.MustCompile(`(?s)<details class="warnings".*?</details>`).FindString(page)
	for want, n := range map[string]int{`href="#cell-1"`: 1, `href="#cell-2"`: 2} {
		if got := strings.Count(box, want); got != n {
			t.Errorf("the warnings have %s %d times, want %d", want, got, n)
		}
	}
}

func TestACorruptHistogramIsAWarning(t *testing.T) {
	r := *sweep()[0]
	connect := *r.Latency.Connect
	connect.HDR = "broken"
	r.Latency.Connect = &connect
	if page := write(t, Input{Title: "broken", Runs: []*results.Run{&r}}); !strings.Contains(page,
		"A picture is missing or coarse: latency of connect") {
		t.Error("the page does not tell of the histogram")
	}
}

func TestWriteRefusesNoRuns(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, Input{Title: "none"}); err == nil || b.Len() > 0 {
		t.Errorf("Write() = %v with %d bytes, want an error and nothing", err, b.Len())
	}
}

func TestRunPageTellsEachKindOfRun(t *testing.T) {
	tests := []struct {
		run  string
		want []string // in order
	}{
		{"keepalive", []string{"carried 1150774 requests", "Requests per second", "client CPU time a request",
			"Keepalive</caption>", "Answers by HTTP status</caption>",
			"Both sides (close client, linger off)</caption>", "connections closed first"}},
		{"ramp", []string{"offered", "Latency by offered rate", "Open loop: planned and started</caption>",
			"whole answer (request)", "service", "response", "coordinated omission", "of these with RST"}},
		{"late", []string{`class="headline undecided">INVALID: the generator itself`, "generator-late",
			"in part the generator's own"}},
		{"dead", []string{"all were found dead", "Connections held", "Connections found dead", "recv: ETIMEDOUT"}},
		{"lost", []string{"500000000", "499119728"}},
	}
	for _, tt := range tests {
		t.Run(tt.run, func(t *testing.T) {
			page := write(t, Input{Title: tt.run, Runs: []*results.Run{resultstest.Real(t, tt.run)}})
			inOrder(t, html.UnescapeString(page), tt.want...)
		})
	}
}

func TestMatrixHasTheColumnsOfItsRuns(t *testing.T) {
	tests := []struct {
		name string
		runs []string
		want []string
	}{
		{"requests", []string{"keepalive", "keepalive"}, []string{"requests/s", "request p99"}},
		{"planned rates", []string{"ramp", "late"}, []string{"offered/s", "response p99"}},
		{"held", []string{"idle"}, []string{"connections/s", "connect p99"}},
	}
	for _, tt := range tests {
		var runs []*results.Run
		for _, name := range tt.runs {
			runs = append(runs, resultstest.Real(t, name))
		}
		var got []string
		for _, c := range view.Matrix(runs).Head {
			if slices.Contains([]string{"requests/s", "offered/s", "request p99", "response p99", "connect p99"},
				c.Name) || c.Name == "connections/s" && tt.name == "held" {
				got = append(got, c.Name)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: columns (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestSummaryEndsWithWhatIsTheGeneratorsOwn(t *testing.T) {
	parts := view.ConclusionOf([]*results.Run{resultstest.Real(t, "ramp"), resultstest.Real(t, "late")}, nil)
	last := parts[len(parts)-1].Sentences
	want := "In part the generator's own, and not the target's alone: run #2 (response times and rates)."
	if got := last[len(last)-1].Text; got != want {
		t.Errorf("the conclusion ends with %q, want %q", got, want)
	}
}

func TestEnvironmentsPartWhatIsShared(t *testing.T) {
	shared, own := view.Environments(sweep()[:2])
	has := func(rows [][]prose.Cell, name string) bool {
		for _, row := range rows {
			if row[0].Text == name {
				return true
			}
		}
		return false
	}
	if !has(shared.Rows, "kernel") || has(own[0].Rows, "kernel") {
		t.Error("the kernel is not told once")
	}
	const ports = "net.ipv4.ip_local_port_range"
	if has(shared.Rows, ports) || !has(own[0].Rows, ports) || !has(own[1].Rows, ports) {
		t.Error("the port range, in which the cells differ, is not told of each")
	}
}
