package engine

import (
	"time"

	"tcpbench/metrics"
	"tcpbench/scenario"
	"tcpbench/workload/pace"
)

// slowConnect is from how long a connect(2) holds up the starts after it: a
// handshake's share takes 10 to 50 us, the search of half the ports 1 ms.
const slowConnect = 500 * time.Microsecond

// schedule is a worker's part of an open loop's plan.
type schedule struct {
	pacer *pace.Pacer
	next  time.Duration // the next planned start
	more  bool          // there is one
	again []time.Duration

	// Starts that were planned before excused are late for a cause other than
	// the generator.
	excused time.Duration
	cause   metrics.Cause
	starved bool // a start is due, and no connection is free
	slow    int  // connects that took long, one after the other
}

func newSchedule(p *pace.Pacer) *schedule {
	s := &schedule{pacer: p}
	s.next, s.more = p.Next()
	return s
}

// due reports whether a start is due.
func (s *schedule) due(now time.Duration) bool {
	return len(s.again) > 0 || s.more && s.next <= now
}

// nextDue is when the next start is due.
func (s *schedule) nextDue(now time.Duration) time.Duration {
	switch {
	case len(s.again) > 0:
		return now
	case s.more:
		return s.next
	default:
		return Forever
	}
}

// repeat plans a request, once planned for a time, again.
func (s *schedule) repeat(planned time.Duration) { s.again = append(s.again, planned) }

// take takes the next planned start; first tells that it was not taken before.
func (s *schedule) take() (planned time.Duration, first bool) {
	if n := len(s.again); n > 0 {
		planned, s.again = s.again[n-1], s.again[:n-1]
		return planned, false
	}
	planned = s.next
	s.next, s.more = s.pacer.Next()
	return planned, true
}

// starve tells that a start is due and no connection is free. Connections that
// are held for their own sake stay so: their plan is over.
func (s *schedule) starve(mode scenario.Mode) {
	s.starved = true
	if mode == scenario.ModeIdle {
		s.more = false
	}
}

// free tells that a connection has become free.
func (s *schedule) free(now time.Duration) {
	if s.starved {
		s.starved = false
		s.excuse(now, metrics.CauseConnections)
	}
}

func (s *schedule) excuse(until time.Duration, cause metrics.Cause) {
	s.excused, s.cause = until, cause
}

// lateness splits how late a start is: own is the generator's part.
func (s *schedule) lateness(planned, now time.Duration) (late, own time.Duration, cause metrics.Cause) {
	late, own = now-planned, now-planned
	if s.excused > planned {
		own, cause = max(now-s.excused, 0), s.cause
	}
	return late, own, cause
}

// started tells that a start planned for a time held the worker until ended,
// and that its connect(2) took call.
func (s *schedule) started(planned, ended, call time.Duration) {
	if call < slowConnect {
		s.slow = 0
	} else {
		s.slow++
	}
	switch {
	case s.slow > 1: // once may be the scheduler's doing
		s.excuse(ended, metrics.CauseConnect)
	case s.excused > planned:
		s.excused = ended // it was late for that cause, and those behind it are
	}
}

// leave records the starts planned up to a time that were not taken, each with
// what it waited for.
func (s *schedule) leave(until time.Duration, l *metrics.Lateness) {
	for s.more && s.next <= until {
		cause := metrics.CauseGenerator
		switch {
		case s.starved:
			cause = metrics.CauseConnections
		case s.excused > s.next:
			cause = s.cause
		}
		l.Leave(cause)
		s.next, s.more = s.pacer.Next()
	}
}
