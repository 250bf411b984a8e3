package search

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// server holds a rate with a probability that falls from 1 to 0 around its
// limit.
type server struct {
	limit float64 // per second: at it, half of the trials hold
	width float64 // of the logistic, as a share of the limit: 9 in 10 hold 2.2 widths below it
	hitch float64 // the share of trials that fail at any rate
	rng   *rand.Rand
}

func (s *server) holds(rate float64) bool {
	p := 1 / (1 + math.Exp((rate/s.limit-1)/s.width))
	return s.rng.Float64() < p*(1-s.hitch)
}

// outcomes are how searches ended, one a server.
type outcomes struct {
	all, sure []float64 // how far off the answer was, as a share of the limit
	trials    int
}

// simulate searches n servers, whose limits are from 316/s to 316,000/s, with
// the default options.
func simulate(t *testing.T, n int, width, hitch float64) outcomes {
	var out outcomes
	for seed := range uint64(n) {
		rng := rand.New(rand.NewPCG(seed, 0))
		sv := &server{limit: 100 * math.Pow(10, 0.5+3*rng.Float64()), width: width, hitch: hitch, rng: rng}
		s := newSearch(t, Options{Start: 100, Max: 1e7})
		for rate, done := s.Next(); !done; rate, done = s.Next() {
			s.Observe(rate, sv.holds(rate))
		}
		r := s.Result()
		off := -1.0
		if r.Holds != nil {
			off = r.Holds.Rate/sv.limit - 1
		}
		out.all = append(out.all, off)
		if r.Sure {
			out.sure = append(out.sure, off)
		}
		out.trials += r.Trials
	}
	slices.Sort(out.all)
	slices.Sort(out.sure)
	return out
}

// quantile of sorted values.
func quantile(v []float64, q float64) float64 { return v[int(q*float64(len(v)-1))] }

// How far from the limit answers lie: 9 of 10 of all, and 98 of 100 of those
// said to be sure.
func TestSearchOfNoisyServers(t *testing.T) {
	tests := []struct {
		name             string
		width, hitch     float64
		low, high        float64 // of 9 in 10
		sureLow, sureTop float64 // of 98 in 100 that are sure
		sure             float64 // the least share that is
		trials           float64 // the most, on average
	}{
		{"an honest server", 1e-9, 0, -0.05, 0, -0.05, 0, 1, 17},
		{"a steep limit", 0.01, 0, -0.07, 0, -0.065, 0.005, 0.7, 19},
		{"a soft limit", 0.03, 0, -0.11, 0.005, -0.10, 0.025, 0.5, 21},
		{"a steep limit, and one trial in 50 fails for another reason", 0.01, 0.02, -0.08, 0, -0.065, 0.005, 0.65, 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const n = 2000
			got := simulate(t, n, tt.width, tt.hitch)
			low, high := quantile(got.all, 0.05), quantile(got.all, 0.95)
			if low < tt.low || high > tt.high {
				t.Errorf("9 in 10 answers are off by %+.3f to %+.3f, want %+.3f to %+.3f", low, high, tt.low, tt.high)
			}
			low, high = quantile(got.sure, 0.01), quantile(got.sure, 0.99)
			if low < tt.sureLow || high > tt.sureTop {
				t.Errorf("98 in 100 sure answers are off by %+.3f to %+.3f, want %+.3f to %+.3f", low, high,
					tt.sureLow, tt.sureTop)
			}
			if share := float64(len(got.sure)) / n; share < tt.sure {
				t.Errorf("%.3f of the answers are sure, want %.3f", share, tt.sure)
			}
			if mean := float64(got.trials) / n; mean > tt.trials {
				t.Errorf("a search took %.1f trials, want at most %.0f", mean, tt.trials)
			}
		})
	}
}
