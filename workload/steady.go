package workload

import "time"

// creep is the growth that does not count: a share of the ports a second. A
// load whose TIME_WAITs come in bursts swings by 1 % in 5 s; at this rate the
// ports would last for 500 s, and a TIME_WAIT lasts for 60.
const creep = 0.002

// steadyWatch decides when the ports that a load keeps have stopped growing.
type steadyWatch struct {
	capacity int
	window   time.Duration // what is to be proved steady
	peak     int
	since    time.Duration // the last growth
}

// observe takes a sample at the time t, of the ports that are kept, and returns
// for how long they have not grown. An interval without a connection or a
// request that was done proves nothing and starts again.
func (s *steadyWatch) observe(t time.Duration, kept int, done bool) time.Duration {
	if float64(kept) > float64(s.peak)+creep*float64(s.capacity)*s.window.Seconds() {
		s.peak = kept
		s.since = t
	}
	if !done {
		s.since = t
	}
	return t - s.since
}
