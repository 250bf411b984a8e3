package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"tcpbench/internal/sys"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

var (
	errTimedOut = errors.New("the time for a request is over")
	errCanceled = errors.New("the run was canceled")
	errOver     = errors.New("the run is over")
	errNotAgain = errors.New("the request is not to be sent again")
)

// client is a run of net/http's Transport. Its goroutines share one recorder
// under a lock.
//
// Note: a recorder for each goroutine would need no lock, and with ten
// histograms of 270 KB cost 270 MB for 100 of them.
type client struct {
	Task
	services []*service      // one a destination
	ctx      context.Context // of every request and dial
	cancel   context.CancelCauseFunc
	turn     atomic.Int64   // requests begun, where connections are held
	alarm    *sys.Alarm     // open loop only
	slots    chan struct{}  // open loop: as many as requests may be in flight
	requests sync.WaitGroup // goroutines that send requests
	live     sync.WaitGroup // dials, and connections until they are closed

	nextCut  time.Duration
	canceled time.Duration // when Cancel was seen; 0 is not yet
	spare    *metrics.Window

	mu       sync.Mutex // guards all below, and what the recorders hold
	rec      *metrics.Recorder
	inFlight int
	over     bool  // no more dials
	early    int64 // connects that got a port and began before ports ran out
}

// NetHTTP is the engine on net/http's Transport, one for each destination: a
// pool of idle connections, TLS, HTTP/2 where connections are held. With
// HTTP/2, Concurrency is of requests; they share a connection.
//
// A connection is counted when the Transport closes it, and has failed when a
// request on it did. Go dials ahead: a request that waits for its dial takes a
// connection that becomes idle before, and the dialed one is left to the pool.
func NetHTTP(t Task) error {
	if t.Plan.HTTP == nil {
		return errors.New("start nethttp engine: the target does not speak HTTP")
	}
	c, err := newClient(t)
	if err != nil {
		return fmt.Errorf("start nethttp engine: %w", err)
	}
	t.Control.Await(0)
	c.run()
	return nil
}

func newClient(t Task) (*client, error) {
	c := &client{
		Task:    t,
		slots:   make(chan struct{}, t.Concurrency),
		nextCut: t.Warmup + t.Interval,
		rec:     t.Recorder,
	}
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	if t.Warmup > 0 {
		c.rec = metrics.NewRecorder()
	}
	for i := range t.Plan.Destinations {
		s, err := newService(c, i)
		if err != nil {
			return nil, err
		}
		c.services = append(c.services, s)
	}
	if t.Pacer == nil {
		return c, nil
	}
	alarm, err := sys.NewAlarm()
	c.alarm = alarm
	return c, err
}

func (c *client) run() {
	defer c.cancel(nil)
	if c.Pacer != nil {
		c.requests.Go(func() { c.dispatch(newSchedule(c.Pacer)) })
	} else {
		for range c.Concurrency {
			c.requests.Go(c.loop)
		}
	}
	c.await(&c.requests, func() {})
	c.mu.Lock()
	c.over = true
	c.mu.Unlock()
	c.await(&c.live, c.closeIdle)
	c.finish()
}

func (c *client) now() time.Duration { return time.Since(c.Control.Start) }

// loop sends one request after the other until the run is over.
func (c *client) loop() {
	for !c.Control.ended(c.now()) {
		number, rec, ok := c.take()
		if !ok {
			return
		}
		c.perform(number, rec, c.now())
	}
}

// take takes a request's turn: in ModeShort its connection's number, else its
// own, and what is to record it; false when there are to be no more.
func (c *client) take() (number int64, rec *metrics.Recorder, ok bool) {
	c.mu.Lock()
	rec = c.rec
	c.mu.Unlock()
	if c.Plan.Mode == scenario.ModeShort {
		number, ok = c.Control.next(c.Worker, rec == c.Recorder)
		return number, rec, ok
	}
	if !c.Control.ask(rec == c.Recorder) {
		return 0, nil, false
	}
	return c.turn.Add(1) - 1, rec, true
}

// await keeps intervals until a group is done, and calls meanwhile now and then.
func (c *client) await(group *sync.WaitGroup, meanwhile func()) {
	done := make(chan struct{})
	go func() { // ends with the group
		group.Wait()
		close(done)
	}()
	for {
		meanwhile()
		c.tick(c.now())
		select {
		case <-done:
			return
		case <-time.After(max(min(longestWait, c.nextCut-c.now()), 0)):
		}
	}
}

// closeIdle closes what the pools hold. HTTP/2 may take a moment to see that a
// connection is idle.
func (c *client) closeIdle() {
	for _, s := range c.services {
		s.transport.CloseIdleConnections()
	}
}

// tick ends intervals, the warm-up, and what is in flight some time after the
// run was canceled.
func (c *client) tick(now time.Duration) {
	c.mu.Lock()
	if now >= c.Warmup {
		c.rec = c.Recorder
	}
	c.mu.Unlock()
	if now >= c.nextCut {
		end := c.nextCut + (now-c.nextCut)/c.Interval*c.Interval
		c.cut(end, false)
		c.nextCut = end + c.Interval
	}
	if c.Control.canceled.Load() && c.canceled == 0 {
		c.canceled = now
	}
	if c.canceled != 0 && now >= c.canceled+cancelGrace {
		c.cancel(errCanceled)
	}
}

func (c *client) cut(end time.Duration, last bool) {
	c.mu.Lock()
	part := c.Recorder.Cut(c.inFlight, c.spare)
	c.mu.Unlock()
	c.spare = c.Cut(part, end, last)
}

// finish hands over the last interval.
func (c *client) finish() {
	if c.Control.Exhausted() != nil {
		c.Recorder.ObtainedAtExhaustion = c.early
	}
	c.cut(c.now(), true)
}
