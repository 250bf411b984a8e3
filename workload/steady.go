package workload

import (
	"time"

	"tcpbench/law/capacity"
	"tcpbench/scenario"
)

// creep is the growth that does not count: a share of the ports a second. A
// load whose TIME_WAITs come in bursts swings by 1 % in 5 s; at this rate the
// ports would last for 500 s, and a TIME_WAIT lasts for 60.
const creep = 0.002

// Sustains reports whether a load has proved at the time t that it lasts: the ports that
// it keeps have not grown for long enough, and it is not too soon to say. It has
// obtained so many ports since the warm-up, and last of them in the interval before.
func (o Options) Sustains(s SteadyWatch, t time.Duration, obtained, last int64) bool {
	return o.Steady > 0 && s.For(t) >= o.Steady && !o.tooSoon(t-o.Warmup, obtained, last, s.most)
}

// tooSoon reports whether a load may still be one that ends, though its ports do
// not grow: it grows by its plan, or takes ports faster than always holds, and has
// not gone on for long enough to say, or at some time has kept too many for one more
// to be sure of a port.
func (o Options) tooSoon(passed time.Duration, obtained, last int64, kept int) bool {
	if o.Rate.Ramp() || o.ProvedAfter == nil {
		return o.Rate.Ramp()
	}
	if o.Mode != scenario.ModeShort && o.Concurrency > o.Capacity {
		return true
	}
	if !o.reopens() {
		obtained = max(obtained-int64(o.Concurrency), 0) // which are held
	}
	// The next one may come just then, so that the rate is that of one more.
	rate := max(float64(obtained+1)/passed.Seconds(), min(float64(last), float64(obtained))/o.Interval.Seconds())
	after := o.ProvedAfter(max(rate, o.connectRate()), o.starts())
	return passed < after || after > 0 && !o.leaves(kept)
}

// leaves reports whether ports are left where so many are kept, for all in flight and one
// more for each pair of source and destination. Those that begin together may meet at
// another time than yet what timers free together.
func (o Options) leaves(kept int) bool {
	if o.starts().Together {
		kept += o.Concurrency
	}
	if o.Mode == scenario.ModeShort && o.Program == nil { // see sample.kept
		kept += o.Concurrency
	}
	return kept+max(len(o.Sources), 1)*max(len(o.Destinations), 1) <= o.Surely
}

// reopens reports whether the plan has connections end and others begin; those that last
// are opened again for other reasons.
func (o Options) reopens() bool { return o.Mode == scenario.ModeShort || !o.RequestsPerConn.IsZero() }

// starts is how unevenly connections begin: all of them together where they have no plan
// of their own, and end together.
func (o Options) starts() capacity.Starts {
	return capacity.Starts{Random: o.Arrival == scenario.ArrivalPoisson, InFlight: o.Concurrency,
		Together: o.Mode != scenario.ModeShort || o.Rate.From == 0}
}

// connectRate is at what rate connections are planned, at most; 0 where they are not.
func (o Options) connectRate() float64 {
	switch {
	case o.Mode == scenario.ModeShort:
		return o.Rate.From
	case o.RequestsPerConn.IsZero():
		return 0
	default: // of requests
		return o.Rate.From / float64(o.RequestsPerConn.Min)
	}
}

// SteadyWatch decides when the ports that a load keeps have stopped growing.
type SteadyWatch struct {
	capacity int
	window   time.Duration // what is to be proved steady
	peak     int
	most     int           // of all that were kept at a time
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
	s.most = max(s.most, kept)
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
