package engine

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/metrics"
	"tcpbench/scenario"
)

// open begins connection i, whose start was planned for the given time, and
// returns what became of its connect(2); false when no more are to be begun.
func (w *worker) open(i int32, planned time.Duration) (d dialed, ok bool) {
	asks := w.asksAtOnce()
	if asks && !w.takeRequest() {
		return d, false
	}
	ex := w.sawExhausted // see halted
	number, ok := w.Control.next(w.Worker, w.rec == w.Recorder)
	if !ok {
		return d, false
	}
	if w.rec == w.Recorder {
		w.Control.count(number)
	}
	tuple := number % w.Plan.tuples()
	w.rec.Attempted++
	w.conns[i] = conn{rec: w.rec, asks: asks, limit: w.drawLimit(), number: number, planned: planned}
	w.awaitAnswer(i)
	d = w.dialer.dial(i, tuple)
	if d.Errno != 0 {
		w.noteRefused(number, planned, d)
		w.refuse(i, tuple, d)
		return d, true
	}
	w.obtained++
	w.rec.Obtained++
	if ex != nil {
		w.Control.obtained(ex, tuple, d.ended())
	}
	c := &w.conns[i]
	c.state, c.began, c.call, c.port = connecting, d.began, d.call, d.port
	w.inFlight++
	if w.Plan.NATPorts > 0 {
		c.open = int32(w.Control.open.Add(1) - 1)
	}
	w.wait(i, d.ended())
	w.start(i)
	return d, true
}

// refuse records a connection that did not get as far as a handshake.
func (w *worker) refuse(i int32, tuple int64, d dialed) {
	w.rec.Fail(d.Call, d.Errno)
	now := d.ended()
	if !d.PortsExhausted() {
		w.rest(i, now)
		return
	}
	w.Control.exhaust(w.Plan.exhaustion(d.Failure, tuple, now))
	w.noteExhaustion()
	w.release(i)
	if w.schedule == nil {
		// The search of a full range takes long: use at most half the time for it.
		w.pause = now + max(RestAfterFailure, d.call)
	}
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
	c.rec.Established(w.Control.counted(c.number), now-w.Warmup, c.call, now-c.began)
	w.noteOccupancy(c, now)
	c.state = sending
	c.left = len(w.message(i))
	c.up, c.requested = now, now
}

// land counts a connection that is in flight no more.
func (w *worker) land() {
	w.inFlight--
	if w.Plan.NATPorts > 0 {
		w.Control.open.Add(-1)
	}
}

// noteOccupancy records a connect through a NAT that has ended.
func (w *worker) noteOccupancy(c *conn, now time.Duration) {
	if w.Plan.NATPorts > 0 {
		c.rec.Occupancy.Add(int64(c.open), w.Plan.NATPorts, now-c.began)
	}
}

// awaitAnswer makes connection i ready for an answer, which a server may send
// before it has read the request.
func (w *worker) awaitAnswer(i int32) {
	w.conns[i].answered = false
	if w.responses != nil {
		w.responses[i].Reset(w.Plan.HTTP.Head)
	}
	if w.talks != nil {
		w.talks[i].Reset()
	}
}

// establishedLate records the end of a handshake that was not over at once.
func (w *worker) establishedLate(i int32) {
	now := w.now()
	w.established(i, now)
	w.wait(i, now)
}

// message is what connection i has to send.
func (w *worker) message(i int32) []byte {
	c := &w.conns[i]
	switch {
	case c.introduces:
		return w.openings[i]
	case !c.asks:
		return nil
	case w.talks != nil:
		return w.talks[i].Message(w.script(c))
	}
	m := w.Plan.message(c.number, int64(c.served))
	if w.Plan.Mode == scenario.ModeShort || c.lastOne() {
		return m.Last
	}
	return m.Request
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
	c.introduces = false
	if !c.asks {
		return w.hold(i, w.now())
	}
	c.state = receiving
	if w.talks != nil {
		return w.said(i)
	}
	if w.Plan.HTTP != nil {
		return true
	}
	c.left, c.early = w.Plan.ResponseSize-c.early, 0
	if c.left == 0 {
		return w.answered(i, w.now())
	}
	return true
}

// arrivedFor handles what a recv(2) on connection i returned, whatever the
// connection waits for; it reports whether more is to come of the same.
func (w *worker) arrivedFor(i int32, p []byte, e syscall.Errno) bool {
	switch w.conns[i].state {
	case ending:
		w.ended(i, len(p), e)
		return false
	case holding:
		return w.heard(i, p, e)
	case closing:
		return false
	default:
		return w.received(i, p, e)
	}
}

