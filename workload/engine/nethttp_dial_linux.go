package engine

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/sys"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

// sources is how many source addresses are used in turn, at least 1.
func (c *client) sources() int64 { return int64(max(len(c.Plan.Sources), 1)) }

// dialPlain is a Transport's DialContext.
func (c *client) dialPlain(ctx context.Context, s *service) (net.Conn, error) {
	n, err := c.dial(ctx, s)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n.release()
	return n, nil
}

// dialTLS is a Transport's DialTLSContext: it times the handshake by itself.
func (c *client) dialTLS(ctx context.Context, s *service) (net.Conn, error) {
	n, err := c.dial(ctx, s)
	if err != nil {
		return nil, err
	}
	limit, cancel := context.WithTimeout(c.ctx, c.Plan.Timeout)
	defer cancel()
	conn := tls.Client(n, s.tls)
	began := c.now()
	err = conn.HandshakeContext(limit)
	took := c.now() - began
	c.mu.Lock()
	if err == nil {
		err = n.shaken(conn.ConnectionState(), took)
	}
	if err != nil {
		f := handshakeFailure(limit, n)
		n.fail(f)
		asker(ctx).dialFailed(f)
		n.rec.Handshakes.Failure = cmp.Or(n.rec.Handshakes.Failure, s.whyTLS(err, c.Plan.HTTP.TLS))
	}
	n.release()
	c.mu.Unlock()
	if err != nil {
		_ = n.Close() // the handshake's error says more
		return nil, err
	}
	return conn, nil
}

// errNoHTTP2 is that of a server which does not speak what alone was offered.
var errNoHTTP2 = errors.New("the server did not choose HTTP/2")

// shaken records a TLS handshake that took so long. The caller holds the lock.
func (n *netConn) shaken(state tls.ConnectionState, took time.Duration) error {
	n.http2 = state.NegotiatedProtocol == "h2"
	if n.client.Plan.HTTP.TLS.HTTP == scenario.HTTP2 && !n.http2 {
		return errNoHTTP2
	}
	n.rec.TLS.Record(took)
	n.shook = took
	n.rec.Handshakes.Done++
	if state.DidResume {
		n.rec.Handshakes.Resumed++
	}
	return nil
}

// handshakeFailure says why a TLS handshake failed.
func handshakeFailure(limit context.Context, n *netConn) metrics.Failure {
	n.doomed.Store(true)
	f := metrics.Failure{Call: metrics.CallHandshake, Errno: metrics.ErrTLS}
	switch broken := n.broken.Load(); {
	case context.Cause(limit) == errCanceled:
		f.Errno = metrics.ErrCanceled
	case limit.Err() != nil:
		f.Errno = metrics.ErrTimeout
	case broken != nil:
		f.Errno = broken.Errno
	}
	return f
}

// dial opens a connection to s, which the caller is to release. The
// Transport's own end of ctx does not matter: the connection is then for the
// pool.
func (c *client) dial(ctx context.Context, s *service) (*netConn, error) {
	number, rec := c.beginDial(ctx)
	if rec == nil {
		return nil, errOver
	}
	before := c.Control.Exhausted()
	source := c.source(s, number)
	n := &netConn{client: c, rec: rec, users: 1, began: c.now(), gone: make(chan struct{})}
	sockets := 0
	var conn net.Conn
	err := c.Plan.Networks.In(int(source), func() (err error) {
		conn, err = c.dialer(source, &sockets).DialContext(c.ctx, "tcp", s.address)
		return err
	})
	f := dialFailure(err)
	if err == nil {
		n.Conn = conn
		f = setLinger(conn, c.Plan.Linger)
		if f.Errno == 0 && c.Plan.ProxyProtocol.Asked() {
			f = n.introduce(s)
		}
	}
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	rec.Client.Dials++
	rec.Client.Redialed += int64(max(sockets-1, 0))
	tuple := int64(s.index)*c.sources() + source
	if hadPort(f) {
		rec.Obtained++
		c.obtained(before, tuple, now)
	}
	if f.Errno != 0 {
		asker(ctx).dialFailed(f)
		return nil, c.refuse(n, f, tuple, now)
	}
	n.number, n.connect = c.Control.counted(number), now-n.began
	rec.Established(c.Control.counted(number), now-c.Warmup, now-n.began, now-n.began)
	c.inFlight++
	return n, nil
}

// introduce sends the header of the PROXY protocol.
func (n *netConn) introduce(s *service) metrics.Failure {
	local := n.LocalAddr().(*net.TCPAddr).AddrPort()
	header := appendHeader(nil, n.client.Plan.ProxyProtocol, local, n.client.Plan.Destinations[s.index])
	_, err := n.Write(header)
	return metrics.Failure{Call: metrics.CallSend, Errno: ioErrno(err)}
}

