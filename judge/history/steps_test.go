package history

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"tcpbench/judge/metric"
)

// levelsAt changes its level at runs, counted from 1.
func levelsAt(levels map[int]float64) func(int) float64 {
	return func(i int) float64 {
		level := 1.0
		for run := range i + 2 {
			if l, ok := levels[run]; ok {
				level = l
			}
		}
		return level
	}
}

// What rose for a while and fell again has two steps: of one, the second level
// would be that of runs which are back on the first.
func TestSeveralStepsAreToldEach(t *testing.T) {
	tests := []struct {
		name string
		n    int
		at   []int
		of   map[int]float64
	}{
		{"up and back", 300, []int{151, 226}, map[int]float64{151: 1.06, 226: 1}},
		{"twice up", 120, []int{41, 81}, map[int]float64{41: 1.1, 81: 1.3}},
		{"down for a fortnight, and back: no half differs from the other", 44, []int{16, 30},
			map[int]float64{16: 0.8, 30: 1}},
		{"down, back and down: from the first on no half differs from the other", 60, []int{16, 31, 46},
			map[int]float64{16: 0.7, 31: 1, 46: 0.7}},
		{"three", 200, []int{51, 101, 151}, map[int]float64{51: 0.8, 101: 1.2, 151: 1}},
	}
	for _, tt := range tests {
		for seed := range uint64(5) {
			g := groupOf(made(rand.New(rand.NewPCG(seed, 37)), tt.n, noises()["white"], levelsAt(tt.of)))
			h := History{Metrics: []Metric{{Groups: []Group{g}}}}
			h.test()
			g = h.Metrics[0].Groups[0]
			right := g.Change.Kind == Several && len(g.Steps) == len(tt.at)
			for i := range g.Steps {
				right = right && max(g.Steps[i].Run-tt.at[i], tt.at[i]-g.Steps[i].Run) <= 3
			}
			if !right {
				t.Errorf("%s: %s", tt.name, g.says(0))
			}
		}
	}
}

// Of several steps the last one counts, and whether what is now is worse than what
// was before.
func TestWhatSeveralStepsComeTo(t *testing.T) {
	tests := []struct {
		name   string
		better int
		levels map[int]float64
		worse  bool
	}{
		{"slower, and then as before", -1, map[int]float64{41: 1.5, 81: 1}, false},
		{"slower, and then not as fast as before", -1, map[int]float64{41: 1.5, 81: 1.2}, true},
		{"faster, and then slower", -1, map[int]float64{41: 0.5, 81: 0.8}, true},
		{"faster, and again", -1, map[int]float64{41: 0.8, 81: 0.5}, false},
		{"a rate that fell, and came back", 1, map[int]float64{41: 0.5, 81: 1}, false},
		{"a rate that rose, and fell", 1, map[int]float64{41: 1.5, 81: 1.2}, true},
		{"a figure that has no better side", 0, map[int]float64{41: 1.5, 81: 1}, true},
	}
	for _, tt := range tests {
		g := groupOf(made(rand.New(rand.NewPCG(1, 31)), 120, noises()["white"], levelsAt(tt.levels)))
		h := History{Metrics: []Metric{{Name: "m", Groups: []Group{g}}}}
		h.Metrics[0].better = metric.Better(tt.better)
		h.test()
		for kind, want := range map[string]bool{"any": tt.worse, "step": tt.worse, "drift": false} {
			if worse, unclear := h.Judge(kind); (len(worse) > 0) != want || len(unclear) > 0 {
				t.Errorf("%s: --fail-on %s: worse %q, unclear %q, want worse: %t", tt.name, kind, worse, unclear, want)
			}
		}
	}
}

func TestTheLastRunsOfEachGroup(t *testing.T) {
	var entries []Entry
	for i := range 10 {
		for _, machine := range []string{"a", "b"} {
			entries = append(entries, Entry{StartedAt: time.Unix(int64(100-i), 0),
				Settings: map[string]string{"m": machine}})
		}
	}
	count := map[string]int{}
	for _, e := range Last(entries, 3) {
		if e.StartedAt.Before(time.Unix(98, 0)) {
			t.Errorf("%v is not one of the last three", e.StartedAt)
		}
		count[e.Settings["m"]]++
	}
	if count["a"] != 3 || count["b"] != 3 || len(Last(entries, 99)) != len(entries) {
		t.Errorf("Last() = %v, want three of each group", count)
	}
}

// A run that was copied is one run: twelve copies of two are no step.
func TestCopiesCountOnce(t *testing.T) {
	var entries []Entry
	for i := range 12 {
		entries = append(entries, Entry{Path: fmt.Sprintf("%02d", i), StartedAt: time.Unix(int64(100+i/6), 0),
			Values: map[string]float64{"failed": float64(10 + i/6)}})
	}
	g := New(entries, []metric.Metric{metric.MustFind("failed")}, nil).Metrics[0].Groups[0]
	if len(g.Runs) != 12 || g.Drift.Runs != 2 || g.Change.Kind != Untested || g.Runs[7].Note != "a copy of 06" {
		t.Errorf("%s; run 8: %q, want two that count", g.says(metric.Number), g.Runs[7].Note)
	}
}

// What it takes for a step is enough for one.
func TestTheFewestRunsOfAStep(t *testing.T) {
	for n, want := range map[int]Kind{leastStepRuns: Stepping, leastStepRuns - 1: Drifting} {
		values := make([]float64, n)
		for i := range values {
			values[i] = 1000 + float64(i*7%5)
			if i >= n/2 {
				values[i] += 200
			}
		}
		if k, _ := kindOf(values); k != want {
			t.Errorf("the clearest step of %d runs is %q, want %q", n, k, want)
		}
	}
}

// Of too few runs for a step, a change may be one.
func TestAChangeOfFewRunsMayBeAStep(t *testing.T) {
	h := History{Metrics: []Metric{{Groups: []Group{groupOf([]float64{1, 2, 1, 2, 1, 91, 92, 93, 94, 95})}}}}
	h.test()
	if k := h.Metrics[0].Groups[0].Change.Kind; k != Drifting {
		t.Fatalf("the change is %q, want a drift", k)
	}
	for kind, want := range map[string]int{"step": 1, "drift": 0, "any": 0} {
		if _, unclear := h.Judge(kind); len(unclear) != want {
			t.Errorf("--fail-on %s: unclear %q, want %d", kind, unclear, want)
		}
	}
}
