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
//
// What is the generator's own part of a lateness is found by comparing it with
// a generator that does the same work and is never held up: that one is ahead
// by held, as long as it has starts to catch up with. Time that the generator
// takes for itself keeps both equally behind, so it stays its own, whatever
// held it up before.
type schedule struct {
	pacer *pace.Pacer
	next  time.Duration // the next planned start
	more  bool          // there is one
	again []time.Duration

	busy  time.Duration // until when the worker was starting, or was held up
	held  time.Duration // by how much what held it up delays what is due now
	maybe time.Duration // the same if a connect that took long is no accident
	cause metrics.Cause // of held: the last

	starved bool          // a start is due, and no connection is free
	since   time.Duration // when that began
	freed   time.Duration // when the last one became free that was waited for
	waited  time.Duration // for how long it was
	slow    int           // connects that took long, one after the other
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
func (s *schedule) starve(now time.Duration, mode scenario.Mode) {
	if !s.starved && s.due(now) {
		s.settle(s.first())
		s.starved, s.since = true, now
	}
	if mode == scenario.ModeIdle {
		s.more = false
	}
}

// free tells that a connection has become free.
func (s *schedule) free(now time.Duration) {
	if s.starved {
		s.starved = false
		s.freed, s.waited = now, max(now-s.since, 0)
		s.hold(s.waited, now, metrics.CauseConnections)
	}
}

// stalled tells that the worker was not run for d, at some time after from: a
// start that waited for a connection did not wait for it then.
func (s *schedule) stalled(from, d time.Duration) {
	switch {
	case s.starved:
		s.since += d
	case s.waited > 0 && s.freed >= from:
		d = min(d, s.waited)
		s.waited -= d
		s.held, s.maybe = max(s.held-d, 0), max(s.maybe-d, 0)
	}
}

// first is when the start that is next in turn was planned.
func (s *schedule) first() time.Duration {
	if n := len(s.again); n > 0 {
		return s.again[n-1]
	}
	return s.next
}

// hold tells that something other than the generator held it up until now.
func (s *schedule) hold(d, until time.Duration, cause metrics.Cause) {
	s.held, s.maybe, s.cause, s.busy = s.held+d, s.maybe+d, cause, max(s.busy, until)
}

// settle turns to the start that was planned for a time: what held up those
// before it delays it by no more than the worker was busy after that time.
func (s *schedule) settle(planned time.Duration) {
	most := max(s.busy-planned, 0)
	s.held, s.maybe = min(s.held, most), min(s.maybe, most)
}

// lateness splits how late a start is that is begun now: own is the
// generator's part, and cause what has the larger one.
func (s *schedule) lateness(planned, now time.Duration) (late, own time.Duration, cause metrics.Cause) {
	s.settle(planned)
	late = now - planned
	own = max(late-s.held, 0)
	if late-own > own {
		cause = s.cause
	}
	return late, own, cause
}

// started tells that a start held the worker until ended, and that its
// connect(2) took call.
func (s *schedule) started(ended, call time.Duration) {
	s.busy = ended
	if call < slowConnect {
		s.slow, s.maybe = 0, s.held
		return
	}
	s.slow++
	s.maybe += call
	if s.slow > 1 { // once may be the scheduler's doing
		s.held, s.cause = s.maybe, metrics.CauseConnect
	}
}

// leave records the starts planned up to a time that were not taken. Those of
// the end are the generator's: as many as it would have missed by itself.
func (s *schedule) leave(until time.Duration, l *metrics.Lateness) {
	s.free(until)
	_, own, _ := s.lateness(s.next, until)
	for s.more && s.next <= until {
		cause := metrics.CauseGenerator
		if s.held > 0 && (own == 0 || s.next < until-own) {
			cause = s.cause
		}
		l.Leave(cause)
		s.next, s.more = s.pacer.Next()
	}
}
