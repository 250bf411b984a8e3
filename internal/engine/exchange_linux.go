package engine

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/sys"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

const (
	watchRead  = unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLET
	watchWrite = watchRead | unix.EPOLLOUT
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
	d := w.dialer.dial(tuple)
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
	w.conns[i] = conn{rec: w.rec, fd: int32(d.fd), state: connecting, number: number, began: d.began, call: d.call}
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

// start writes the request in the hope that the handshake is over, and
// watches the socket.
func (w *worker) start(i int32) {
	c := &w.conns[i]
	watch := uint32(watchWrite)
	if len(w.request) > 0 {
		n, e := sys.Send(int(c.fd), w.request)
		switch {
		case e == 0:
			w.established(i, c.began+c.call)
			if !w.sent(i, n) {
				return // nothing to wait for, and the connection is done
			}
			if c.state == receiving {
				watch = watchRead
			}
		case e != unix.EAGAIN:
			w.fail(i, connectOrSend(e), e)
			return
		}
	}
	if e := w.poller.Add(int(c.fd), watch, i); e != 0 {
		w.fail(i, metrics.CallEpoll, e)
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
	c.rec.Established(c.number, now, c.call, now-c.began)
	c.state = sending
	c.left = len(w.request)
	c.requested = now
}

// advance goes on with connection i after events. The poller reports each of
// them once, so what has arrived already must be read now, also when the
// connection was waiting for something else.
func (w *worker) advance(i int32, events uint32) {
	c := &w.conns[i]
	switch c.state {
	case connecting:
		w.connected(i)
	case sending:
		w.send(i)
	case ending:
		w.awaitEnd(i)
		return
	}
	if c.state == receiving && events&^unix.EPOLLOUT != 0 {
		w.receive(i)
	}
}

// connected handles the end of a handshake that was not over at once.
func (w *worker) connected(i int32) {
	c := &w.conns[i]
	if e := sys.SocketError(int(c.fd)); e != 0 {
		w.fail(i, metrics.CallConnect, e)
		return
	}
	now := w.now()
	w.established(i, now)
	w.wait(i, now)
	if c.left == 0 {
		w.requestDone(i)
		return
	}
	w.send(i)
}

// send writes what is left of the request.
func (w *worker) send(i int32) {
	c := &w.conns[i]
	n, e := sys.Send(int(c.fd), w.request[len(w.request)-c.left:])
	switch e {
	case 0:
		w.sent(i, n)
	case unix.EAGAIN, unix.EINTR:
	default:
		w.fail(i, metrics.CallSend, e)
	}
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

// receive reads what is there of the answer.
func (w *worker) receive(i int32) {
	c := &w.conns[i]
	for {
		n, e := sys.Recv(int(c.fd), w.buffer)
		switch {
		case e == unix.EAGAIN || e == unix.EINTR:
			return
		case e != 0:
			w.fail(i, metrics.CallRecv, e)
			return
		case n == 0:
			w.fail(i, metrics.CallRecv, metrics.ErrEOF)
			return
		}
		c.rec.BytesReceived += int64(n)
		if !c.answered {
			c.answered = true
			c.rec.FirstByte.Record(w.now() - c.requested)
		}
		if c.left -= n; c.left < 0 {
			w.fail(i, metrics.CallRecv, metrics.ErrSurplus)
			return
		}
		if c.left == 0 {
			w.answered(i)
			return
		}
	}
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
		if e := sys.ShutdownWrite(int(c.fd)); e != 0 {
			w.fail(i, metrics.CallShutdown, e)
			return false
		}
	case scenario.CloseClient:
		w.close(i)
		return false
	}
	c.state = ending
	w.wait(i, now)
	return w.awaitEnd(i)
}

// awaitEnd reads the peer's FIN, then closes; it reports whether the
// connection is still open.
func (w *worker) awaitEnd(i int32) bool {
	n, e := sys.Recv(int(w.conns[i].fd), w.buffer)
	switch {
	case e == unix.EAGAIN || e == unix.EINTR:
		return true
	case e != 0:
		w.fail(i, metrics.CallRecv, e)
	case n > 0:
		w.fail(i, metrics.CallRecv, metrics.ErrSurplus)
	default:
		w.close(i)
	}
	return false
}

// wait puts connection i on the list of those with a deadline, last.
func (w *worker) wait(i int32, now time.Duration) {
	c := &w.conns[i]
	if c.deadline != 0 {
		w.timed.remove(w.conns, i)
	}
	c.deadline = now + w.Plan.Timeout
	w.timed.push(w.conns, i)
}

// expire fails the connections whose deadline has passed.
func (w *worker) expire(now time.Duration) {
	for i := w.timed.due(w.conns, now); i != none; i = w.timed.due(w.conns, now) {
		w.fail(i, w.conns[i].state.call(), metrics.ErrTimeout)
	}
}

// fail records what became of connection i and lets it rest.
func (w *worker) fail(i int32, call metrics.Call, e syscall.Errno) {
	w.conns[i].rec.Fail(call, e)
	w.timed.remove(w.conns, i)
	w.inFlight--
	if w.closer != nil {
		w.closer.discard(int(w.conns[i].fd))
	} else {
		sys.Close(int(w.conns[i].fd))
	}
	w.rest(i, w.now())
}

// rest keeps connection i from being begun again for a moment.
func (w *worker) rest(i int32, now time.Duration) {
	w.conns[i] = conn{state: resting, deadline: now + restAfterFailure}
	w.rested.push(w.conns, i)
}
