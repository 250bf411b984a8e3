package history

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// noises are distributions around 1000 without a change, from well-behaved to wild.
func noises() map[string]func(*rand.Rand) float64 {
	return map[string]func(*rand.Rand) float64{
		"white": func(r *rand.Rand) float64 { return 1000 + 20*r.NormFloat64() },
		"heavy-tailed": func(r *rand.Rand) float64 { // Student's t with 2 degrees of freedom
			return 1000 + 20*r.NormFloat64()/math.Sqrt(max(r.ExpFloat64(), 1e-9))
		},
		"skewed":  func(r *rand.Rand) float64 { return 1000 * math.Exp(0.5*r.NormFloat64()) },
		"of ties": func(r *rand.Rand) float64 { return 1000 + float64(r.IntN(3)) },
	}
}

// made is a series with a change.
func made(r *rand.Rand, n int, noise func(*rand.Rand) float64, change func(i int) float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = noise(r) * change(i)
	}
	return out
}

func none(int) float64 { return 1 }

func stepAt(run int, by float64) func(int) float64 {
	return func(i int) float64 {
		if i+1 >= run {
			return 1 + by
		}
		return 1
	}
}

func driftBy(each float64) func(int) float64 {
	return func(i int) float64 { return 1 + each*float64(i) }
}

// kindOf is what one series comes to, as the only one of its table.
func kindOf(values []float64) (Kind, *Step) {
	c, _, step, _ := look(values, 1)
	if c.P != nil && *c.P > significant {
		return Unchanged, step
	}
	return c.Kind, step
}

// What was promised: of series without a change one in a hundred has a finding.
// The bound is 3.5 standard deviations above that, and the seeds are fixed.
func TestSeriesWithoutAChangeHaveFewFindings(t *testing.T) {
	for name, noise := range noises() {
		for n, series := range map[int]int{8: 200, 10: 200, 11: 200, 60: 200, 1000: 5} {
			r := rand.New(rand.NewPCG(uint64(n), 7))
			found := 0
			for range series {
				if k, _ := kindOf(made(r, n, noise, none)); k != Unchanged {
					found++
				}
			}
			mean := significant * float64(series)
			if most := mean + 3.5*math.Sqrt(mean); float64(found) > most {
				t.Errorf("%s, %d runs: %d of %d series have a finding, want %.0f at most", name, n, found, series, most)
			}
		}
	}
}

func TestChangesAreCalledWhatTheyAre(t *testing.T) {
	tests := []struct {
		name   string
		n      int
		noise  string
		change func(int) float64
		want   Kind
		at     int
	}{
		{"-20 % in the last five of sixty", 60, "white", stepAt(56, -0.20), Stepping, 56},
		{"in the last three", 60, "white", stepAt(58, -0.20), Stepping, 58},
		{"in the fourth of sixty", 60, "white", stepAt(4, 0.30), Stepping, 4},
		{"+10 % in the middle", 40, "white", stepAt(21, 0.10), Stepping, 21},
		{"in twelve runs", 12, "white", stepAt(7, 0.20), Stepping, 7},
		{"in wild noise", 200, "skewed", stepAt(101, 2), Stepping, 101},
		{"with outliers", 100, "heavy-tailed", stepAt(71, -0.20), Stepping, 71},
		{"a slow drift", 60, "white", driftBy(0.005), Drifting, 0},
		{"a drift down", 100, "white", driftBy(-0.004), Drifting, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(11, 13))
			const series = 20
			right, near := 0, 0
			for range series {
				k, step := kindOf(made(r, tt.n, noises()[tt.noise], tt.change))
				if k == tt.want {
					right++
				}
				if tt.at > 0 && step != nil && max(step.Run-tt.at, tt.at-step.Run) <= 1+tt.n/40 {
					near++
				}
			}
			if right < series*9/10 || tt.at > 0 && near < series*8/10 {
				t.Errorf("%d of %d are a %s, %d of all at run %d; want nine of ten", right, series, tt.want, near,
					tt.at)
			}
		})
	}
}

// What fell for a while and came back is neither a drift nor one step: medians on
// both sides would be alike.
func TestADipIsNoStep(t *testing.T) {
	for _, d := range []struct{ from, to int }{{20, 30}, {20, 40}, {25, 35}, {50, 55}, {48, 56}, {4, 9}} {
		r := rand.New(rand.NewPCG(2, 3))
		kinds := map[Kind]int{}
		const series = 20
		for range series {
			k, _ := kindOf(made(r, 60, noises()["white"], func(i int) float64 {
				if d.from <= i && i < d.to {
					return 0.8
				}
				return 1
			}))
			kinds[k]++
		}
		if kinds[Unchanged]+kinds[Irregular]+kinds[Several] < series*9/10 {
			t.Errorf("a dip from run %d to %d: %v, want that it is no drift and no step", d.from+1, d.to, kinds)
		}
	}
}

// A table of many groups without a change has no more findings than one.
func TestATableWithoutAChangeHasFewFindings(t *testing.T) {
	noise := noises()["heavy-tailed"]
	found := 0
	const tables = 30
	for table := range tables {
		r := rand.New(rand.NewPCG(uint64(table), 17))
		h := History{Metrics: []Metric{{}}}
		for range 40 {
			h.Metrics[0].Groups = append(h.Metrics[0].Groups, groupOf(made(r, 20, noise, none)))
		}
		h.test()
		if h.Tested != 40 {
			t.Fatalf("%d groups were tested, want 40", h.Tested)
		}
		found += min(h.Found, 1)
	}
	if found > 2 {
		t.Errorf("%d of %d tables have a finding, want 2 at most: one in a hundred", found, tables)
	}
}

func TestAChangeIsFoundAmongManyGroups(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	h := History{Metrics: []Metric{{}}}
	for i := range 40 {
		change := none
		if i == 17 {
			change = stepAt(15, -0.2)
		}
		h.Metrics[0].Groups = append(h.Metrics[0].Groups, groupOf(made(r, 20, noises()["white"], change)))
	}
	h.test()
	if g := h.Metrics[0].Groups[17]; h.Found != 1 || g.Change.Kind != Stepping || g.Step.Run != 15 {
		t.Errorf("%d groups changed, and the one that did is %+v, %+v; want one, at run 15", h.Found, g.Change, g.Step)
	}
}

// groupOf is a group of these values.
func groupOf(values []float64) Group {
	g := Group{values: values}
	for i := range values {
		g.numbers = append(g.numbers, i+1)
		g.Runs = append(g.Runs, Run{Path: fmt.Sprint(i), counts: true})
	}
	return g
}

func TestAStepSaysWhatWasBeforeAndAfter(t *testing.T) {
	values := made(rand.New(rand.NewPCG(1, 1)), 30, noises()["of ties"], stepAt(21, 0.5))
	step, ok := FindStep(values, 9999)
	if !ok || step.Run != 21 || step.Before.Runs != 20 || step.After.Runs != 10 || step.Percent == nil ||
		math.Abs(*step.Percent-50) > 0.2 || step.P > 0.001 {
		t.Errorf("FindStep() = %+v, %t, want +50 %% at run 21", step, ok)
	}
	if l := step.Before; !(l.Low >= 1000 && l.Low <= l.Median && l.Median <= l.High && l.High <= 1002) {
		t.Errorf("before the step there is %+v", l)
	}
	if _, ok := FindStep(values[:10], 9999); ok {
		t.Error("FindStep() finds a step in ten runs, want that they are too few")
	}
	if step, _ := FindStep(make([]float64, 20), 9999); step.P != 1 {
		t.Errorf("of equal values a step has p %v, want 1", step.P)
	}
}
