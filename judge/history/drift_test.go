package history

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tcpbench/judge/metric"

	"pgregory.net/rapid"
)

// series makes n values.
func series(n int, at func(i int) float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = at(i)
	}
	return out
}

// noise goes up and down by up to so much, always in the same way.
func noise(by float64) func() float64 {
	r := rand.New(rand.NewPCG(7, 11))
	return func() float64 { return by * (2*r.Float64() - 1) }
}

func TestWhatIsSaidOfAChange(t *testing.T) {
	shaken := noise(5)
	tests := []struct {
		name   string
		values []float64
		want   string
	}{
		{"1.2 % a run", series(30, func(i int) float64 { return 100 + 1.41*float64(i) }),
			"drifts up 1.17 % a run over 30 runs (p < 0.0001)"},
		{"down", series(20, func(i int) float64 { return 100 - float64(i) }),
			"drifts down 1.1 % a run over 20 runs (p < 0.0001)"},
		{"the same in noise", series(30, func(i int) float64 { return 100 + 1.41*float64(i) + shaken() }),
			"drifts up 1.07 % a run over 30 runs (p < 0.0001)"},
		{"noise alone", series(30, func(int) float64 { return 100 + shaken() }),
			"has no drift and no step beyond the noise over 30 runs (p = 1)"},
		{"one outlier at the end", series(30, func(i int) float64 { return 100 + float64(i%3) + 1e6*float64(i/29) }),
			"has no drift and no step beyond the noise over 30 runs (p = 1); the last run is far above all before, " +
				"which are 100us to 102us: too few to tell whether it is a step"},
		{"all the same", series(30, func(int) float64 { return 5 }),
			"has no drift and no step beyond the noise over 30 runs (p = 1)"},
		{"up and down again", series(30, func(i int) float64 { return -math.Abs(float64(i) - 14.5) }),
			"has 2 steps over 30 runs (p = 0.0003): steps up 68.2 % at run 9, of 0001-01-01 00:00:00: from -11us (8 " +
				"runs, half of them -13.5us to -8.5us) to -3.5us (14 runs, half of them -5.5us to -1.5us); steps " +
				"down 214 % at run 23, of 0001-01-01 00:00:00: from -3.5us (14 runs, half of them -5.5us to -1.5us) " +
				"to -11us (8 runs, half of them -13.5us to -8.5us)"},
		{"around zero", series(9, func(i int) float64 { return float64(i) - 4 }),
			"drifts up over 9 runs (p = 0.00026); whether it is a step takes 12 runs"},
		{"below zero", series(10, func(i int) float64 { return -100 - float64(i) }),
			"drifts down 0.957 % a run over 10 runs (p < 0.0001); whether it is a step takes 12 runs"},
		{"seven runs", series(7, func(i int) float64 { return float64(i) }),
			"has too few runs to report a change: 7, and it takes 8 for a drift and 12 for a step"},
		{"one run", []float64{1},
			"has too few runs to report a change: 1, and it takes 8 for a drift and 12 for a step"},
		{"no run", nil, "has too few runs to report a change: 0, and it takes 8 for a drift and 12 for a step"},
		{"of very many the last ones count",
			series(2100, func(i int) float64 { return float64(max(i, 100)) * float64(min(2100-i, 1)) }),
			"drifts up 0.091 % a run over the last 2000 of 2100 runs (p < 0.0001)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := History{Metrics: []Metric{{Groups: []Group{groupOf(tt.values)}}}}
			h.test()
			if got := h.Metrics[0].Groups[0].says(metric.Time); got != tt.want {
				t.Errorf("%v: it %q, want %q", tt.values[:min(len(tt.values), 30)], got, tt.want)
			}
		})
	}
}

// Values worked out by hand.
func TestMannKendall(t *testing.T) {
	tests := []struct {
		name   string
		values []float64
		want   float64
	}{
		// S = 28, variance 65.333: z = 27 / 8.083.
		{"eight that rise", series(8, func(i int) float64 { return float64(i) }), 0.000837},
		// S = 12, and two pairs are equal: variance 65.333 - 2 x 1, z = 11 / 7.958.
		{"ties make the variance smaller", []float64{1, 1, 3, 2, 4, 4, 0, 5}, 0.166905},
		{"two that change places do not matter", []float64{2, 1}, 1},
		{"all equal", []float64{3, 3, 3}, 1},
		{"none", nil, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := MannKendall(tt.values); math.Abs(got-tt.want) > 1e-6 {
				t.Errorf("MannKendall(%v) = %.6f, want %.6f", tt.values, got, tt.want)
			}
		})
	}
}

// In noise alone, no more drifts are reported than the level of the test says.
func TestFalseAlarmsAreRare(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	for _, n := range []int{8, 12, 30} {
		const tries = 2000
		alarms := 0
		for range tries {
			if d := FindDrift(series(n, func(int) float64 { return r.ExpFloat64() })); d.Trend != Steady {
				alarms++
			}
		}
		if share := float64(alarms) / tries; share > 1.6*significant {
			t.Errorf("%d runs of noise: %.2f %% false alarms, want about %.0f %% at most", n,
				100*share, 100*significant)
		}
	}
}

func TestDriftDoesNotDependOnUnitsAndIsMirrored(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(1, 1e6), leastRuns, 40).Draw(t, "values")
		scaled := slices.Clone(values)
		for i := range scaled {
			scaled[i] *= 1024 // exact
		}
		back := slices.Clone(values)
		slices.Reverse(back)
		d, s, b := FindDrift(values), FindDrift(scaled), FindDrift(back)
		if d.Trend != s.Trend || *d.PercentPerRun != *s.PercentPerRun || *d.P != *s.P {
			t.Errorf("FindDrift(%v) = %v, in another unit %v", values, d, s)
		}
		mirror := map[Trend]Trend{Up: Down, Down: Up, Steady: Steady}
		if b.Trend != mirror[d.Trend] || *b.P != *d.P {
			t.Errorf("FindDrift(%v) = %v, backwards %v", values, d, b)
		}
	})
}
