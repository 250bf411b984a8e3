package view_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"tcpbench/report/view"
	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

func kinds(parts []view.Part) []view.Kind {
	var out []view.Kind
	for _, p := range parts {
		out = append(out, p.Kind)
	}
	return out
}

func TestAConclusionIsInOrder(t *testing.T) {
	full := resultstest.Full()
	quiet := resultstest.Full()
	quiet.Warnings, quiet.Verdict.Remedies, quiet.Verdict.Meaning = nil, nil, nil
	claim := &results.Claim{Text: "it rains", Answer: scenario.Refuted, Because: "it does not",
		Practice: "leave the umbrella", Checks: []results.ClaimCheck{{Text: "dry"}}}
	tests := []struct {
		name  string
		parts []view.Part
		want  []view.Kind
	}{
		{"a run with everything", view.Conclusion(full), []view.Kind{view.PartHeadline, view.PartFound,
			view.PartMeaning, view.PartWarnings, view.PartRemedies}},
		{"what there is not to say is left out", view.Conclusion(quiet), []view.Kind{view.PartHeadline,
			view.PartFound}},
		{"a run without a verdict", view.Conclusion(&results.Run{}), []view.Kind{view.PartHeadline}},
		{"a sweep", view.ConclusionOf([]*results.Run{full, resultstest.Sustained()}, nil),
			[]view.Kind{view.PartHeadline, view.PartFound, view.PartMeaning, view.PartRemedies}},
		{"a sweep in which no port ran out", view.ConclusionOf([]*results.Run{resultstest.Sustained()}, nil),
			[]view.Kind{view.PartHeadline, view.PartMeaning}},
		{"a claim", view.ConclusionOf([]*results.Run{full}, claim), []view.Kind{view.PartHeadline, view.PartMeaning,
			view.PartChecks}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := kinds(tt.parts); !slices.Equal(got, tt.want) {
				t.Errorf("parts = %v, want %v", got, tt.want)
			}
		})
	}
}

// Whoever reads only the first line of a run knows how it ended.
func TestTheHeadlineIsTheFirstLine(t *testing.T) {
	for _, name := range resultstest.Names() {
		var b bytes.Buffer
		r := resultstest.Real(t, name)
		if err := view.WriteText(&b, r, 10_000); err != nil {
			t.Fatal(err)
		}
		first, figures, _ := strings.Cut(b.String(), "\n")
		if first != r.Verdict.Headline {
			t.Errorf("%s begins with %q, want %q", name, first, r.Verdict.Headline)
		}
		if _, after, ok := strings.Cut(figures, "\nTarget "); !ok || strings.Contains(after, "What would help") {
			t.Errorf("%s has remedies after its figures, or no figures", name)
		}
	}
}
