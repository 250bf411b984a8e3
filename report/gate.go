package report

import (
	"slices"

	"tcpbench/internal/prose"
	"tcpbench/judge/gate"
)

// judged is a gate's report.
type judged struct {
	Headline, Class string
	Checks          prose.Table
	Moved           []prose.Table
	Changed         []string
}

// newJudged is nil where no gate judged.
func newJudged(r *gate.Report) *judged {
	if r == nil {
		return nil
	}
	j := &judged{Headline: r.Headline(), Class: answerClass(r.Answer()), Checks: prose.Table{
		Caption: "Checks of the policy",
		Head: slices.Concat(prose.Words("cell", "check"), prose.Numbers("measured"), prose.Words("answer",
			"why")),
	}}
	for _, c := range r.Checks {
		j.Checks.Rows = append(j.Checks.Rows, []prose.Cell{{Text: c.Cell}, {Text: c.Name}, {Text: c.Measured},
			{Text: string(c.Answer), Class: answerClass(c.Answer)}, {Text: c.Why}})
	}
	for _, m := range r.Moved {
		if len(m.Rows) > 0 {
			j.Moved = append(j.Moved, changes("Against the baseline: "+m.Cell, "baseline", "results", m.Rows))
		}
		for _, d := range m.Changed {
			j.Changed = append(j.Changed, m.Cell+": "+d.String())
		}
	}
	return j
}

// answerClass is the look of an answer.
func answerClass(a gate.Answer) string {
	switch a {
	case gate.Passed:
		return "sustained"
	case gate.Failed:
		return "exhausted"
	default:
		return "undecided"
	}
}
