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
	c.GiveUp()
}

// GiveUp is for a worker that could not begin: nobody is to wait for it.
func (c *Control) GiveUp() { c.closing.Do(func() { close(c.begins) }) }

// Begins is closed when the first worker has begun, or could not.
func (c *Control) Begins() <-chan struct{} { return c.begins }

// Began is when the first worker began, from Start; 0 where none has.
func (c *Control) Began() time.Duration { return time.Duration(c.began.Load()) }
