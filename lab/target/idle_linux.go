package target

import "time"

// idleList holds a thread's connections, the one on which nothing has moved
// for the longest first. One timeout for all makes the order of the last move
// the order of expiry, so no timer is needed for each.
type idleList struct {
	timeout     time.Duration // 0 never, and then the list stays empty
	now         time.Time     // of this turn: the clock is read once for all its connections
	first, last *conn
}

// tick reads the clock for a turn.
func (l *idleList) tick() {
	if l.timeout > 0 {
		l.now = time.Now()
	}
}

// patience is how long there is nothing to do for the list.
func (l *idleList) patience() time.Duration {
	if l.first == nil {
		return time.Hour
	}
	return max(time.Until(l.first.moved.Add(l.timeout)), 0)
}

// touch notes that something has moved on c now.
func (l *idleList) touch(c *conn) {
	if l.timeout == 0 {
		return
	}
	l.remove(c)
	c.moved, c.prev = l.now, l.last
	if l.last == nil {
		l.first = c
	} else {
		l.last.next = c
	}
	l.last = c
}

// remove takes c out of the list, if it is there.
func (l *idleList) remove(c *conn) {
	if c.prev == nil && l.first != c {
		return
	}
	if c.prev == nil {
		l.first = c.next
	} else {
		c.prev.next = c.next
	}
	if c.next == nil {
		l.last = c.prev
	} else {
		c.next.prev = c.prev
	}
	c.prev, c.next = nil, nil
}

// expired returns a connection whose time is over, or nil. The caller ends it.
func (l *idleList) expired() *conn {
	if l.first == nil || l.now.Sub(l.first.moved) < l.timeout {
		return nil
	}
	return l.first
}
