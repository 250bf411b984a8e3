package engine

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/metrics"
	"tcpbench/scenario"
)

// exchange is one request and its answer. Its goroutine is the one that
// called perform; the Transport's may set first. Times are from the start of
// the run.
type exchange struct {
	client    *client
	service   *service
	rec       *metrics.Recorder
	number    int64
	turn      int64 // among the requests to its destination
	ctx       context.Context
	cancel    context.CancelCauseFunc
	timer     *time.Timer // nil until there is a connection
	conn      *netConn    // the one that carries it, or nil
	reused    bool
	dialed    metrics.Failure // of its dial; guarded by the client's lock
	before    int64           // bytes that the connection had sent before it
	early     bool            // answered before the request's body was sent
	planned   time.Duration
	began     time.Duration
	requested time.Duration // it has its connection
	first     atomic.Int64  // ns until the answer's first byte; 0 is not yet
}

// exchangeKey is the key of an exchange in its context. The context of a dial
// has that of the request which caused it.
type exchangeKey struct{}

// perform sends a request and reads the answer to its end. number is that of
// its connection where it has one to itself.
func (c *client) perform(number int64, rec *metrics.Recorder, planned time.Duration) {
	x := &exchange{client: c, rec: rec, number: number, planned: planned, began: c.now()}
	services := int64(len(c.services))
	x.service, x.turn = c.services[int(number/c.sources()%services)], number/(c.sources()*services)
	if c.Plan.Mode != scenario.ModeShort {
		x.service, x.turn = c.services[int(number%services)], number/services
	}
	x.ctx, x.cancel = context.WithCancelCause(context.WithValue(c.ctx, exchangeKey{}, x))
	defer x.cancel(nil)
	resp, err := x.service.transport.RoundTrip(x.request())
	if err == nil {
		x.early = x.unsent()
		err = c.readBody(resp)
	}
	if x.timer != nil {
		x.timer.Stop()
	}
	if err != nil {
		x.failed(err)
		x.rest()
	} else {
		x.answered(resp)
	}
	if x.conn != nil && c.Plan.Mode == scenario.ModeShort {
		<-x.conn.gone // so that no more than Concurrency are open
	}
	c.mu.Lock()
	c.Recorder.Drained += max(c.now()-max(x.began, c.Control.Offered()), 0)
	c.mu.Unlock()
}

// readBody ends an answer's body. One that is closed with some of it unread
// costs its connection: Go 1.26 closes that, however little is left, and drains
// nothing (earlyCloseFn in persistConn.readLoop); one that was read whole goes
// back to the pool. Measured one after the other, 200 answers of 64 B, 64 KiB or
// 1 MiB took 200 connections of each size, and 1 where bodies were read. Those
// of 64 KiB and more ended with RST, for 4 KiB of them had been read.
func (c *client) readBody(resp *http.Response) error {
	if !c.Plan.HTTP.ReadBody {
		return resp.Body.Close()
	}
	return drain(resp)
}

// unsent reports whether part of the request's body had still to be written. The request
// before it on the connection may not have been released yet.
func (x *exchange) unsent() bool {
	body := len(x.client.Plan.HTTP.Body)
	return body > 0 && x.conn != nil && !x.conn.http2 && x.conn.sent.Load()-x.before < int64(body)
}

// drain reads an answer to its end, which is what lets its connection go back
// to the pool.
func drain(resp *http.Response) error {
	defer resp.Body.Close()
	_, err := io.Copy(io.Discard, resp.Body)
	return err
}

func (x *exchange) request() *http.Request {
	return x.service.request(httptrace.WithClientTrace(x.ctx, &httptrace.ClientTrace{
		GotConn: x.gotConn,
		GotFirstResponseByte: func() {
			x.first.CompareAndSwap(0, int64(x.client.now()-x.requested))
		},
	}), x.turn)
}

