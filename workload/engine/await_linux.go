package engine

import (
	"time"

	"golang.org/x/sys/unix"
)

// Await returns at the beginning of the run: at once, unless Start is still to come. An
// engine calls it when all is ready, and begins then.
//
// The thread itself sleeps: a goroutine would have to be woken by another thread, which on
// a host where many begin at one instant waits for a processor twice.
func (c *Control) Await() {
	for left := time.Until(c.Start); left > 0; left = time.Until(c.Start) {
		ts := unix.NsecToTimespec(int64(left))
		_ = unix.Nanosleep(&ts, nil) // woken early, it sleeps again
	}
	c.began.CompareAndSwap(0, max(int64(time.Since(c.Start)), 1))
}

// Began is when the first worker began, from Start; 0 where none has.
func (c *Control) Began() time.Duration { return time.Duration(c.began.Load()) }
