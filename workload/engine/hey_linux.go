package engine

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/rakyll/hey/requester"

	"tcpbench/metrics"
	"tcpbench/scenario"
)

// heyPoll is how often the end of a run is looked for: hey has no context.
const heyPoll = 5 * time.Millisecond

// heyRun is a run of hey's requester. Connections are counted by the trace of
// each request; all else comes from hey's report, at the end.
type heyRun struct {
	Task
	service *service
	ctx     context.Context // of every request
	cancel  context.CancelCauseFunc
	pending sync.WaitGroup // dials

	mu     sync.Mutex            // guards all below, and the recorder
	over   bool                  // the recorder is done with
	begun  int64                 // requests
	served int64                 // of these, those that got a connection
	early  int64                 // connects that got a port and began before ports ran out
	opened int64                 // dials that have not ended
	ready  int64                 // connections that can carry requests
	used   map[net.Conn]struct{} // of these, those that carried one; nil with a request each
	err    error                 // a socket option that could not be set
}

// Hey is the engine of github.com/rakyll/hey, with its report at full
// precision. hey leaves its idle connections open to the end of the process,
// and says of a failed request, unless its connect(2) or TLS handshake failed,
// no more than a text: such are counted as recv: OTHER. It follows redirects,
// which the other engines do not.
//
// Note: tried DisableRedirects; hey's workers set it on the client they share,
// which is a data race.
func Hey(t Task) error {
	if t.Plan.HTTP == nil {
		return errors.New("start hey engine: the target does not speak HTTP")
	}
	r, err := newHey(t)
	if err != nil {
		return fmt.Errorf("start hey engine: %w", err)
	}
	defer r.cancel(nil)
	t.Control.Await(0)
	report, err := r.drive()
	if err != nil {
		return fmt.Errorf("hey: %w", err)
	}
	return r.finish(report)
}

func newHey(t Task) (*heyRun, error) {
	r := &heyRun{Task: t, service: &service{address: t.Plan.Destinations[0].String()}}
	if err := r.service.makeTemplates(t.Plan.HTTP); err != nil {
		return nil, err
	}
	r.service.templates[0].URL.Host = r.service.address // its name is resolved already
	if t.Plan.Mode == scenario.ModeKeepalive {
		r.used = map[net.Conn]struct{}{}
	}
	r.ctx, r.cancel = context.WithCancelCause(context.Background())
	return r, nil
}

// drive runs hey to its end.
func (r *heyRun) drive() (*requester.Report, error) {
	var out bytes.Buffer
	w := r.work(&out)
	w.Init() // or a stop could come before there is a channel for it
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() { r.watch(w, done) })
	w.Run()
	close(done)
	watch.Wait()
	return parseHey(out.Bytes())
}

// work is hey's description of the run.
func (r *heyRun) work(out *bytes.Buffer) *requester.Work {
	p := r.Plan
	n := cmp.Or(r.Control.Limit, math.MaxInt32) // as hey's -z has it
	return &requester.Work{
		Request:            r.service.templates[0],
		RequestFunc:        r.request,
		N:                  int(n),
		C:                  r.Concurrency,
		Timeout:            int(p.Timeout / time.Second),
		DisableCompression: true,
		DisableKeepAlives:  p.Mode == scenario.ModeShort,
		Output:             heyOutput,
		Writer:             out,
	}
}

// watch stops hey when the run is over, and ends what is in flight some time
// after a cancel.
func (r *heyRun) watch(w *requester.Work, done <-chan struct{}) {
	ticker := time.NewTicker(heyPoll)
	defer ticker.Stop()
	stopped := false
	var grace <-chan time.Time
	for {
		select {
		case <-done:
			return
		case <-grace:
			r.cancel(errCanceled)
		case <-ticker.C:
		}
		if !stopped && r.Control.ended(r.now()) {
			w.Stop() // only once: a second one would block
			stopped = true
		}
		if grace == nil && r.Control.canceled.Load() {
			grace = time.After(cancelGrace)
		}
	}
}

func (r *heyRun) now() time.Duration { return time.Since(r.Control.Start) }

// request makes a request that tells of its connections.
func (r *heyRun) request() *http.Request {
	r.mu.Lock()
	r.begun++
	r.mu.Unlock()
	x := &heyTrace{run: r}
	return r.service.request(httptrace.WithClientTrace(r.ctx, &httptrace.ClientTrace{
		GotConn:           x.gotConn,
		ConnectStart:      func(_, _ string) { x.connect() },
		ConnectDone:       func(_, _ string, err error) { x.connected(err) },
		TLSHandshakeStart: x.handshake,
		TLSHandshakeDone:  func(_ tls.ConnectionState, err error) { x.shaken(err) },
	}), 0)
}

// heyTrace follows the connections of one request, under the run's lock.
type heyTrace struct {
	run    *heyRun
	number int64
	before *Exhaustion // ports had run out before the dial
	dialed time.Duration
	shook  time.Duration
	opened bool // its dial counts
	served bool
}

func (x *heyTrace) connect() {
	r := x.run
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return
	}
	x.opened = true
	r.pending.Add(1)
	r.opened++
	x.before = r.Control.Exhausted()
	x.number, _ = r.Control.next(r.Worker, true) // the limit is hey's to keep
	r.Recorder.Attempted++
	x.dialed = r.now()
}

func (x *heyTrace) connected(err error) {
	r, now := x.run, x.run.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if x.opened {
		defer r.pending.Done()
	}
	if r.over {
		return
	}
	r.opened--
	f := dialFailure(err)
	if hadPort(f) {
		r.obtained(x.before, now)
	}
	if f.Errno == 0 {
		r.ready++
		r.Recorder.Established(x.number, now, now-x.dialed, now-x.dialed)
		return
	}
	r.Recorder.Fail(f.Call, f.Errno)
	if f.PortsExhausted() {
		r.Control.exhaust(r.Plan.exhaustion(f, 0, now))
	}
}

func (r *heyRun) obtained(before *Exhaustion, now time.Duration) {
	r.Recorder.Obtained++
	if before == nil {
		r.early++
		return
	}
	r.Control.obtained(before, 0, now)
}

func (x *heyTrace) handshake() {
	x.run.mu.Lock()
	defer x.run.mu.Unlock()
	x.shook = x.run.now()
}

func (x *heyTrace) shaken(err error) {
	r := x.run
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.over:
	case err == nil:
		r.Recorder.TLS.Record(r.now() - x.shook)
	default:
		r.ready--
		r.Recorder.Fail(metrics.CallHandshake, metrics.ErrTLS)
	}
}

// gotConn gives a new connection the options that hey has no flag for.
func (x *heyTrace) gotConn(info httptrace.GotConnInfo) {
	r := x.run
	r.mu.Lock()
	defer r.mu.Unlock()
	if !x.served {
		x.served = true
		r.served++
	}
	if r.used != nil {
		r.used[info.Conn] = struct{}{}
	}
	if info.Reused {
		return
	}
	conn := info.Conn
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	if err := setOptionsOf(conn.(*net.TCPConn), r.Plan); err != nil && r.err == nil {
		r.err = err
	}
}

// setOptionsOf sets SO_LINGER and SO_KEEPALIVE, which Go's dialer has set on.
func setOptionsOf(c *net.TCPConn, p *Plan) error {
	err := c.SetKeepAliveConfig(keepaliveOfGo(p.TCPKeepalive))
	if p.Linger.On {
		err = errors.Join(err, c.SetLinger(int(p.Linger.Timeout/time.Second)))
	}
	if errors.Is(err, net.ErrClosed) {
		return nil // the server was quicker
	}
	return err
}
