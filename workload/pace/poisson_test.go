package pace

import (
	"math"
	"testing"
	"time"
)

// counts are how many of the starts lie in each of m equal parts of the plan.
func counts(all []time.Duration, p Plan, m int) []float64 {
	out := make([]float64, m)
	for _, at := range all {
		out[int64(at)*int64(m)/int64(p.Duration)]++
	}
	return out
}

func moments(v []float64) (mean, variance float64) {
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		variance += (x - mean) * (x - mean) / float64(len(v)-1)
	}
	return mean, variance
}

// The number of Poisson arrivals in a stretch has a variance equal to its
// mean, whoever plans them; correlated workers would raise it.
func TestPoissonArrivalsComeAsTheyShould(t *testing.T) {
	tests := []struct {
		name string
		n    int
		seed int64
	}{
		{"one worker", 1, 1},
		{"two workers", 2, 1},
		{"many workers", 16, 1},
		{"many workers with another seed", 16, 2},
		{"a negative seed", 4, -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const rate, parts = 1000, 10_000 // parts of 10 ms with 10 arrivals each
			p := Plan{From: rate, To: rate, Arrival: Poisson, Duration: 100 * time.Second, Seed: tt.seed}
			mean, variance := moments(counts(union(p, tt.n), p, parts))
			// Standard errors: sqrt(10/parts) = 0.03 and 10 sqrt(2/parts) = 0.14.
			if math.Abs(mean-10) > 5*0.032 || math.Abs(variance-10) > 5*0.15 {
				t.Errorf("arrivals in 10 ms have mean %.3f and variance %.3f, want 10 and 10", mean, variance)
			}
		})
	}
}

// Gaps of a Poisson process are exponential: mean and deviation are equal, a
// gap exceeds its mean with probability 1/e, and says nothing of the next.
func TestPoissonGapsAreExponential(t *testing.T) {
	const rate = 1000
	p := Plan{From: rate, To: rate, Arrival: Poisson, Duration: 100 * time.Second, Seed: 7}
	for _, n := range []int{1, 8} {
		var gaps []float64
		var last time.Duration
		var longer float64
		for _, at := range union(p, n) {
			gap := (at - last).Seconds() * rate
			last = at
			gaps = append(gaps, gap)
			if gap > 1 {
				longer++
			}
		}
		mean, variance := moments(gaps)
		var lag float64
		for i := range gaps[1:] {
			lag += (gaps[i] - mean) * (gaps[i+1] - mean)
		}
		count := float64(len(gaps))
		lag /= count * variance
		// With 1e5 gaps, standard errors: 0.003, 0.009, 0.0015, 0.003.
		if math.Abs(mean-1) > 0.016 || math.Abs(variance-1) > 0.045 || math.Abs(longer/count-1/math.E) > 0.008 ||
			math.Abs(lag) > 0.016 {
			t.Errorf("%d workers: mean gap %.4f, variance %.4f, longer than the mean %.4f, correlation %.4f; want "+
				"1, 1, 0.3679, 0",
				n, mean, variance, longer/count, lag)
		}
	}
}

// On a ramp the arrivals of each stretch follow the rate there.
func TestPoissonRampFollowsTheRate(t *testing.T) {
	for _, p := range []Plan{
		{From: 100, To: 10_000, Arrival: Poisson, Duration: 20 * time.Second, Seed: 3},
		{From: 10_000, To: 0, Arrival: Poisson, Duration: 20 * time.Second, Seed: 3},
	} {
		const parts = 20
		var chi float64
		for i, got := range counts(union(p, 4), p, parts) {
			middle := (float64(i) + 0.5) / parts
			want := (p.From + (p.To-p.From)*middle) * p.Duration.Seconds() / parts
			chi += (got - want) * (got - want) / want
		}
		// Chi squared with 20 degrees of freedom: 20 +- 6.3; 52.4 in one of 1e4.
		if chi > 52.4 {
			t.Errorf("arrivals of %+v are %.1f from its rate by chi squared, want about %d", p, chi, parts)
		}
	}
}
