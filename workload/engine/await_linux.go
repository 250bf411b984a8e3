package engine

import (
	"time"

	"golang.org/x/sys/unix"
)

// heard is how soon a thread that waits for its first start hears that the run is over.
const heard = 100 * time.Millisecond

// Await returns when the run has gone on for so long, or is over before: at the beginning
// with 0. An engine calls it when all is ready, and begins then.
//
// The thread itself sleeps: a goroutine would have to be woken by another thread, which on
// a host where many begin at one instant waits for a processor twice.
func (c *Control) Await(first time.Duration) {
	sleepUntil(c.Start)
	at := c.Start.Add(first)
	for left := time.Until(at); left > 0 && !c.stopping.Load() && !c.spent(); left = time.Until(at) {
		sleepUntil(time.Now().Add(min(left, heard)))
	}
	c.began.CompareAndSwap(0, max(int64(time.Since(at)), 1))
}

func sleepUntil(at time.Time) {
	for left := time.Until(at); left > 0; left = time.Until(at) {
		ts := unix.NsecToTimespec(int64(left))
		_ = unix.Nanosleep(&ts, nil) // woken early, it sleeps again
	}
}

// Began is by how much the first worker began later than it was to; 0 where none has begun.
func (c *Control) Began() time.Duration { return time.Duration(c.began.Load()) }
