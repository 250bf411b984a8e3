package workload

import (
	"time"

	"tcpbench/scenario"
)

// creep is the growth that does not count: a share of the ports a second. A
// load whose TIME_WAITs come in bursts swings by 1 % in 5 s; at this rate the
// ports would last for 500 s, and a TIME_WAIT lasts for 60.
const creep = 0.002

// tooSoon reports whether a load may still be one that ends, though its ports do
// not grow: it grows by its plan, or takes ports faster than always holds, and has
// not gone on for long enough to say. It has obtained so many ports in the time
// that has passed, and last of them in the interval before.
func (o Options) tooSoon(passed time.Duration, obtained, last int64) bool {
	if o.Rate.Ramp() || o.ProvedAfter == nil {
		return o.Rate.Ramp()
	}
	if o.Mode != scenario.ModeShort {
		if o.Concurrency > o.Capacity {
			return true
		}
		obtained = max(obtained-int64(o.Concurrency), 0) // which are held
	}
	rate := max(float64(obtained)/passed.Seconds(), min(float64(last), float64(obtained))/o.Interval.Seconds())
	return passed < o.ProvedAfter(max(rate, o.connectRate()))
}

// connectRate is at what rate connections are planned; 0 where they are not.
func (o Options) connectRate() float64 {
	if o.Mode == scenario.ModeShort {
		return o.Rate.From
	}
	return 0
}

// SteadyWatch decides when the ports that a load keeps have stopped growing.
type SteadyWatch struct {
	capacity int
	window   time.Duration // what is to be proved steady
	peak     int
	since    time.Duration // the last growth
}

// NewSteadyWatch watches so many ports, of which window is to be proved steady, from
// the time begun on.
func NewSteadyWatch(capacity int, window, begun time.Duration) SteadyWatch {
	return SteadyWatch{capacity: capacity, window: window, since: begun}
}

// Observe takes a sample at the time t, of the ports that are kept, and returns
// for how long they have not grown. An interval without a connection or a
// request that was done proves nothing and starts again.
func (s *SteadyWatch) Observe(t time.Duration, kept int, done bool) time.Duration {
	if float64(kept) > float64(s.peak)+creep*float64(s.capacity)*s.window.Seconds() {
		s.peak = kept
		s.since = t
	}
	if !done {
		s.since = t
	}
	return s.For(t)
}

// For is for how long they have not grown at the time t, as far as was observed.
func (s *SteadyWatch) For(t time.Duration) time.Duration { return t - s.since }
