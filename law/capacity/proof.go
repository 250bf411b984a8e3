package capacity

import (
	"math"
	"time"
)

// ProvedAfter is how long the given rate, in connections per second, must have gone
// on before ports that no longer grow prove that it lasts; 0 where the law says that
// it does. A load shows nothing before the first ports come free, and one above the
// law nothing before the time at which it was to end. One whose starts are random
// shows nothing however long it goes on: as many of them as ports may still come
// together.
func (p Prediction) ProvedAfter(rate float64, s Starts) time.Duration {
	p = p.Complete()
	switch {
	case !p.Exhausts(), p.Crowded(rate, s) <= p.SafeCPS:
		return 0
	case s.Random:
		return math.MaxInt64 / 2
	}
	// The first ones end, their ports come free, and again as late as timers can be.
	seconds := float64(s.InFlight)/rate + p.HoldSecondsMax + (p.HoldSecondsMax - p.HoldSeconds)
	if rate > p.SustainableCPS {
		seconds = max(seconds, float64(p.ConnectionsUntilExhaustion)/rate)
	}
	return time.Duration(min(math.Round(seconds*1e9), math.MaxInt64/2))
}

// Starts is how unevenly connections begin. The zero value is evenly.
type Starts struct {
	// Random: the gaps between them are drawn.
	Random bool
	// InFlight is how many are, at most, and Together tells that all of them may begin at
	// once: each does when another one ends.
	InFlight int
	Together bool
}

// crowds is how many standard deviations more of random starts than on average never come
// together: it is once in a thousand million.
const crowds = 6.

// Crowded is the rate of those that begin in a hold time, at most, at a rate on average.
func (p Prediction) Crowded(rate float64, s Starts) float64 {
	if p.HoldSecondsMax <= 0 {
		return rate
	}
	if s.Random {
		rate += crowds * math.Sqrt(rate/p.HoldSecondsMax)
	}
	if s.Together {
		rate += float64(s.InFlight) / p.HoldSecondsMax
	}
	return rate
}

// SafeAtRandom is SafeCPS of starts that come at random, as those of users: the average rate
// whose crowds are no more than it; 0 where no port is held, or no rate is safe.
func (p Prediction) SafeAtRandom() float64 {
	p = p.Complete()
	if p.HoldSecondsMax <= 0 {
		return 0
	}
	root := math.Sqrt(crowds*crowds/4+p.SafeCPS*p.HoldSecondsMax) - crowds/2 // of those in a hold time
	return root * root / p.HoldSecondsMax
}
