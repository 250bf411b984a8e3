package engine

import (
	"errors"
	"syscall"
	"time"

	"tcpbench/metrics"
	"tcpbench/workload/http1"
)

// parse reads part of an HTTP answer; it reports whether more is to come.
func (w *worker) parse(i int32, p []byte, now time.Duration) bool {
	r := &w.responses[i]
	n, done, err := r.Feed(p)
	switch {
	case err != nil:
		w.fail(i, metrics.CallRecv, parseErrno(err))
		return false
	case !done:
		return true
	case n < len(p):
		w.fail(i, metrics.CallRecv, metrics.ErrSurplus)
		return false
	}
	w.parsed(i, now)
	return false
}

// parsed ends an HTTP answer.
func (w *worker) parsed(i int32, now time.Duration) {
	c, r := &w.conns[i], &w.responses[i]
	c.rec.Statuses.Add(r.Status)
	if !r.KeepAlive() {
		c.hungUp = true
	}
	w.answered(i, now)
}

// receivedEnd handles the peer's FIN instead of an answer: the end of an HTTP
// body that has no length, or of the connection.
func (w *worker) receivedEnd(i int32) {
	c := &w.conns[i]
	if w.talks != nil && w.talks[i].End(w.script(c)) {
		c.hungUp = true
		w.answered(i, w.now())
		return
	}
	if w.Plan.HTTP == nil || !c.answered {
		w.broken(i, metrics.CallRecv, metrics.ErrEOF)
		return
	}
	if err := w.responses[i].End(); err != nil {
		w.fail(i, metrics.CallRecv, parseErrno(err))
		return
	}
	c.hungUp = true
	w.parsed(i, w.now())
}

// parseErrno is the number that a parser's error is counted under.
func parseErrno(err error) syscall.Errno {
	switch {
	case errors.Is(err, http1.ErrCutShort):
		return metrics.ErrEOF
	case errors.Is(err, http1.ErrTooLarge):
		return metrics.ErrTooLarge
	default:
		return metrics.ErrMalformed
	}
}
