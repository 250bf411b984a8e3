package engine

import (
	"time"
)

// dispatch starts requests when they are planned, each in its goroutine, as
// long as fewer than Concurrency are in flight. It is the only user of s. A
// plan lasts until the run's end, not until its last start.
func (c *client) dispatch(s *schedule) {
	defer c.alarm.Close()
	for now := c.now(); !c.Control.spent() && !c.Control.ended(now); now = c.now() {
		switch {
		case !s.due(now):
			c.alarm.Wait(min(s.nextDue(now), c.Control.End, now+longestWait) - now)
		case !c.slot(s):
		case !c.start(s):
			return
		}
	}
	if !c.Control.spent() {
		c.mu.Lock()
		s.leave(c.Control.Offered(), &c.Recorder.Lateness)
		c.mu.Unlock()
	}
}

// slot takes a place in flight, or waits for one; it reports whether it took
// one. Starts that are due by then are late for lack of it.
func (c *client) slot(s *schedule) bool {
	select {
	case c.slots <- struct{}{}:
		return true
	default:
	}
	s.starve(c.now(), c.Plan.Mode)
	timer := time.NewTimer(longestWait)
	defer timer.Stop()
	select {
	case c.slots <- struct{}{}:
		s.free(c.now())
		<-c.slots
	case <-timer.C:
	}
	return false
}

// start begins the next planned request, whose slot is taken; false when there
// are to be no more.
func (c *client) start(s *schedule) bool {
	number, rec, ok := c.take()
	if !ok {
		<-c.slots
		return false
	}
	now := c.now()
	planned, _ := s.take()
	late, own, cause := s.lateness(planned, now)
	c.requests.Go(func() {
		defer func() { <-c.slots }()
		woke := c.now() - now // the scheduler's part, which is the generator's
		c.mu.Lock()
		rec.Lateness.Planned++
		rec.Lateness.Start(late+woke, own+woke, cause)
		c.mu.Unlock()
		c.perform(number, rec, planned)
	})
	s.started(c.now(), 0)
	return true
}
