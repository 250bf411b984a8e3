package engine

import (
	"syscall"
	"time"

	"tcpbench/internal/sys"
	"tcpbench/metrics"
)

// close closes connection i, whose exchange went well.
func (w *worker) close(i int32) {
	c := &w.conns[i]
	w.timed.remove(w.conns, i)
	if w.closer != nil {
		c.state = closing
		w.closer.close(i, int(c.fd))
		return
	}
	e := sys.Close(int(c.fd))
	w.closedWith(i, e, w.now())
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
