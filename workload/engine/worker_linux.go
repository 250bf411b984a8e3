package engine

import (
	"math/rand/v2"
	"syscall"
	"time"

	"tcpbench/internal/sys"
	"tcpbench/metrics"
	"tcpbench/scenario"
	"tcpbench/workload/http1"
	"tcpbench/workload/talk"
)

const (
	// RestAfterFailure keeps a connection that failed from being tried again
	// at once: a target that refuses must not turn the client into a busy loop.
	RestAfterFailure = time.Millisecond

	// longestWait is how long a worker sleeps at most, so that it sees that
	// another one has ended the run, and soon knows a stall from a wait.
	longestWait = 10 * time.Millisecond

	// beginBudget is how long a worker begins connections before it looks for
	// answers again. A search for a port can take a millisecond; an answer
	// that waited for fifty of them would be measured fifty times too slow.
	beginBudget = 100 * time.Microsecond

	// cancelGrace is what connections in flight get after Cancel.
	cancelGrace = 500 * time.Millisecond

	recvBuffer = 64 << 10
)

// driver is what each engine does its own way. A connection is known by its
// index; the driver keeps its socket.
type driver interface {
	// socket makes a socket with the plan's options for connection i.
	socket(i int32) metrics.Failure
	// bind and connect are the system calls; a connect that is under way has
	// not failed.
	bind(i int32, a *sys.Address) syscall.Errno
	connect(i int32, a *sys.Address) syscall.Errno
	// localPort is the port of connection i, once connect has chosen it; 0 where it
	// cannot be asked for.
	localPort(i int32) uint16
	// discard closes the socket of connection i, whatever it is doing.
	discard(i int32)

	// start begins the exchange, in the hope that the handshake is over.
	start(i int32)
	// ask sends a further request on a connection; it reports whether the
	// connection is still open.
	ask(i int32) bool
	// finishWriting sends FIN.
	finishWriting(i int32) syscall.Errno
	// awaitEnd waits for the peer's FIN; it reports whether the connection is
	// still open.
	awaitEnd(i int32) bool
	// close closes the socket of connection i, whose exchange went well;
	// closedWith follows, at once or later.
	close(i int32)

	// serve waits for at most d and handles what happened.
	serve(d time.Duration)
	// end is called when no connection is in flight any more, or all that were
	// have been discarded.
	end()
}

// worker is what all native engines have in common, on one thread.
type worker struct {
	Task
	driver
	dialer    dialer
	buffer    []byte     // what arrives is not kept
	closer    *closer    // for closes that block; nil without a linger time
	schedule  *schedule  // nil in a closed loop
	random    *rand.Rand // for what is drawn
	responses []http1.Response
	talks     []talk.Conversation // where an exchange is given
	openings  [][]byte            // what comes first on each connection, with a header of the PROXY protocol

	conns  []conn
	idle   []int32 // connections to begin
	timed  list    // connections that wait, by deadline
	rested list    // connections that failed a moment ago
	ready  list    // connections that are held, the longest first
	owed   int64   // requests to be sent again, whose turn was taken

	inFlight int
	pause    time.Duration // no connect before this: ports had run out
	nextCut  time.Duration
	spare    *metrics.Window
	stalls   *metrics.StallWatch
	rec      *metrics.Recorder // of connections that begin now
	used     metrics.CPU       // by this thread, when it began to count
	canceled time.Duration
	drained  time.Duration // until when Recorder.Drained is known
	flight   int           // what was in flight when this turn began to wait

	obtained     int64       // connects that got a port, the warm-up's included
	sawExhausted *Exhaustion // the one that ObtainedAtExhaustion is of
}

// newWorker returns a worker without its driver.
func newWorker(t Task) (*worker, error) {
	w := &worker{
		Task:    t,
		buffer:  make([]byte, recvBuffer),
		random:  rand.New(rand.NewPCG(uint64(t.Plan.Seed), uint64(t.Worker))),
		conns:   make([]conn, t.Concurrency),
		idle:    make([]int32, 0, t.Concurrency),
		timed:   newList(),
		rested:  newList(),
		ready:   newList(),
		nextCut: t.Warmup + t.Interval,
		rec:     t.Recorder,
	}
	w.dialer = newDialer(w)
	if t.Pacer != nil {
		w.schedule = newSchedule(t.Pacer)
		sys.WakeOnTime()
	}
	if t.Plan.HTTP != nil && t.Plan.Mode != scenario.ModeIdle {
		w.responses = make([]http1.Response, t.Concurrency)
	}
	if t.Plan.Exchange != nil {
		w.talks = make([]talk.Conversation, t.Concurrency)
	}
	if t.Plan.ProxyProtocol.Asked() {
		w.openings = make([][]byte, t.Concurrency)
	}
	if t.Warmup > 0 {
		w.rec = metrics.NewRecorder()
	}
	for i := range w.conns {
		w.idle = append(w.idle, int32(i))
	}
	if t.Plan.Linger.Timeout > 0 {
		c, err := newCloser(t.Concurrency, t.Plan.BlockingClose)
		if err != nil {
			return nil, err
		}
		w.closer = c
	}
	return w, nil
}

