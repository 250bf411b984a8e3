package report

import (
	"cmp"
	"tcpbench/internal/prose"
	"tcpbench/law/exhaustion"
	"tcpbench/plots"
	"tcpbench/report/view"
	"tcpbench/results"
)

// run is the part of the page that tells of one run.
type run struct {
	ID, Label, Outcome, Class string

	// Conclusion is what stands before the figures, without the warnings, which the page
	// gathers from all runs; Brief leaves out the remedies too.
	Headline          string
	Conclusion, Brief []view.Part
	Limits            []exhaustion.Limit
	Remedies          prose.Table

	Pictures []picture
	Tables   []prose.Table

	// problems are what kept pictures from being drawn.
	problems []results.Warning
}

// newRun tells of r; own is what of its environment other runs do not share.
func newRun(i int, label string, r *results.Run, own prose.Table) (run, error) {
	v := r.Verdict
	one := run{
		ID: view.ID(i), Label: label, Outcome: cmp.Or(view.OutcomeOn(r), view.Unmeasured), Class: view.Class(r),
		Conclusion: view.Without(view.Conclusion(r), view.PartWarnings), Limits: v.OtherLimits,
		Remedies: view.Remedies(v.Remedies),
	}
	one.Brief = view.Without(one.Conclusion, view.PartRemedies)
	one.Headline = one.Conclusion[0].Sentences[0].Text
	pics, problem := plots.ForRun(r)
	one.problem(problem)
	var err error
	one.Pictures, err = draw(pics)
	for _, t := range append(view.Tables(r), own) {
		if len(t.Rows) > 0 {
			one.Tables = append(one.Tables, t)
		}
	}
	return one, err
}

// problem keeps what kept pictures from being drawn.
func (one *run) problem(err error) {
	if err != nil {
		one.problems = append(one.problems,
			results.Warning{Code: "picture", Text: "A picture is missing or coarse: " + err.Error()})
	}
}
