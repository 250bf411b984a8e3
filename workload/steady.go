package workload

import "time"

// steadyWatch decides when the ports held have stopped growing.
type steadyWatch struct {
	inFlight int // connections come and go: so much growth proves nothing
	capacity int
	peak     int
	since    time.Duration // the last growth
}

// observe takes a sample at the time t and returns for how long the ports
// held have not grown. An interval without a connection that succeeded
// proves nothing and starts again.
func (s *steadyWatch) observe(t time.Duration, held int, succeeded int64) time.Duration {
	if held > s.peak+s.slack(held) {
		s.peak = held
		s.since = t
	}
	if succeeded == 0 {
		s.since = t
	}
	return t - s.since
}

// slack is growth that does not count: the connections in flight, or 1 % of
// the ports, since a load whose TIME_WAITs come in bursts swings by that. It
// is not granted where ports are scarce: TIME_WAITs last 60 s, so unseen
// growth of 1 % in 5 s could still add 12 %.
func (s *steadyWatch) slack(held int) int {
	if held > s.capacity*3/4 {
		return s.inFlight
	}
	return max(s.inFlight, s.capacity/100)
}
