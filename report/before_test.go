package report

import (
	"errors"
	"html"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpbench/judge/compare"
	"tcpbench/judge/gate"
	"tcpbench/results"
)

// row is one of a comparison, for a verdict.
func compareRow(v compare.Verdict, base, candidate float64, change func(*compare.Row)) compare.Row {
	side := func(median float64) *compare.Sample {
		return &compare.Sample{Values: []float64{median, median}, Median: median}
	}
	r := compare.Row{Metric: "connections_per_second", Base: side(base), New: side(candidate), Verdict: v}
	percent := (candidate/base - 1) * 100
	r.ChangePercent = &percent
	if change != nil {
		change(&r)
	}
	return r
}

func TestAChangeInWords(t *testing.T) {
	tests := []struct {
		name string
		row  compare.Row
		want string
	}{
		{"better", compareRow(compare.Improved, 100, 150, nil), "50 % higher, better"},
		{"worse", compareRow(compare.Worse, 100, 75, nil), "25 % lower, worse"},
		{"neither side is better", compareRow(compare.Changed, 100, 75, nil), "25 % lower"},
		{"no share of 0", compareRow(compare.Improved, 100, 150, func(r *compare.Row) { r.ChangePercent = nil }),
			"higher, better"},
		{"the same", compareRow(compare.Same, 100, 100, nil), "no change found"},
		{"the same, and what would have been found", compareRow(compare.Same, 100, 100, func(r *compare.Row) {
			r.Power = &compare.Power{FoundPercent: new(3.1)}
		}), "no change found; these repeats find a change of 3.1 %"},
		{"no verdict", compareRow(compare.Inconclusive, 100, 150, nil), "inconclusive"},
		{"one side", compareRow(compare.Missing, 100, 150, nil), "missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := inWords(&tt.row); got != tt.want {
				t.Errorf("inWords() = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAComparisonIsAPage(t *testing.T) {
	in := comparison(t)
	page := html.UnescapeString(write(t, in))
	inOrder(t, page, ">Verdict</h2>", "From before to after: "+in.Before.Comparison.Headline(),
		">Before and after</h2>", ">What changed in ", ">in words</th>", ">before</th>", ">after</th>",
		"50 % higher, better", "(18839 to ", "+50 %", "0.002", "6 and 6", `data-view="sides"`, ">Matrix</h2>")
	if strings.Contains(page, ">Cells side by side</h2>") || strings.Contains(page, ">Each cell</h2>") {
		t.Error("the cells stand on the page twice")
	}
}

func TestARefusedComparisonSaysWhy(t *testing.T) {
	in := comparison(t)
	in.Before.Comparison, in.Before.Refused = nil, errors.New("before and after are not comparable:\n  kernel a -> b")
	page := html.UnescapeString(write(t, in))
	inOrder(t, page, "Not compared", "<p>before and after are not comparable:</p>", "<p>  kernel a -> b</p>",
		`data-view="sides"`)
}

func TestPairsAreTheCellsOfBothSides(t *testing.T) {
	run := func(side, linger string) *results.Run {
		return &results.Run{Cell: map[string]string{SideLabel: side, "linger": linger}}
	}
	runs := []*results.Run{run("a", "off"), run("a", "0"), run("b", "0"), run("b", "0"), run("b", "5s")}
	tests := []struct {
		name      string
		base, new []*results.Run
		want      []sides
	}{
		{"no cell in common", runs[:1], runs[4:], []sides{{"both sides", []int{0}, []int{4}}}},
		{"the common ones of several", runs[:2], runs[2:], []sides{{"linger=0", []int{1}, []int{2, 3}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := (&Before{Base: tt.base, New: tt.new}).pairs(runs)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("pairs() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAGateIsAPage(t *testing.T) {
	in := Input{Title: "gate", Runs: sweep()[:1], Gate: &gate.Report{Policy: "p.yaml", Checks: []gate.Check{
		{Cell: "run", Name: "errors<1%", Answer: gate.Failed, Measured: "5%", Why: "that is why"},
		{Cell: "run", Name: "connect_p99<1s", Answer: gate.Passed, Measured: "2ms"}},
		Moved: []gate.Moved{{Cell: "run", Changed: []compare.Difference{{What: "linger", Base: "off", New: "0"}},
			Rows: []compare.Row{compareRow(compare.Worse, 100, 75, nil)}}}}}
	page := html.UnescapeString(write(t, in))
	inOrder(t, page, ">Verdict</h2>", `<p class="headline exhausted">gate FAILED: 1 checks passed, 1 failed`,
		">Checks</h2>", "errors<1%", "5%", `badge exhausted">FAILED`, "that is why", `badge sustained">passed`,
		"run: linger off -> 0", "Against the baseline: run", "25 % lower, worse")
}

func TestErrorsAreNamedTheMostFrequentFirst(t *testing.T) {
	got := errorsText(map[string]int64{"a": 1, "connect: EADDRNOTAVAIL": 3, "b": 1, "c": 1, "d": 1, "e": 1})
	if want := "connect: EADDRNOTAVAIL 3, a 1, b 1, c 1, 2 more kinds"; got != want {
		t.Errorf("errorsText() = %q, want %q", got, want)
	}
}
