package fleet

import (
	"context"
	"time"

	"tcpbench/experiment/fleet/message"
)

// How long before and after the instant at which all begin the coordinator does not say that it is
// there: that wakes every agent and its load, and where many are on one host others would wait for a
// processor then. An agent does without a word for longer (message.Lost).
const (
	stillBefore = 100 * time.Millisecond
	stillAfter  = 500 * time.Millisecond
)

// span is a part of the coordinator's clock.
type span struct{ from, to time.Duration }

// after is when something is next to be done that is due at a time: not within the span.
func (s span) after(due time.Duration) time.Duration {
	if due > s.from && due < s.to {
		return s.to
	}
	return due
}

// beat says that the coordinator is there.
func (f *Fleet) beat(ctx context.Context) {
	for {
		f.order("", message.Order{})
		f.mu.Lock()
		last, pace := f.now(), f.pace
		f.mu.Unlock()
		for left := pace; left > 0; {
			select {
			case <-ctx.Done():
				return
			case <-time.After(left):
			}
			f.mu.Lock()
			left = f.still.after(last+pace) - f.now()
			f.mu.Unlock()
		}
		f.announce(func() {}) // silence is a change, too
	}
}
