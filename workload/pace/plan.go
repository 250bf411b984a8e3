package pace

import (
	"math"
	"math/rand/v2"
	"time"
)

// Arrival says how starts are spaced.
type Arrival string

// The ways to space starts.
const (
	// Constant spaces them evenly at any one rate. It is the zero Plan's.
	Constant Arrival = "constant"
	// Poisson spaces them as independent users would: by exponential gaps.
	Poisson Arrival = "poisson"
)

// Plan is when connections are meant to start.
type Plan struct {
	// From and To are the rates at the beginning and at the end, in starts
	// per second, from 0 to 1e9; between them the rate is linear in time.
	// Equal, the rate is constant; both 0, nothing starts.
	From, To float64

	// Arrival is Constant unless it is Poisson.
	Arrival Arrival

	// Duration is when the plan ends.
	Duration time.Duration

	// Seed determines, with the number of workers, every Poisson arrival.
	Seed int64
}

// Count is how many starts are planned; for Poisson arrivals, the expected
// number to the nearest whole.
func (p Plan) Count() int64 {
	area := p.area()
	if p.Arrival == Poisson {
		return int64(math.Round(area))
	}
	// The area is rounded, so the last start is looked up.
	n := int64(math.Ceil(area))
	for n > 0 && p.start(float64(n-1)) >= p.Duration {
		n--
	}
	for area > 0 && p.start(float64(n)) < p.Duration {
		n++
	}
	return n
}

// Worker returns the pacer of worker k of n, 0 <= k < n. With constant
// arrivals worker k has the starts k, k+n, k+2n, ... of the plan. Poisson
// arrivals are n independent processes at 1/n of the rate, which together are
// one at the full rate.
func (p Plan) Worker(k, n int) *Pacer {
	w := &Pacer{plan: p, at: float64(k), step: float64(n)}
	if p.Arrival != Poisson {
		w.end = float64(p.Count())
		return w
	}
	w.end = p.area()
	w.random = rand.New(rand.NewPCG(uint64(p.Seed), uint64(k)))
	w.at = w.gap()
	return w
}

// area is how many starts the rate amounts to over the duration.
func (p Plan) area() float64 {
	return (p.From + p.To) / 2 * max(p.Duration, 0).Seconds()
}

// start is the time by which the rate amounts to i starts: the inverse of
//
//	i(t) = From t + (To - From) / (2 Duration) t²
//
// in the form that loses no digits to a difference, whichever way the ramp
// goes (Press et al., Numerical Recipes, 5.6).
func (p Plan) start(i float64) time.Duration {
	if i == 0 {
		return 0
	}
	if p.From == p.To {
		return time.Duration(math.Round(i * 1e9 / p.From))
	}
	slope := (p.To - p.From) / p.Duration.Seconds()
	root := math.Sqrt(max(p.From*p.From+2*slope*i, 0)) // below 0 only past the end
	return time.Duration(math.Round(2 * i * 1e9 / (p.From + root)))
}
