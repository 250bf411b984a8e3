package engine

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/sys"
	"tcpbench/metrics"
)

const (
	// restAfterFailure keeps a connection that failed from being tried again
	// at once: a target that refuses must not turn the client into a busy loop.
	restAfterFailure = time.Millisecond

	// longestWait is how long a worker sleeps at most, so that it sees that
	// another one has ended the run.
	longestWait = 50 * time.Millisecond

	// beginBudget is how long a worker begins connections before it looks for
	// answers again. A search for a port can take a millisecond; an answer
	// that waited for fifty of them would be measured fifty times too slow.
	beginBudget = 100 * time.Microsecond

	// cancelGrace is what connections in flight get after Cancel.
	cancelGrace = 500 * time.Millisecond

	// eventBatch is how many events one epoll_wait returns at most.
	eventBatch = 256

	recvBuffer = 64 << 10
)

// worker is the epoll engine on one thread.
type worker struct {
	Task
	dialer  dialer
	request []byte
	buffer  []byte
	poller  *sys.Poller
	closer  *closer // for closes that block; nil without a linger time

	conns  []conn
	idle   []int32 // connections to begin
	timed  list    // connections that wait, by deadline
	rested list    // connections that failed a moment ago

	inFlight int
	pause    time.Duration // no connect before this: ports had run out
	nextCut  time.Duration
	spare    *metrics.Histogram
	rec      *metrics.Recorder // of connections that begin now
	canceled time.Duration

	obtained     int64 // connects that got a port, the warm-up's included
	sawExhausted bool
}

// Epoll is the engine on non-blocking sockets and epoll(7).
//
// It writes the request right after connect(2): across a veth pair or a fast
// link the handshake is over by then, which saves a wait for it.
func Epoll(t Task) error {
	w, err := newWorker(t)
	if err != nil {
		return fmt.Errorf("start epoll engine: %w", err)
	}
	defer w.poller.Close()
	for w.turn() {
	}
	w.finish()
	return nil
}

func newWorker(t Task) (*worker, error) {
	poller, e := sys.NewPoller(eventBatch)
	if e == unix.ENOSYS {
		return nil, fmt.Errorf("epoll_pwait2 needs Linux 5.11: %w", e)
	}
	if e != 0 {
		return nil, os.NewSyscallError("epoll_create1", e)
	}
	w := &worker{
		Task:    t,
		dialer:  newDialer(t.Plan, t.Control),
		request: make([]byte, t.Plan.RequestSize),
		buffer:  make([]byte, recvBuffer),
		poller:  poller,
		conns:   make([]conn, t.Concurrency),
		idle:    make([]int32, 0, t.Concurrency),
		timed:   newList(),
		rested:  newList(),
		nextCut: t.Warmup + t.Interval,
		rec:     t.Recorder,
	}
	if t.Warmup > 0 {
		w.rec = metrics.NewRecorder()
	}
	for i := range w.conns {
		w.idle = append(w.idle, int32(i))
	}
	if t.Plan.Linger.Timeout > 0 {
		c, err := newCloser(poller, t.Concurrency)
		if err != nil {
			poller.Close()
			return nil, err
		}
		w.closer = c
	}
	return w, nil
}

func (w *worker) now() time.Duration { return time.Since(w.Control.Start) }

// turn begins what may begin, waits, and handles what happened; it reports
// whether there is more to do.
func (w *worker) turn() bool {
	now := w.now()
	w.tick(now)
	if w.Control.over(now) {
		if w.inFlight == 0 || w.abandon(now) {
			return false
		}
	} else {
		w.begin(now)
		if w.inFlight == 0 && w.Control.stopping.Load() {
			return false // nothing to wait for: the first connect has failed
		}
	}
	for _, ev := range w.poller.Wait(w.patience()) {
		if ev.Fd == closerToken {
			w.collectClosed()
			continue
		}
		w.advance(ev.Fd, ev.Events)
	}
	w.expire(w.now())
	return true
}

// tick ends intervals and the warm-up when their time has come.
func (w *worker) tick(now time.Duration) {
	if now >= w.Warmup {
		w.rec = w.Recorder
	}
	if now >= w.nextCut {
		end := w.nextCut + (now-w.nextCut)/w.Interval*w.Interval
		w.cut(end, false)
		w.nextCut = end + w.Interval
	}
}

func (w *worker) cut(end time.Duration, last bool) {
	w.spare = w.Cut(w.Recorder.Cut(w.inFlight, w.spare), end, last)
}

// begin opens connections until all are in flight.
func (w *worker) begin(now time.Duration) {
	for i := w.rested.due(w.conns, now); i != none; i = w.rested.due(w.conns, now) {
		w.rested.remove(w.conns, i)
		w.release(i)
	}
	enough := now + beginBudget
	for len(w.idle) > 0 && now >= w.pause && now < enough && !w.Control.stopping.Load() {
		last := len(w.idle) - 1
		i := w.idle[last]
		w.idle = w.idle[:last]
		ended, ok := w.open(i)
		if !ok {
			w.release(i)
			return
		}
		now = ended
	}
}

// patience is how long to wait for the next event: until the first of what
// is due.
func (w *worker) patience() time.Duration {
	now := w.now()
	over := w.Control.over(now)
	if len(w.idle) > 0 && w.pause <= now && !over {
		return 0 // more are to be begun
	}
	until := min(now+longestWait, w.nextCut)
	if !w.timed.empty() {
		until = min(until, w.conns[w.timed.head].deadline)
	}
	if !w.rested.empty() {
		until = min(until, w.conns[w.rested.head].deadline)
	}
	if !over {
		until = min(until, w.Control.End)
		if len(w.idle) > 0 {
			until = min(until, w.pause)
		}
	}
	return max(until-now, 0)
}

// release makes a connection ready to begin again.
func (w *worker) release(i int32) {
	w.conns[i].state = free
	w.idle = append(w.idle, i)
}

// abandon gives up connections in flight some time after the run was
// canceled; it reports whether it did.
func (w *worker) abandon(now time.Duration) bool {
	if !w.Control.canceled.Load() {
		return false
	}
	if w.canceled == 0 {
		w.canceled = now
	}
	if now < w.canceled+cancelGrace {
		return false
	}
	for !w.timed.empty() {
		w.fail(w.timed.head, w.conns[w.timed.head].state.call(), metrics.ErrCanceled)
	}
	for i := range w.conns {
		if w.conns[i].state == closing {
			w.conns[i].rec.Fail(metrics.CallClose, metrics.ErrCanceled)
		}
	}
	return true
}

// finish hands over the last interval.
func (w *worker) finish() {
	if w.closer != nil {
		w.closer.stop(w.inFlight == 0)
	}
	w.noteExhaustion()
	w.cut(w.now(), true)
}

// noteExhaustion remembers how many ports this worker had obtained when it
// learned that they had run out; at its end at the latest.
func (w *worker) noteExhaustion() *Exhaustion {
	ex := w.Control.Exhausted()
	if ex != nil && !w.sawExhausted {
		w.sawExhausted = true
		w.Recorder.ObtainedAtExhaustion = w.obtained
	}
	return ex
}