// gotConn begins the request on a connection. The Transport calls it again
// when the server had ended that one and the request is sent once more.
func (x *exchange) gotConn(info httptrace.GotConnInfo) {
	n := underlying(info.Conn)
	c := x.client
	if x.conn != nil && !c.Plan.HTTP.Retry {
		x.cancel(errNotAgain)
		if !n.http2 { // whose other requests go on
			_ = n.Close() // before the request is written; that it is open for nobody is all that matters
		}
		return
	}
	c.mu.Lock()
	if x.conn != nil {
		x.rec.Keepalive.Retried++
		x.conn.end()
		x.conn.release()
	}
	n.acquire(x.rec)
	c.mu.Unlock()
	x.conn, x.reused, x.before = n, info.Reused, n.sent.Load()
	x.requested = c.now()
	x.first.Store(0)
	if x.timer != nil {
		x.timer.Reset(c.Plan.Timeout)
		return
	}
	x.timer = time.AfterFunc(c.Plan.Timeout, func() {
		n.doomed.Store(true)
		x.cancel(errTimedOut)
	})
}

// answered records a whole answer.
func (x *exchange) answered(resp *http.Response) {
	c, now := x.client, x.client.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	r := x.rec
	r.Statuses.Add(resp.StatusCode)
	if x.early {
		r.Early++
	}
	if resp.ProtoMajor == 2 {
		r.Client.HTTP2++
	}
	r.FirstByte.Record(time.Duration(x.first.Load()))
	r.Answered(now - x.requested)
	if c.Plan.Mode == scenario.ModeShort {
		r.Service.Record(now - x.conn.began)
	}
	if c.Pacer != nil {
		r.Responded(x.planned, now-x.planned)
	}
	x.note(now, resp.StatusCode, metrics.Failure{})
	if resp.Close {
		x.conn.end()
	}
	x.conn.release()
}

// failed records a request without a whole answer: its connection has failed.
// Without a connection, the dial has recorded why.
func (x *exchange) failed(err error) {
	c := x.client
	c.mu.Lock()
	defer c.mu.Unlock()
	x.rec.Client.FailedRequests++
	if x.conn == nil {
		x.note(c.now(), 0, x.noDial())
		return
	}
	f := x.failure(err)
	x.note(c.now(), 0, f)
	if x.refusesUs(err, f) {
		x.rec.Handshakes.Failure = cmp.Or(x.rec.Handshakes.Failure, x.service.whyTLS(err, c.Plan.HTTP.TLS))
	}
	if x.reused && x.first.Load() == 0 && endOfConn(f.Errno) {
		x.rec.Keepalive.Lost++
	}
	if since, cut := c.Control.sinceCut(c.now()); cut && c.Plan.Mode != scenario.ModeShort &&
		f.Errno != metrics.ErrCanceled {
		x.rec.Dead.Record(since)
	}
	x.conn.fail(f)
	x.conn.release()
}

// endOfConn reports whether e says that the peer has ended a connection.
func endOfConn(e syscall.Errno) bool {
	return e == metrics.ErrEOF || e == unix.ECONNRESET || e == unix.EPIPE
}

// failure says why a request failed, by what is known for certain: that its
// time was over, what the socket returned, and where the socket was well, that
// net/http did not like what it read.
func (x *exchange) failure(err error) metrics.Failure {
	var record tls.RecordHeaderError
	_, alerted := remoteAlert(err)
	recv := func(e syscall.Errno) metrics.Failure { return metrics.Failure{Call: metrics.CallRecv, Errno: e} }
	switch cause, broken := context.Cause(x.ctx), x.conn.broken.Load(); {
	case cause == errTimedOut:
		return recv(metrics.ErrTimeout)
	case cause == errCanceled:
		return recv(metrics.ErrCanceled)
	case cause == errNotAgain && broken == nil:
		return recv(metrics.ErrEOF)
	case alerted:
		return recv(metrics.ErrTLS)
	case broken != nil:
		return *broken
	case errors.As(err, &record):
		return recv(metrics.ErrTLS)
	case x.conn.http2:
		return recv(metrics.ErrOther)
	case x.first.Load() == 0:
		return recv(metrics.ErrEOF) // the end that TLS announces
	default:
		return recv(metrics.ErrMalformed)
	}
}

// rest keeps a goroutine whose request failed from a busy loop of refusals,
// and once ports have run out from searching more than half of the time.
func (x *exchange) rest() {
	d := RestAfterFailure
	if x.conn == nil && x.client.Pacer == nil && x.client.Control.Exhausted() != nil {
		d = max(d, min(x.client.now()-x.began, longestWait))
	}
	time.Sleep(d)
}