// source is which source address the next connection to s has.
func (c *client) source(s *service, number int64) int64 {
	if c.Plan.Mode != scenario.ModeShort {
		number = s.turn.Add(1) - 1
	}
	return number % c.sources()
}

// beginDial takes a connection's number and what is to record it: in ModeShort
// those of its request. After the run, there is none.
func (c *client) beginDial(ctx context.Context) (number int64, rec *metrics.Recorder) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return 0, nil
	}
	if c.Plan.Mode == scenario.ModeShort {
		x := ctx.Value(exchangeKey{}).(*exchange)
		number, rec = x.number, x.rec
	} else {
		number, _ = c.Control.next(c.Worker, true) // where connections are held, the limit is of requests
		rec = c.rec
	}
	if rec == c.Recorder {
		c.Control.count(number)
	}
	c.live.Add(1)
	rec.Attempted++
	return number, rec
}

// asker is the request that caused a dial; nil where it is not known.
func asker(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// obtained tells of a connect that got a port. It counts as one before ports
// ran out when it began before. The caller holds the lock.
func (c *client) obtained(before *Exhaustion, tuple int64, now time.Duration) {
	if before == nil {
		c.early++
		return
	}
	c.Control.obtained(before, tuple, now)
}

// refuse records a dial that failed. The caller holds the lock.
func (c *client) refuse(n *netConn, f metrics.Failure, tuple int64, now time.Duration) error {
	c.live.Done()
	n.rec.Fail(f.Call, f.Errno)
	if f.PortsExhausted() {
		c.Control.exhaust(c.Plan.exhaustion(f, tuple, now))
	}
	if n.Conn != nil {
		_ = n.Conn.Close() // an option of it could not be set
	}
	return f.Errno
}

// dialer is what a Go program would use for the plan. It counts the sockets
// that it opens: one, and up to two more where Go silently tries again.
func (c *client) dialer(source int64, sockets *int) *net.Dialer {
	p := c.Plan
	d := &net.Dialer{Timeout: p.Timeout, KeepAlive: -1}
	if len(p.Sources) > 0 {
		d.LocalAddr = &net.TCPAddr{IP: p.Sources[source].AsSlice()}
	}
	if !p.TCPKeepalive.IsZero() {
		d.KeepAliveConfig = keepaliveOfGo(p.TCPKeepalive)
	}
	opts := portOptions(p)
	d.Control = func(_, _ string, raw syscall.RawConn) error {
		*sockets++
		return setOptions(raw, opts)
	}
	return d
}

func setOptions(raw syscall.RawConn, opts []sys.Option) error {
	var e syscall.Errno
	err := raw.Control(func(fd uintptr) {
		for i := range opts {
			if e = opts[i].Set(int(fd)); e != 0 {
				return
			}
		}
	})
	if e != 0 {
		return os.NewSyscallError("setsockopt", e)
	}
	return err
}

// setLinger sets SO_LINGER as Go programs do.
func setLinger(conn net.Conn, l scenario.Linger) metrics.Failure {
	if !l.On {
		return metrics.Failure{}
	}
	var e syscall.Errno
	if err := conn.(*net.TCPConn).SetLinger(int(l.Timeout / time.Second)); errors.As(err, &e) {
		return metrics.Failure{Call: metrics.CallSetsockopt, Errno: e}
	}
	return metrics.Failure{}
}

// hadPort reports whether a dial that ended with f had been given a port.
func hadPort(f metrics.Failure) bool {
	if f.Call == metrics.CallSend {
		return true
	}
	switch f.Errno {
	case 0:
		return true
	case unix.ECONNREFUSED, unix.ECONNRESET, unix.ETIMEDOUT, unix.EHOSTUNREACH, metrics.ErrTimeout, metrics.ErrCanceled:
		return f.Call == metrics.CallConnect
	default:
		return false
	}
}

// dialFailure takes the system call and the errno out of a dial's error.
func dialFailure(err error) metrics.Failure {
	var call *os.SyscallError
	var e syscall.Errno
	connect := func(e syscall.Errno) metrics.Failure {
		return metrics.Failure{Call: metrics.CallConnect, Errno: e}
	}
	switch {
	case err == nil:
		return metrics.Failure{}
	case errors.As(err, &call) && errors.As(call, &e):
		return metrics.Failure{Call: callOf(call.Syscall), Errno: e}
	case errors.Is(err, context.Canceled):
		return connect(metrics.ErrCanceled)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return connect(metrics.ErrTimeout)
	default:
		return connect(metrics.ErrOther)
	}
}

// callOf is the step that a system call belongs to.
func callOf(name string) metrics.Call {
	for _, c := range []metrics.Call{metrics.CallSocket, metrics.CallSetsockopt, metrics.CallBind} {
		if c.String() == name {
			return c
		}
	}
	return metrics.CallConnect
}
