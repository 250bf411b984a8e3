package engine

import (
	"errors"
	"time"

	"tcpbench/metrics"
	"tcpbench/scenario"
	"tcpbench/workload/talk"
)

// script is what is said on connection c for the request that is under way.
func (w *worker) script(c *conn) scenario.Exchange {
	if c.reused {
		return w.Plan.Exchange
	}
	return w.Plan.First
}

// said goes on when a message has been sent whole, or when there is none to begin with; it
// reports whether the connection goes on.
func (w *worker) said(i int32) bool {
	one, x := &w.talks[i], w.script(&w.conns[i])
	if one.Begin(x) == talk.Receive {
		return true
	}
	next, surplus, err := one.Sent(x)
	return w.converse(i, next, surplus, err, w.now())
}

// hear takes what has arrived for connection i; it reports whether more is to come.
func (w *worker) hear(i int32, p []byte, now time.Duration) bool {
	c := &w.conns[i]
	if c.state == sending {
		return w.interrupted(i, p)
	}
	next, surplus, err := w.talks[i].Feed(w.script(c), p)
	return w.converse(i, next, surplus, err, now)
}

// converse does what comes next in a conversation; it reports whether the connection goes
// on.
func (w *worker) converse(i int32, next talk.Next, surplus []byte, err error, now time.Duration) bool {
	c := &w.conns[i]
	if err != nil {
		w.mismatch(i, err)
		return false
	}
	if !c.reused && !c.greeted && w.talks[i].Step() >= w.Plan.Hello {
		c.greeted, c.requested, c.answered = true, now, false
	}
	switch next {
	case talk.Done:
		c.rec.Surplus += int64(len(surplus))
		return w.answered(i, now)
	case talk.Send:
		c.state, c.left = sending, len(w.message(i))
		return w.ask(i)
	default:
		c.state = receiving
		return true
	}
}

// mismatch fails connection i, whose answer was not as expected, and keeps the first such.
func (w *worker) mismatch(i int32, err error) {
	var m *talk.Mismatch
	if rec := w.conns[i].rec; rec.Mismatch == nil && errors.As(err, &m) {
		rec.Mismatch = &metrics.Mismatch{Want: m.Want, Got: scenario.Escape(m.Got)}
	}
	w.fail(i, metrics.CallExpect, metrics.ErrMismatch)
}

// interrupted takes what a server says while the client is sending; it reports whether the
// connection goes on.
func (w *worker) interrupted(i int32, p []byte) bool {
	if err := w.talks[i].Early(w.script(&w.conns[i]), p); err != nil {
		w.mismatch(i, err)
		return false
	}
	return true
}
