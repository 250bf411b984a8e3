package pace

import (
	"math/rand/v2"
	"time"
)

// Pacer gives one worker's planned starts in order. It is not safe for
// concurrent use.
type Pacer struct {
	plan Plan

	// at is the next start as a number of starts of the whole plan before it,
	// and end where they stop: whole numbers, unless arrivals are random.
	at, end float64

	// step is the number of workers, and so the mean distance of two starts.
	step float64

	// random draws the gaps of Poisson arrivals; nil for constant ones.
	random *rand.Rand
}

// Next returns the next planned start, and false when there is none before
// the end of the plan. It does not allocate.
func (w *Pacer) Next() (time.Duration, bool) {
	if w.at >= w.end {
		return 0, false
	}
	start := w.plan.start(w.at)
	if start >= w.plan.Duration { // a random start may round up to the end
		return 0, false
	}
	w.at += w.gap()
	return start, true
}

// gap is the distance to the next start, in starts of the whole plan. A
// Poisson process at any rate is one at rate 1 seen through the inverse of
// the cumulative rate (time rescaling; Lewis and Shedler 1979).
//
// Note: thinning would do as well for a ramp; it costs up to two draws a start.
func (w *Pacer) gap() float64 {
	if w.random == nil {
		return w.step
	}
	return w.random.ExpFloat64() * w.step
}
