package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/metrics"
	"tcpbench/scenario"
)

// netConn is a connection of a Transport's. It counts as done when it is
// closed and no request is on it any more, in either order.
type netConn struct {
	net.Conn
	client         *client
	began          time.Duration // its dial
	number         int64         // among those that are counted
	connect, shook time.Duration // how long that took, and the TLS handshake; 0 without
	http2          bool
	sent, received atomic.Int64                    // bytes
	broken         atomic.Pointer[metrics.Failure] // the first failure of a read or write
	doomed         atomic.Bool                     // a request's time was over
	closing        atomic.Bool
	gone           chan struct{} // closed when it is done

	// Guarded by the client's lock.
	rec     *metrics.Recorder
	users   int                            // requests on it, and the TLS handshake
	flushed struct{ sent, received int64 } // of the bytes, those that are recorded
	failure metrics.Failure
	closed  bool
	settled bool
	used    bool // by a request
	ended   bool // the server has ended it
}

// underlying is the netConn below a connection that the Transport uses.
func underlying(c net.Conn) *netConn {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	return c.(*netConn)
}

// Read reads from the connection.
func (n *netConn) Read(p []byte) (int, error) {
	m, err := n.Conn.Read(p)
	n.received.Add(int64(m))
	n.note(metrics.CallRecv, err)
	return m, err
}

// Write writes to the connection.
func (n *netConn) Write(p []byte) (int, error) {
	n.sent.Add(int64(len(p))) // the answer may be there before Write returns
	m, err := n.Conn.Write(p)
	n.sent.Add(int64(m - len(p)))
	n.note(metrics.CallSend, err)
	return m, err
}

// note keeps the first error that is not of our own making.
func (n *netConn) note(call metrics.Call, err error) {
	if f := (metrics.Failure{Call: call, Errno: ioErrno(err)}); f.Errno != 0 {
		n.broken.CompareAndSwap(nil, &f)
	}
}

// ioErrno is the errno of a read or write; 0 where there is none.
func ioErrno(err error) syscall.Errno {
	var e syscall.Errno
	switch {
	case err == io.EOF:
		return metrics.ErrEOF
	case errors.As(err, &e):
		return e
	default: // closed by us, or a deadline of ours
		return 0
	}
}

// Close closes the connection, with close=server when the server has.
func (n *netConn) Close() error {
	if n.closing.Swap(true) {
		return n.Conn.Close() // only to say that it is closed
	}
	c := n.client
	began := c.now()
	var end metrics.Failure
	if c.Plan.Closing.ServerFirst && n.broken.Load() == nil && !n.doomed.Load() {
		end = n.awaitEnd()
	}
	err := n.Conn.Close()
	if e := ioErrno(err); e != 0 {
		end = metrics.Failure{Call: metrics.CallClose, Errno: e}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n.rec.Close.Record(c.now() - began)
	n.fail(end)
	n.closed = true
	n.settle()
	return err
}

// awaitEnd reads until the peer's FIN; it returns what came in its place. Of
// TLS, the end is announced in a record.
func (n *netConn) awaitEnd() metrics.Failure {
	// it fails where the socket is closed, and Read says so
	_ = n.SetReadDeadline(time.Now().Add(n.client.Plan.Timeout))
	stop := context.AfterFunc(n.client.ctx, func() { _ = n.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	b := make([]byte, 512)
	for {
		m, err := n.Conn.Read(b)
		switch e := ioErrno(err); {
		case m > 0 && n.client.Plan.HTTP.Scheme == "http":
			return metrics.Failure{Call: metrics.CallRecv, Errno: metrics.ErrSurplus}
		case err == nil:
		case e == metrics.ErrEOF, e == unix.ECONNRESET && n.client.Plan.HTTP.Scheme == "https":
			return metrics.Failure{} // a server that has closed resets TLS's farewell
		case e != 0:
			return metrics.Failure{Call: metrics.CallRecv, Errno: e}
		case n.client.ctx.Err() != nil:
			return metrics.Failure{Call: metrics.CallRecv, Errno: metrics.ErrCanceled}
		default:
			return metrics.Failure{Call: metrics.CallRecv, Errno: metrics.ErrTimeout}
		}
	}
}

// acquire puts a request on the connection, which rec is to record from now on
// where the warm-up recorded it; never the other way: a request of the warm-up may
// get one that was dialed after it, and that counts. The caller holds the lock.
func (n *netConn) acquire(rec *metrics.Recorder) {
	n.users++
	if !n.used && n.settled && n.failure.Errno == 0 { // a request that comes late, to one that was closed unused
		n.rec.Client.Unused--
		n.rec.Succeeded++
	}
	n.used = true
	if counted := n.client.Recorder; !n.settled && n.rec != rec && rec == counted { // the warm-up is over
		n.rec = rec
		rec.Attempted++
		rec.Obtained++
	}
}

// end notes that the server has ended the connection. The caller holds the lock.
func (n *netConn) end() {
	if !n.settled {
		n.ended = true
	}
}

// release takes one off. The caller holds the lock.
func (n *netConn) release() {
	n.users--
	n.flush()
	n.settle()
}

func (n *netConn) flush() {
	sent, received := n.sent.Load(), n.received.Load()
	n.rec.BytesSent += sent - n.flushed.sent
	n.rec.BytesReceived += received - n.flushed.received
	n.flushed.sent, n.flushed.received = sent, received
}

// fail keeps the first failure. A request may come late to a connection that
// the server has ended; where the Transport does not send it on another, the
// connection did not end well after all. The caller holds the lock.
func (n *netConn) fail(f metrics.Failure) {
	if n.failure.Errno != 0 || f.Errno == 0 {
		return
	}
	n.failure = f
	if n.settled {
		n.countGood(-1)
		n.rec.Fail(f.Call, f.Errno)
	}
}

// countGood counts a connection that did all it was opened for. The caller
// holds the lock.
func (n *netConn) countGood(by int64) {
	if !n.used {
		n.rec.Client.Unused += by
		return
	}
	n.rec.Succeeded += by
	if n.ended && n.client.Plan.Mode == scenario.ModeKeepalive {
		n.rec.Keepalive.ClosedByServer += by
	}
}

// settle records what became of the connection, once. The caller holds the lock.
func (n *netConn) settle() {
	if !n.closed || n.users > 0 || n.settled {
		return
	}
	n.flush()
	if b := n.broken.Load(); b != nil {
		n.ended = n.ended || endOfConn(b.Errno)
		if !endOfConn(b.Errno) {
			n.fail(*b)
		}
	}
	n.settled = true
	if n.failure.Errno != 0 {
		n.rec.Fail(n.failure.Call, n.failure.Errno)
	} else {
		n.countGood(1)
	}
	n.client.inFlight--
	n.client.live.Done()
	close(n.gone)
}
