package capacity

import (
	"math"
	"time"
)

// ProvedAfter is how long the given rate, in connections per second, must have gone
// on before ports that no longer grow prove that it lasts; 0 where the law says that
// it does. A load shows nothing before the first ports come free, and one above the
// law nothing before the time at which it was to end.
func (p Prediction) ProvedAfter(rate float64) time.Duration {
	p = p.Complete()
	if !p.Exhausts() || rate <= p.SafeCPS {
		return 0
	}
	seconds := p.HoldSecondsMax
	if rate > p.SustainableCPS {
		seconds = max(seconds, float64(p.ConnectionsUntilExhaustion)/rate)
	}
	return time.Duration(min(seconds*1e9, math.MaxInt64/2))
}
