package history

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"tcpbench/internal/figure"
)

const (
	// leastSide is how many runs there are on each side of a step: one or two that
	// differ are outliers.
	leastSide = 3

	// leastStepRuns is how many runs it takes to tell of a step: of 11, the clearest
	// one is as rare as 1 in 231 without any, and three tests are made.
	leastStepRuns = 12

	// clipped is how far from the median values are taken as they are, in standard
	// deviations: a single outlier makes no step.
	clipped = 4
)

// Step is a change of level from one run to the next.
type Step struct {
	// Run is the first one on the new level, from 1, and At when it began.
	Run int       `json:"run"`
	At  time.Time `json:"at"`

	Before Level `json:"before"`
	After  Level `json:"after"`

	// Percent is the change of the median; absent where that was 0.
	Percent *float64 `json:"percent,omitempty"`

	// P is how probable a step as clear is without any, at whichever run; absent of
	// one among several.
	P float64 `json:"p,omitempty"`
}

// Level is what runs have before or after a step: their median, and the middle half.
type Level struct {
	Runs   int     `json:"runs"`
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// FindStep looks for the clearest step in values, in the order of their runs. It
// is reported by its run alone; the caller knows when that began. draws is how
// many times values are put in random order at most to tell how rare it is.
//
// The statistic is the largest sum of squares between two sides (a CUSUM weighted
// by where it is taken), and its probability that among permutations: whatever the
// distribution is, a series without a change has p below x in a share x at most.
// Note: tried Pettitt's test; of 60 runs it cannot see a step in the last five.
func FindStep(values []float64, draws int) (Step, bool) {
	if len(values) < leastStepRuns {
		return Step{}, false
	}
	near := withoutOutliers(values)
	at, clearness := clearest(near)
	s := stepBetween(values[:at], values[at:], at+1)
	s.P = 1
	if clearness > 0 {
		s.P = rarity(near, clearness, draws, func(v []float64) float64 { _, c := clearest(v); return c })
	}
	return s, true
}

// stepBetween is the step from some values to those that begin at run.
func stepBetween(before, after []float64, run int) Step {
	s := Step{Run: run, Before: level(before), After: level(after)}
	if s.Before.Median != 0 {
		percent := 100 * (s.After.Median/s.Before.Median - 1)
		s.Percent = &percent
	}
	return s
}

// rarity is the share of permutations that are as clear. It stops when enough
// of them have one (Besag and Clifford 1991), so that only rare ones take long. The
// seed is fixed: the same results say the same.
func rarity(values []float64, clearness float64, draws int, of func([]float64) float64) float64 {
	const enough = 20
	order := rand.New(rand.NewPCG(uint64(len(values)), 1))
	shuffled := slices.Clone(values)
	found := 0
	for n := 1; n <= draws; n++ {
		order.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if of(shuffled) >= clearness*(1-1e-9) {
			if found++; found == enough {
				return float64(enough) / float64(n)
			}
		}
	}
	return float64(found+1) / float64(draws+1)
}

// clearest is the split of values with the largest sum of squares between its
// sides, and that sum.
func clearest(values []float64) (at int, clearness float64) {
	n := float64(len(values))
	mean := 0.0
	for _, v := range values {
		mean += v / n
	}
	at = leastSide
	sum := 0.0
	for i, v := range values[:len(values)-leastSide] {
		sum += v - mean
		left := float64(i + 1)
		if c := sum * sum * n / (left * (n - left)); i+1 >= leastSide && c > clearness {
			at, clearness = i+1, c
		}
	}
	return at, clearness
}

// withoutOutliers takes values that are far from the median to the bounds of what
// is not. Where more than half are the same, nothing is far.
func withoutOutliers(values []float64) []float64 {
	middle := figure.Median(values)
	var away []float64
	for _, v := range values {
		away = append(away, math.Abs(v-middle))
	}
	const normal = 1.4826 // of the median deviation, for a normal distribution
	far := clipped * normal * figure.Median(away)
	out := slices.Clone(values)
	if far == 0 {
		return out
	}
	for i, v := range out {
		out[i] = min(max(v, middle-far), middle+far)
	}
	return out
}

func level(values []float64) Level {
	sorted := slices.Sorted(slices.Values(values))
	quarter := (len(sorted) - 1) / 4
	return Level{Runs: len(values), Median: figure.Median(values), Low: sorted[quarter],
		High: sorted[len(sorted)-1-quarter]}
}
