package engine

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/metrics"
	"tcpbench/scenario"
)

// open begins connection i and returns when connect(2) returned; false when no
// more are to be begun.
func (w *worker) open(i int32) (ended time.Duration, ok bool) {
	// Before the number is taken: whoever holds a number connects, so that
	// every port that was there is counted before the first failure.
	ex := w.noteExhaustion()
	number, ok := w.Control.next()
	if !ok {
		return 0, false
	}
	tuple := number % w.Plan.tuples()
	w.rec.Attempted++
	d := w.dialer.dial(i, tuple)
	if d.Errno != 0 {
		w.refuse(i, tuple, d)
		return d.began + d.call, true
	}
	w.obtained++
	w.rec.Obtained++
	if ex != nil {
		w.Control.obtained(ex, tuple, d.began+d.call)
	}
	w.inFlight++
	w.conns[i] = conn{rec: w.rec, state: connecting, number: number, began: d.began, call: d.call}
	w.wait(i, d.began+d.call)
	w.start(i)
	return d.began + d.call, true
}

// refuse records a connection that did not get as far as a handshake.
func (w *worker) refuse(i int32, tuple int64, d dialed) {
	w.rec.Fail(d.Call, d.Errno)
	now := d.began + d.call
	if !d.PortsExhausted() {
		w.rest(i, now)
		return
	}
	w.Control.exhaust(Exhaustion{Failure: d.Failure, At: now, tuple: tuple})
	w.noteExhaustion()
	// The search of a full range takes long: use at most half the time for it.
	w.pause = now + max(restAfterFailure, d.call)
	w.release(i)
}

// connectOrSend attributes an error that the first send(2) returned: these
// are the handshake's.
func connectOrSend(e syscall.Errno) metrics.Call {
	switch e {
	case unix.ECONNREFUSED, unix.ETIMEDOUT, unix.EHOSTUNREACH, unix.ENETUNREACH, unix.EACCES, unix.EPERM:
		return metrics.CallConnect
	default:
		return metrics.CallSend
	}
}

// established records the end of the handshake.
func (w *worker) established(i int32, now time.Duration) {
	c := &w.conns[i]
	c.rec.Established(c.number, now, c.call, now-c.began)
	c.state = sending
	c.left = len(w.request)
	c.requested = now
}

// establishedLate records the end of a handshake that was not over at once.
func (w *worker) establishedLate(i int32) {
	now := w.now()
	w.established(i, now)
	w.wait(i, now)
}

// sent counts n bytes written; it reports whether the connection goes on.
func (w *worker) sent(i int32, n int) bool {
	c := &w.conns[i]
	c.rec.BytesSent += int64(n)
	if c.left -= n; c.left > 0 {
		return true
	}
	return w.requestDone(i)
}

// requestDone turns to the answer; it reports whether the connection goes on.
func (w *worker) requestDone(i int32) bool {
	c := &w.conns[i]
	if w.Plan.ResponseSize == 0 {
		return w.answered(i)
	}
	c.state = receiving
	c.left = w.Plan.ResponseSize
	return true
}

// received counts what a recv(2) for the answer returned, and ends the
// exchange when that was all; it reports whether more is to come.
func (w *worker) received(i int32, n int, e syscall.Errno) bool {
	switch {
	case e != 0:
		w.fail(i, metrics.CallRecv, e)
		return false
	case n == 0:
		w.fail(i, metrics.CallRecv, metrics.ErrEOF)
		return false
	}
	c := &w.conns[i]
	c.rec.BytesReceived += int64(n)
	if !c.answered {
		c.answered = true
		c.rec.FirstByte.Record(w.now() - c.requested)
	}
	if c.left -= n; c.left < 0 {
		w.fail(i, metrics.CallRecv, metrics.ErrSurplus)
		return false
	}
	if c.left == 0 {
		w.answered(i)
		return false
	}
	return true
}

// answered ends the exchange and begins the close; it reports whether the
// connection is still open.
func (w *worker) answered(i int32) bool {
	c := &w.conns[i]
	now := w.now()
	if w.Plan.ResponseSize > 0 {
		c.rec.Requests++
		c.rec.Request.Record(now - c.requested)
	}
	c.closed = now
	switch w.Plan.Close {
	case scenario.CloseShutdown:
		if e := w.finishWriting(i); e != 0 {
			w.fail(i, metrics.CallShutdown, e)
			return false
		}
	case scenario.CloseClient:
		w.hangUp(i)
		return false
	}
	c.state = ending
	w.wait(i, now)
	return w.awaitEnd(i)
}

// ended handles what a recv(2) for the peer's FIN returned.
func (w *worker) ended(i int32, n int, e syscall.Errno) {
	switch {
	case e != 0:
		w.fail(i, metrics.CallRecv, e)
	case n > 0:
		w.fail(i, metrics.CallRecv, metrics.ErrSurplus)
	default:
		w.hangUp(i)
	}
}

// hangUp closes connection i, whose exchange went well.
func (w *worker) hangUp(i int32) {
	w.timed.remove(w.conns, i)
	w.conns[i].state = closing
	w.close(i)
}

// closedWith records the end of connection i.
func (w *worker) closedWith(i int32, e syscall.Errno, now time.Duration) {
	c := &w.conns[i]
	w.inFlight--
	c.rec.Close.Record(now - c.closed)
	if e != 0 {
		c.rec.Fail(metrics.CallClose, e)
		w.rest(i, now)
		return
	}
	c.rec.Succeeded++
	w.release(i)
}

// collectClosed records the closes that the closer has finished.
func (w *worker) collectClosed() {
	for _, d := range w.closer.collect() {
		w.closedWith(d.conn, d.errno, d.at.Sub(w.Control.Start))
	}
}
