package claim

import (
	"math"
	"slices"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// Evidence is the results of a scenario, by the names of its cases.
type Evidence struct {
	cases   []string
	runs    map[string][]*results.Run
	faults  map[string]string // why a case is no evidence
	used    map[string]use    // the cases that were looked at, and for what
	checks  []results.ClaimCheck
	missing []string
}

// NewEvidence sorts results by their cases, in the order in which they came. A
// case is no evidence when a run of it was interrupted, or did nothing.
func NewEvidence(runs []*results.Run) *Evidence {
	e := &Evidence{runs: map[string][]*results.Run{}, faults: map[string]string{}, used: map[string]use{}}
	for _, r := range runs {
		name := r.Cell[scenario.CaseLabel]
		if _, ok := e.runs[name]; !ok {
			e.cases = append(e.cases, name)
		}
		e.runs[name] = append(e.runs[name], r)
		switch {
		case r.Interrupted:
			e.faults[name] = "was interrupted"
		case r.Degraded:
			e.faults[name] = "is degraded: " + r.Shortfall()
		case !r.Worked(): // some claims are about refusals
			e.faults[name] = "did nothing: none of its connections succeeded"
		case (exhausted(r) || natAfter(r) != nil) && r.Exhaustion.AfterConnections != nil &&
			*r.Exhaustion.AfterConnections > r.Totals.Attempted:
			e.faults[name] = "contradicts itself: more connections until ports ran out than were attempted"
		}
	}
	return e
}

// repeats is how many there are of the case with most; 0 where each has one.
func (e *Evidence) repeats() int {
	most := 0
	for _, runs := range e.runs {
		most = max(most, len(runs))
	}
	if most == 1 {
		return 0
	}
	return most
}

// repeat is the evidence of one repeat; of a case with fewer, its last.
func (e *Evidence) repeat(i int) *Evidence {
	var runs []*results.Run
	for _, name := range e.cases {
		all := e.runs[name]
		runs = append(runs, all[min(i, len(all)-1)])
	}
	return NewEvidence(runs)
}

// Has reports whether the case was measured: a short version leaves some out.
func (e *Evidence) Has(name string) bool { return len(e.runs[name]) > 0 }

// measured are those of some cases that a short version may leave out.
func (e *Evidence) measured(names ...string) []string {
	return slices.DeleteFunc(names, func(name string) bool { return !e.Has(name) })
}

// Run is the first result of a case. Of a case that is no evidence it is an
// empty one, and the claim cannot be judged.
func (e *Evidence) Run(name string) *results.Run {
	if !e.sound(name) {
		return &results.Run{}
	}
	return e.runs[name][0]
}

// sound reports whether a case is evidence; where it is not, the claim cannot
// be judged.
func (e *Evidence) sound(name string) bool {
	if _, ok := e.used[name]; !ok {
		e.used[name] = use{}
	}
	fault := e.faults[name]
	switch {
	case !e.Has(name):
		e.miss("case %q has no result", name)
	case fault != "":
		e.miss("case %q %s", name, fault)
	}
	return e.Has(name) && fault == ""
}

// Exhausted reports whether a case ran out of ports. Where one of its repeats
// did and another did not, the claim cannot be judged.
func (e *Evidence) Exhausted(name string) bool {
	e.uses(name, use{ports: true})
	if !e.sound(name) {
		return false
	}
	n := 0
	for _, r := range e.runs[name] {
		if exhausted(r) {
			n++
		}
	}
	if n > 0 && n < len(e.runs[name]) {
		e.miss("case %q ran out of ports in %d of %d repeats", name, n, len(e.runs[name]))
	}
	return n == len(e.runs[name])
}

// uses keeps what a case is asked for.
func (e *Evidence) uses(name string, of use) { e.used[name] = e.used[name].with(of) }

// stray misses the cases that ran out of ports, which is not what they are about:
// what is counted there ended early.
func (e *Evidence) stray() {
	for _, name := range e.cases {
		if use, used := e.used[name]; used && !use.ports && slices.ContainsFunc(e.runs[name], exhausted) {
			e.miss("case %q ran out of ports, which it is not about", name)
		}
	}
}

// exhausted reports whether the client's ports ran out. Of a proxy's, which rules look
// for themselves, the client goes on.
func exhausted(r *results.Run) bool {
	return r.Exhaustion.RanOut() != "" && r.Exhaustion.Elsewhere() == ""
}

// Of is the median of a figure over the repeats of a case. Where there is
// none it is not a number, and the claim cannot be judged.
func (e *Evidence) Of(name string, f Figure) float64 {
	e.uses(name, f.of)
	v, ok := e.median(name, f)
	if e.sound(name) && !ok {
		e.miss("case %q has no figure %q", name, f.Name)
	}
	return v
}

func (e *Evidence) median(name string, f Figure) (float64, bool) {
	var vs []float64
	for _, r := range e.runs[name] {
		if f.Of == nil {
			break
		}
		if v, ok := f.Of(r); ok {
			vs = append(vs, v)
		}
	}
	if len(vs) == 0 {
		return math.NaN(), false
	}
	return figure.Median(vs), true
}

// Check keeps one thing that the verdict rests on, with its figures, and
// returns whether it holds.
func (e *Evidence) Check(holds bool, format string, args ...any) bool {
	e.checks = append(e.checks, results.ClaimCheck{Text: figure.Sprintf(format, args...), Holds: holds})
	return holds
}

// Needs keeps a control, told as what it takes and what there was. Where it
// does not hold, the claim cannot be judged: nothing shows that the cause was
// there, or that the effect could have come.
func (e *Evidence) Needs(holds bool, what, format string, args ...any) {
	was := figure.Sprintf(format, args...)
	if !e.Check(holds, "%s: %s", what, was) {
		e.miss("a control failed, %q: %s", what, was)
	}
}

func (e *Evidence) miss(format string, args ...any) {
	if text := figure.Sprintf(format, args...); !slices.Contains(e.missing, text) {
		e.missing = append(e.missing, text)
	}
}

// table is a row for each case, with the figures of a rule that any case has.
func (e *Evidence) table(figures []Figure) results.ClaimTable {
	t := results.ClaimTable{}
	for _, name := range e.cases {
		t.Rows = append(t.Rows, results.ClaimRow{Case: name})
	}
	for _, f := range figures {
		values, any := e.column(f)
		if !any {
			continue
		}
		t.Columns = append(t.Columns, results.ClaimColumn{Name: f.Name, Unit: f.Unit})
		for i, v := range values {
			t.Rows[i].Values = append(t.Rows[i].Values, v)
		}
	}
	return t
}

func (e *Evidence) column(f Figure) (values []results.ClaimValue, any bool) {
	for _, name := range e.cases {
		var v results.ClaimValue
		if n, ok := e.median(name, f); ok {
			v.Number = &n
		}
		if f.Words != nil {
			v.Words = f.Words(e.runs[name][0])
		}
		any = any || v != results.ClaimValue{}
		values = append(values, v)
	}
	return values, any
}
