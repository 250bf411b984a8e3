package engine

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/metrics"
	"tcpbench/scenario"
)

// asksAtOnce reports whether a connection sends its first request with the
// handshake.
func (w *worker) asksAtOnce() bool {
	switch w.Plan.Mode {
	case scenario.ModeKeepalive:
		return w.schedule == nil // else requests start when they are planned
	case scenario.ModeIdle:
		return false
	default:
		return true
	}
}

// takeRequest takes the turn of a request on a connection that is held; false
// when there are to be no more.
func (w *worker) takeRequest() bool {
	switch {
	case w.Plan.Mode == scenario.ModeShort:
		return true // a connection's turn is its request's
	case w.owed > 0:
		w.owed--
		return true
	default:
		return w.Control.ask(w.rec == w.Recorder)
	}
}

// drawLimit is how many requests the next connection may carry; 0 is any number.
func (w *worker) drawLimit() int32 {
	span := w.Plan.RequestsPerConn
	if span.Min == span.Max {
		return span.Min
	}
	return span.Min + w.random.Int32N(span.Max-span.Min+1)
}

// goesOn reports whether c is to carry another request.
func (w *worker) goesOn(c *conn, now time.Duration) bool {
	if w.Plan.Mode != scenario.ModeKeepalive {
		return false
	}
	if c.hungUp {
		c.rec.Keepalive.ClosedByServer++
		return false
	}
	return (c.limit == 0 || c.served < c.limit) && !w.Control.ended(now)
}

// nextRequest begins another request on connection i, or waits for its planned
// start; it reports whether the connection is still open.
func (w *worker) nextRequest(i int32, now time.Duration) bool {
	if w.schedule != nil {
		return w.hold(i, now)
	}
	if !w.takeRequest() {
		return w.leaveOff(i, now)
	}
	return w.request(i, now, now)
}

// request begins a request on connection i that was planned for a time; it
// reports whether the connection is still open.
func (w *worker) request(i int32, planned, now time.Duration) bool {
	w.unlist(i)
	c := &w.conns[i]
	c.asks, c.reused = true, true
	if c.rec != w.rec { // the warm-up is over, and it counts from now on
		c.rec = w.rec
		c.rec.Attempted++
		c.rec.Obtained++
	}
	c.planned, c.requested = planned, now
	w.awaitAnswer(i)
	c.state, c.left = sending, len(w.message(i))
	w.wait(i, now)
	return w.ask(i)
}

// hold keeps connection i open with nothing asked; it reports whether it is
// still open.
func (w *worker) hold(i int32, now time.Duration) bool {
	if w.Control.ended(now) {
		return w.leaveOff(i, now)
	}
	w.unlist(i)
	w.conns[i].state = holding
	w.ready.push(w.conns, i)
	if w.schedule != nil && w.Plan.Mode == scenario.ModeKeepalive {
		w.schedule.free(now)
	}
	return true
}

// heard handles what a recv(2) on a connection that is held returned; it
// reports whether more may come.
func (w *worker) heard(i int32, p []byte, e syscall.Errno) bool {
	c := &w.conns[i]
	if w.Plan.Mode == scenario.ModeIdle {
		return w.heardIdle(i, p, e)
	}
	if len(p) > 0 && w.talks != nil {
		c.rec.Surplus += int64(len(p))
		return true
	}
	if len(p) > 0 {
		w.fail(i, metrics.CallRecv, metrics.ErrSurplus)
		return false
	}
	if e != 0 && e != unix.ECONNRESET {
		w.fail(i, metrics.CallRecv, e)
		return false
	}
	c.rec.Keepalive.ClosedByServer++
	c.closed = w.now()
	w.hangUp(i)
	return false
}

// heardIdle is heard where connections are held for their own sake: what the
// server says does not matter, and an end is a loss.
func (w *worker) heardIdle(i int32, p []byte, e syscall.Errno) bool {
	c := &w.conns[i]
	if len(p) > 0 {
		c.rec.BytesReceived += int64(len(p))
		return true
	}
	w.foundDead(i, e)
	if e == 0 {
		e = metrics.ErrEOF
	}
	c.rec.Fail(metrics.CallRecv, e)
	w.unlist(i)
	w.land()
	w.discard(i)
	w.conns[i] = conn{state: lost}
	return false
}

// foundDead records how long it took to report a held connection, whose link
// was cut, dead; by a timer of the kernel's, or by a request that had no answer.
func (w *worker) foundDead(i int32, e syscall.Errno) {
	since, cut := w.Control.sinceCut(w.now())
	if cut && w.Plan.Mode != scenario.ModeShort && e != metrics.ErrCanceled {
		w.conns[i].rec.Dead.Record(since)
	}
}

// broken handles the loss of a connection with a request on it. Where it was
// held before, the server may have ended it by then.
func (w *worker) broken(i int32, call metrics.Call, e syscall.Errno) {
	c := &w.conns[i]
	ended := e == metrics.ErrEOF || e == unix.ECONNRESET || e == unix.EPIPE
	if !c.reused || c.answered || !ended {
		w.fail(i, call, e)
		return
	}
	if w.Plan.HTTP == nil || !w.Plan.HTTP.Again {
		c.rec.Keepalive.Lost++
		w.fail(i, call, e)
		return
	}
	c.rec.Keepalive.ClosedByServer++
	c.rec.Keepalive.Retried++
	w.repeat(c)
	c.closed = w.now()
	w.hangUp(i)
}

// repeat has the request of a connection that was lost sent on another one.
func (w *worker) repeat(c *conn) {
	if w.schedule != nil {
		w.schedule.repeat(c.planned)
		return
	}
	w.owed++
}

// dismiss begins the close of every connection that is held, when the run is
// over.
func (w *worker) dismiss(now time.Duration) {
	for i := w.ready.head; i != none; i = w.ready.head {
		w.unlist(i)
		w.leaveOff(i, now)
	}
}