// run works until the run is over.
func (w *worker) run(d driver) {
	w.driver = d
	w.Control.Await(w.first())
	w.stalls = metrics.NewStallWatch(w.now(), sys.ThreadCPU) // to wait for the beginning is no stall
	w.used = threadCPU()
	for w.turn() {
	}
	w.finish()
}

// first is when there is something to begin: one of many hosts has no use for a processor before
// its turn, and others have. What is further away than a second is waited for in rounds.
func (w *worker) first() time.Duration {
	if !w.Control.InTurn || w.fills() {
		return 0
	}
	return min(w.schedule.nextDue(0), w.nextCut, w.Control.End, time.Second)
}

func (w *worker) now() time.Duration { return time.Since(w.Control.Start) }

// turn begins what may begin, waits, and handles what happened; it reports
// whether there is more to do.
func (w *worker) turn() bool {
	now := w.now()
	w.drain(now)
	w.tick(now)
	if w.over(now) {
		w.dismiss(now)
		if w.inFlight == 0 || w.abandon(now) {
			return false
		}
	} else {
		w.begin(now)
		if w.inFlight == 0 && w.Control.stopping.Load() {
			return false // nothing to wait for: the first connect has failed
		}
	}
	d := w.patience()
	w.flight = w.inFlight
	w.serve(d)
	ended := w.now()
	w.noteStall(now, ended, d)
	w.expire(ended)
	return true
}

// noteStall keeps a stall of a round, in which it was to sleep for d at most.
func (w *worker) noteStall(began, ended, d time.Duration) {
	stalled := w.stalls.Round(ended, d)
	if stalled == 0 {
		return
	}
	w.Recorder.Stalled(ended, stalled, w.Warmup, w.Control.Offered())
	if w.schedule != nil {
		w.schedule.stalled(began, stalled)
	}
}

// drain adds up for how long connections outlast the load.
func (w *worker) drain(now time.Duration) {
	if from := max(w.drained, w.Control.Offered()); now > from {
		w.Recorder.Drained += time.Duration(w.flight) * (now - from)
		w.drained = now
	}
}

// over reports whether nothing more is to be begun.
func (w *worker) over(now time.Duration) bool {
	if w.Control.ended(now) {
		return true
	}
	owes := w.owed > 0 || w.schedule != nil && len(w.schedule.again) > 0
	return w.Control.spent() && !owes
}

// tick ends intervals and the warm-up when their time has come.
func (w *worker) tick(now time.Duration) {
	if now >= w.Warmup && w.rec != w.Recorder {
		w.rec, w.used = w.Recorder, threadCPU()
	}
	if now >= w.nextCut {
		end := w.nextCut + (now-w.nextCut)/w.Interval*w.Interval
		w.cut(end, false)
		w.nextCut = end + w.Interval
	}
}

// threadCPU is what the calling thread has used so far.
func threadCPU() metrics.CPU {
	user, system := sys.ThreadUsage()
	return metrics.CPU{User: user, System: system}
}

func (w *worker) cut(end time.Duration, last bool) {
	w.spare = w.Cut(w.Recorder.Cut(w.inFlight, w.spare), end, last)
}

// begin opens connections, and starts what is planned.
func (w *worker) begin(now time.Duration) {
	for i := w.rested.due(w.conns, now); i != none; i = w.rested.due(w.conns, now) {
		w.rested.remove(w.conns, i)
		w.release(i)
	}
	if w.fills() {
		w.fill(now)
	}
	if w.schedule != nil {
		w.beginPlanned(now)
	}
}

