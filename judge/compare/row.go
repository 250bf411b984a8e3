package compare

import (
	"cmp"
	"fmt"
	"math"

	"golang.org/x/perf/benchmath"

	"tcpbench/internal/figure"
	"tcpbench/judge/metric"
)

// Verdict is what a comparison of one metric comes to.
type Verdict string

// The verdicts.
const (
	Improved Verdict = "better"
	Worse    Verdict = "worse"
	// Changed is a significant change of a metric that has no better side.
	Changed Verdict = "changed"
	// Same: no significant change, which is not a proof that there is none.
	Same Verdict = "~"
	// Inconclusive: too few repeats for any claim, or they contradict each other.
	Inconclusive Verdict = "inconclusive"
	// Missing: only one side measured it.
	Missing Verdict = "missing"
)

// Row compares one metric of one cell.
type Row struct {
	Metric string `json:"metric"`
	// Unit is that of every figure of the row: us, percent, number (which may
	// be per second, as the metric says) or truth (0 or 1).
	Unit string `json:"unit"`
	// Base and New are absent where nothing was measured.
	Base *Sample `json:"base,omitempty"`
	New  *Sample `json:"new,omitempty"`
	// ChangePercent is from the base's figure to the new one's; absent when
	// there is no such share, as from 0 or next to it, or of a truth.
	ChangePercent *float64 `json:"change_percent,omitempty"`
	// P is the probability of values as far apart by chance alone, of the
	// Mann-Whitney U test; absent with too few repeats.
	P *float64 `json:"p,omitempty"`
	// Power is what the repeats could have told; absent where P is, and of a truth.
	Power   *Power  `json:"power,omitempty"`
	Verdict Verdict `json:"verdict"`
	// Note says why there is no verdict.
	Note string `json:"note,omitempty"`

	of metric.Metric
	// alone is the verdict of the row by itself.
	alone Verdict
}

// compared makes the row of a metric; nil when neither side has it.
func compared(m metric.Metric, base, candidate *pool) *Row {
	b, noBase := measured(m, base.Runs, base.all)
	n, noNew := measured(m, candidate.Runs, candidate.all)
	row := &Row{Metric: m.Name, Unit: m.Unit.String(), Base: b, New: n, of: m}
	switch {
	case b == nil && n == nil:
		return nil
	case b == nil:
		row.Verdict, row.Note = Missing, "base: "+noBase
	case n == nil:
		row.Verdict, row.Note = Missing, "new: "+noNew
	default:
		row.ChangePercent = change(b, n)
		row.judge()
	}
	return row
}

// change is how much the new figure is above the base's, in percent.
func change(base, candidate *Sample) *float64 {
	b, n := base.Figure(), candidate.Figure()
	switch {
	case base.unit == metric.Truth || b == 0 && n != 0:
		return nil
	case b == n:
		return new(float64)
	}
	percent := (n/b - 1) * 100
	if math.IsInf(percent, 0) {
		return nil // from next to 0
	}
	return &percent
}

// judge compares the repeats of both sides.
func (r *Row) judge() {
	r.decide()
	r.alone = r.Verdict
}

func (r *Row) decide() {
	if r.Base.N() < MinRepeats || r.New.N() < MinRepeats {
		r.Verdict = Inconclusive
		r.Note = fmt.Sprintf("a claim needs %d repeats a side, and there are %d and %d: "+
			"measure more often, as with --repeat 10", MinRepeats, r.Base.N(), r.New.N())
		return
	}
	c := benchmath.AssumeNothing.Compare(r.Base.sample(), r.New.sample())
	r.P = &c.P
	if r.of.Unit != metric.Truth {
		r.Power = newPower(r.Base.Values, r.New.Values)
	}
	switch shown, typical := r.Direction(), sign(r.New.rank()-r.Base.rank()); {
	case c.P > c.Alpha:
		r.Verdict = Same
	case shown*typical < 0:
		r.Verdict = Inconclusive
		r.Note = "the repeats together changed one way and their median the other: some of them stand out"
	case typical == 0 && shown == 0:
		r.Verdict = Same
	default:
		r.Verdict = verdict(r.of.Better, cmp.Or(shown, typical))
	}
}

// rank is the figure that the U test is about: where the repeats lie.
func (s *Sample) rank() float64 {
	if s.unit == metric.Truth {
		return mean(s.Values)
	}
	return s.Median
}

// Phase is the one whose latency the row is about; empty for any other figure.
func (r *Row) Phase() string { return r.of.Phase }

// Direction is 1 when the new figure is above the base's, -1 below, 0 neither.
func (r *Row) Direction() int {
	if r.Base == nil || r.New == nil {
		return 0
	}
	if r.Base.unit == metric.Truth {
		return sign(r.New.rank() - r.Base.rank())
	}
	return sign(r.New.Figure() - r.Base.Figure())
}

// Significant reports whether the change is one that chance does not explain,
// among all rows of the comparison.
func (r *Row) Significant() bool { return r.Verdict.isChange() }

// SignificantAlone reports the same of a row that was chosen before anything was
// measured, as by a policy.
func (r *Row) SignificantAlone() bool { return r.alone.isChange() }

func (v Verdict) isChange() bool { return v == Improved || v == Worse || v == Changed }

func verdict(better metric.Better, direction int) Verdict {
	switch int(better) * direction {
	case 1:
		return Improved
	case -1:
		return Worse
	default:
		return Changed
	}
}

func sign(v float64) int {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	default:
		return 0
	}
}

func mean(vs []float64) float64 {
	sum := 0.0
	for _, v := range vs {
		sum += v
	}
	return sum / float64(len(vs))
}

// truths is how many of the repeats are true.
func (s *Sample) truths() string {
	return fmt.Sprintf("%s of %d", figure.About(mean(s.Values)*float64(s.N())), s.N())
}
