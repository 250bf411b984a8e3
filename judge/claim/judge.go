package claim

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/internal/suggest"
	"tcpbench/results"
	"tcpbench/scenario"
)

// Rule judges a claim.
type Rule struct {
	// Figures are shown for every case; the first number is the one to draw.
	Figures []Figure
	// Judge says what the evidence means. It is not told what the answer was
	// elsewhere.
	Judge func(e *Evidence) Verdict
}

// Verdict is an answer and why, with the figures, and what to do about it.
type Verdict struct {
	Answer            scenario.Answer
	Because, Practice string
}

// verdict makes one.
func verdict(a scenario.Answer, format string, args ...any) Verdict {
	return Verdict{Answer: a, Because: figure.Sprintf(format, args...)}
}

// practice adds the line that somebody acts on.
func (v Verdict) practice(format string, args ...any) Verdict {
	v.Practice = figure.Sprintf(format, args...)
	return v
}

// Names are those of all rules, in order.
func Names() []string { return slices.Sorted(maps.Keys(rules())) }

// Check refuses a claim whose rule there is not; a scenario need not have one.
func Check(c scenario.Claim) error {
	if _, ok := rules()[c.Rule]; !ok && !c.IsZero() {
		return fmt.Errorf("claim: no rule %q%s", c.Rule, suggest.OrOneOf(c.Rule, Names()))
	}
	return nil
}

// Judge judges a claim by the results of its scenario's cases. The error is
// for a rule that there is not.
func Judge(c scenario.Claim, runs []*results.Run, short bool) (results.Claim, error) {
	if err := Check(c); err != nil {
		return results.Claim{}, err
	}
	rule := rules()[c.Rule]()
	e := NewEvidence(runs)
	v := rule.agreed(e)
	out := results.Claim{
		Text:     c.Text,
		Answer:   v.Answer,
		Because:  v.Because,
		Practice: v.Practice,
		Known:    c.Known,
		Short:    short,
		Checks:   e.checks,
		Table:    e.table(rule.Figures),
	}
	if len(runs) > 0 {
		out.Kernel = runs[0].Environment.Kernel
	}
	out.Otherwise = otherwise(out)
	return out, nil
}

// judged is the verdict, unclear where something is missing.
func (r Rule) judged(e *Evidence) Verdict {
	v := r.Judge(e)
	e.stray()
	e.beside()
	if len(e.missing) > 0 {
		return verdict(scenario.Unclear, "It cannot be judged: %s.", strings.Join(e.missing, "; "))
	}
	return v
}

// agreed is the verdict by all repeats, unless one of them alone says something
// else: a median between two contradictions is no evidence.
func (r Rule) agreed(e *Evidence) Verdict {
	v := r.judged(e)
	for i := range e.repeats() {
		one := r.judged(e.repeat(i))
		if v.Answer != scenario.Unclear && one.Answer != v.Answer {
			return verdict(scenario.Unclear, "its repeats contradict each other: %s by all of them, %s by repeat %d "+
				"alone. %s", v.Answer, one.Answer, i+1, one.Because)
		}
	}
	return v
}

// otherwise says that an answer is not the known one.
func otherwise(c results.Claim) string {
	if c.Known == "" || c.Answer == c.Known || c.Answer == scenario.Unclear {
		return ""
	}
	return fmt.Sprintf("On the kernels that this was tried on before, the claim came out %s. %s behaves differently, "+
		"or something disturbed the measurement: run it again.", c.Known, c.Kernel)
}