// fills reports whether connections are opened as soon as they can be: where
// they are not themselves what is planned.
func (w *worker) fills() bool {
	return w.schedule == nil || w.Plan.Mode == scenario.ModeKeepalive
}

// fill opens connections until all are in flight.
func (w *worker) fill(now time.Duration) {
	enough := now + beginBudget
	for len(w.idle) > 0 && now >= w.pause && now < enough && !w.halted() {
		last := len(w.idle) - 1
		i := w.idle[last]
		w.idle = w.idle[:last]
		d, ok := w.open(i, now)
		if !ok {
			w.release(i)
			return
		}
		now = d.ended()
	}
}

// patience is how long to wait for the next event: until the first of what
// is due.
func (w *worker) patience() time.Duration {
	now := w.now()
	until := min(now+longestWait, w.nextCut)
	if !w.timed.empty() {
		until = min(until, w.conns[w.timed.head].deadline)
	}
	if !w.over(now) {
		until = min(until, w.Control.End, w.nextBegin(now))
		if !w.rested.empty() { // else it rests for good, and its deadline would be past
			until = min(until, w.conns[w.rested.head].deadline)
		}
	}
	return max(until-now, 0)
}

// nextBegin is when the next connection or request can be begun.
func (w *worker) nextBegin(now time.Duration) time.Duration {
	next := Forever
	if len(w.idle) > 0 && w.fills() {
		next = w.pause
	}
	if w.schedule != nil && w.available() {
		next = min(next, w.schedule.nextDue(now))
	}
	return next
}

// release makes a connection ready to begin again.
func (w *worker) release(i int32) {
	w.conns[i].state = free
	w.idle = append(w.idle, i)
	if w.schedule != nil && w.schedule.starved {
		w.schedule.free(w.now())
	}
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
	w.drain(w.now())
	w.end()
	if w.rec == w.Recorder {
		w.Recorder.CPU = threadCPU().Sub(w.used)
	}
	if w.closer != nil {
		w.closer.stop(w.inFlight == 0)
	}
	w.noteExhaustion()
	if w.schedule != nil && !w.Control.spent() {
		w.schedule.leave(w.Control.Offered(), &w.Recorder.Lateness)
	}
	w.cut(w.now(), true)
}

// halted is [Control.halted], of what this worker has noted: whoever begins a connection
// in a run that ends as ports run out knows of no failure, so that its port counts
// among those that were there before the first one. It may be that of another worker,
// which has taken its number and stands still before connect(2).
func (w *worker) halted() bool {
	w.noteExhaustion()
	return w.Control.halted()
}

// noteExhaustion remembers how many ports this worker had obtained when it
// learned that they had run out; at its end at the latest.
func (w *worker) noteExhaustion() *Exhaustion {
	ex := w.Control.Exhausted()
	if ex != nil && ex != w.sawExhausted {
		w.sawExhausted = ex
		w.Recorder.RanOut(w.obtained)
	}
	return ex
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

// unlist takes connection i off the list that it is on.
func (w *worker) unlist(i int32) {
	c := &w.conns[i]
	switch {
	case c.state == holding:
		w.ready.remove(w.conns, i)
	case c.deadline != 0:
		w.timed.remove(w.conns, i)
		c.deadline = 0
	}
}

// expire fails the connections whose deadline has passed.
func (w *worker) expire(now time.Duration) {
	for i := w.timed.due(w.conns, now); i != none; i = w.timed.due(w.conns, now) {
		call := w.conns[i].state.call()
		if w.talks != nil && w.conns[i].state == receiving {
			call = metrics.CallExpect
		}
		w.fail(i, call, metrics.ErrTimeout)
	}
}

// fail records what became of connection i and lets it rest.
func (w *worker) fail(i int32, call metrics.Call, e syscall.Errno) {
	c, now := &w.conns[i], w.now()
	c.rec.Fail(call, e)
	if c.asks || c.state == connecting {
		w.note(i, c, now, metrics.Failure{Call: call, Errno: e})
	}
	if c.state != connecting {
		w.foundDead(i, e)
	} else if now-c.began >= metrics.SlowConnect {
		w.noteOccupancy(c, now)
	}
	w.unlist(i)
	w.land()
	w.discard(i)
	w.rest(i, w.now())
}

// rest keeps connection i from being begun again for a moment.
func (w *worker) rest(i int32, now time.Duration) {
	w.conns[i] = conn{state: resting, deadline: now + RestAfterFailure}
	w.rested.push(w.conns, i)
}
