package target

import (
	"time"

	"tcpbench/internal/sys"
)

// aGap is how long two looks that find nothing are apart at least where something
// else ran in between: one takes less than 1 us.
const aGap = 20 * time.Microsecond

// wait returns the events that are there, waiting for the first for so long at most.
func (l *loop) wait(patience time.Duration) []sys.Event {
	if l.spin.on && patience > 0 {
		if events := l.poller.Poll(); len(events) > 0 {
			return events
		}
		if events := l.look(patience); len(events) > 0 {
			return events
		}
	}
	return l.poller.Wait(patience)
}

// look looks for events instead of sleeping, as long as that is of use. What the look
// takes that finds some is work.
func (l *loop) look(patience time.Duration) []sys.Event {
	start := time.Since(l.epoch)
	window := min(l.spin.window(start), patience)
	for last := start; last-start < window; {
		if events := l.poller.Poll(); len(events) > 0 {
			l.meter.spent(last - start)
			l.spin.found(last - start)
			return events
		}
		now := time.Since(l.epoch)
		if now-last > aGap && l.wasPreempted() {
			l.meter.spent(last - start)
			l.spin.preempted(now, now-last)
			return nil
		}
		last = now
		if now-start >= window {
			l.meter.spent(now - start)
			l.spin.missed()
		}
	}
	return nil
}

// wasPreempted reports whether the thread has been preempted since it was last asked.
func (l *loop) wasPreempted() bool {
	before := l.preemptions
	l.preemptions = sys.Preemptions()
	return l.preemptions > before
}
