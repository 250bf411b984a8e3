package split

import (
	"math"

	"tcpbench/scenario"
)

const (
	// steps is how many steps of a rate there are in one a second: what agents differ by.
	steps = 100
	// digits is to how much of one a rate is rounded, which floating point is exact to at
	// any rate: [scenario.MaxRate] has 7 digits before the point.
	digits = 1e8
)

// shareRate is the rate of each of n agents, ramps at both ends. At any time of the run they
// come to the whole.
func shareRate(r scenario.Rate, n int) []scenario.Rate {
	out := make([]scenario.Rate, n)
	if r.IsZero() {
		return out
	}
	from, to := shareOf(r.From, n), shareOf(r.To, n)
	for i := range out {
		out[i] = scenario.Rate{From: from[i], To: to[i]}
	}
	return out
}

// shareOf divides starts per second in hundredths; what is less than one the first has.
func shareOf(rate float64, n int) []float64 {
	whole := int64(math.Floor(rate*steps + 1e-6)) // 0.29 is 28.999999999999996 hundredths
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(share(whole, n, i)) / steps
	}
	if rest := rate - float64(whole)/steps; math.Abs(rest) >= 1/digits {
		out[0] = math.Round((out[0]+rest)*digits) / digits
	}
	return out
}
