package compare

import (
	"math"
	"math/rand/v2"
	"testing"

	"golang.org/x/perf/benchmath"
)

// Bounds are where the U test begins to be significant: a shift by a little less
// than the bound is not, by a little more is.
func TestPowerIsWhatTheTestFinds(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, size := range [][2]int{{4, 4}, {4, 5}, {6, 6}, {10, 10}, {7, 20}, {25, 25}} {
		draw := func(n int) []float64 {
			var out []float64
			for range n {
				out = append(out, 700+30*rng.NormFloat64())
			}
			return out
		}
		base, candidate := draw(size[0]), draw(size[1])
		p := newPower(base, candidate)
		for bound, outwards := range map[float64]float64{*p.LoPercent: -1, *p.HiPercent: 1} {
			for step, want := range map[float64]bool{-1e-9: false, 1e-9: true} {
				scale := (1 + bound/100) * (1 + outwards*step)
				if got := significant(base, candidate, scale); got != want {
					t.Errorf("%v: base by %v significant = %t, want %t (%+v)", size, scale, got, want, p)
				}
			}
		}
	}
}

// significant reports whether the base times scale differs from the candidate.
func significant(base, candidate []float64, scale float64) bool {
	var scaled []float64
	for _, b := range base {
		scaled = append(scaled, b*scale)
	}
	c := benchmath.AssumeNothing.Compare(benchmath.NewSample(scaled, &benchmath.DefaultThresholds),
		benchmath.NewSample(append([]float64(nil), candidate...), &benchmath.DefaultThresholds))
	return c.P <= c.Alpha
}

func TestPowerOfFewAndOfNothing(t *testing.T) {
	tests := []struct {
		name            string
		base, candidate []float64
		lo, hi, found   float64
	}{
		{"four and four: all of them", []float64{90, 100, 100, 110}, []float64{99, 100, 100, 110}, -10, 22.222, 22.222},
		{"nothing varies", []float64{8, 8, 8, 8}, []float64{8, 8, 8, 8}, 0, 0, 0},
		{"never, on both sides", []float64{0, 0, 0, 0}, []float64{0, 0, 0, 0}, 0, 0, math.Inf(1)},
		{"never, and then once", []float64{0, 0, 0, 0}, []float64{0, 0, 0, 1}, 0, math.Inf(1), math.Inf(1)},
		{"never, and then always", []float64{0, 0, 0, 0}, []float64{5, 6, 7, 8}, math.Inf(1), math.Inf(1), math.Inf(1)},
		{"always, and then never", []float64{2, 1, 1, 2}, []float64{0, 0, 0, 0}, -100, -100, math.Inf(1)},
	}
	number := func(p *float64) float64 {
		if p == nil {
			return math.Inf(1)
		}
		return *p
	}
	for _, tt := range tests {
		p := newPower(tt.base, tt.candidate)
		got := [3]float64{number(p.LoPercent), number(p.HiPercent), number(p.FoundPercent)}
		for i, want := range [3]float64{tt.lo, tt.hi, tt.found} {
			if got[i] != want && !(math.Abs(got[i]-want) < 1e-3) {
				t.Errorf("%s: power = %v, want %v, %v, %v", tt.name, got, tt.lo, tt.hi, tt.found)
				break
			}
		}
	}
}