// received handles what a recv(2) for the answer returned, and ends the
// exchange when that was all; it reports whether more is to come.
func (w *worker) received(i int32, p []byte, e syscall.Errno) bool {
	if e != 0 {
		w.broken(i, metrics.CallRecv, e)
		return false
	}
	if len(p) == 0 {
		w.receivedEnd(i)
		return false
	}
	c := &w.conns[i]
	now := w.now()
	c.rec.BytesReceived += int64(len(p))
	if !c.answered {
		c.answered, c.first = true, now
		c.rec.FirstByte.Record(now - c.requested)
	}
	if w.talks != nil {
		return w.hear(i, p, now)
	}
	if w.Plan.HTTP != nil {
		return w.parse(i, p, now)
	}
	return w.count(i, len(p), now)
}

// count takes n bytes of an answer of a known size; it reports whether more is to come.
func (w *worker) count(i int32, n int, now time.Duration) bool {
	c := &w.conns[i]
	if c.state == sending {
		if c.early += n; c.early <= w.Plan.ResponseSize {
			return true
		}
		w.fail(i, metrics.CallRecv, metrics.ErrSurplus)
		return false
	}
	switch c.left -= n; {
	case c.left < 0:
		w.fail(i, metrics.CallRecv, metrics.ErrSurplus)
	case c.left == 0:
		w.answered(i, now)
	default:
		return true
	}
	return false
}

// answered ends the exchange, and goes on to the next one or begins the close;
// it reports whether the connection is still open.
func (w *worker) answered(i int32, now time.Duration) bool {
	c := &w.conns[i]
	w.recordAnswer(c, now)
	w.note(i, c, now, metrics.Failure{})
	if c.state == sending {
		// RFC 9112, 9.5: the client may stop. Without the rest of the body, the
		// connection is of no more use.
		c.rec.Early++
		c.closed = now
		w.hangUp(i)
		return false
	}
	c.asks = false
	c.served++
	if w.goesOn(c, now) {
		return w.nextRequest(i, now)
	}
	return w.leaveOff(i, now)
}

// recordAnswer records a whole answer; without one there is nothing to record.
func (w *worker) recordAnswer(c *conn, now time.Duration) {
	if w.Plan.HTTP == nil && w.talks == nil && w.Plan.ResponseSize == 0 {
		return
	}
	c.rec.Answered(now - c.requested)
	if w.Plan.Mode == scenario.ModeShort {
		c.rec.Service.Record(now - c.began)
	}
	if w.schedule != nil {
		c.rec.Responded(c.planned, now-c.planned)
	}
}

// begunToArrive ends an exchange whose answer is not to be read: it is no
// answer then.
func (w *worker) begunToArrive(i int32) {
	c, now := &w.conns[i], w.now()
	c.answered, c.first = true, now
	c.rec.FirstByte.Record(now - c.requested)
	w.note(i, c, now, metrics.Failure{})
	c.asks = false
	w.leaveOff(i, now)
}

// leaveOff begins the close as the plan says; it reports whether the
// connection is still open.
func (w *worker) leaveOff(i int32, now time.Duration) bool {
	c := &w.conns[i]
	c.closed = now
	switch p := w.Plan.Closing; {
	case p.HalfClose:
		if e := w.finishWriting(i); e != 0 {
			w.fail(i, metrics.CallShutdown, e)
			return false
		}
	case !p.ServerFirst || !w.serverEnds(c):
		w.hangUp(i)
		return false
	}
	c.state = ending
	w.wait(i, now)
	return w.awaitEnd(i)
}

// serverEnds reports whether the server closes c by itself: it was asked to,
// or has said so.
func (w *worker) serverEnds(c *conn) bool {
	return w.Plan.Mode == scenario.ModeShort || c.hungUp || c.limit > 0 && c.served >= c.limit
}

// ended handles what a recv(2) for the peer's FIN returned.
func (w *worker) ended(i int32, n int, e syscall.Errno) {
	switch {
	case e != 0:
		w.fail(i, metrics.CallRecv, e)
	case n > 0 && w.talks != nil:
		w.conns[i].rec.Surplus += int64(n)
		w.awaitEnd(i)
	case n > 0:
		w.fail(i, metrics.CallRecv, metrics.ErrSurplus)
	default:
		w.hangUp(i)
	}
}

// hangUp closes connection i, whose exchange went well.
func (w *worker) hangUp(i int32) {
	w.unlist(i)
	w.conns[i].state = closing
	w.close(i)
}

// closedWith records the end of connection i.
func (w *worker) closedWith(i int32, e syscall.Errno, now time.Duration) {
	c := &w.conns[i]
	w.land()
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
