package engine

import (
	"fmt"
	"runtime"
	"syscall"
	"time"

	"tcpbench/internal/sys"
	"tcpbench/internal/uring"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

const (
	// ringOperations is how many operations one enter starts at most.
	ringOperations = 128

	// socketBatch is how many sockets are made ahead at a time.
	socketBatch = 64

	// closeBatch is how many sockets one enter closes at most.
	closeBatch = 64
)

// Where answers matter, or connections are held, the kernel receives into
// buffers of its choice: a held connection that waits has none.
const (
	ringBuffers    = 512
	ringBufferSize = 8 << 10
)

// ring is the driver on io_uring(7).
//
// Sockets are made a batch ahead, each in its slot; connect(2) is alone in its
// enter; the request is linked to it; the wait for the answer begins with the
// next enter; a batch is closed in one.
//
// It costs 0.95 of the epoll engine's CPU a connection on a quiet machine, 0.97
// to 1.00 where the other processor is busy. What else was tried was tried in
// a prototype without recording: CPU a connection against the same with
// epoll, one thread, 64 in flight, 1 byte each way, RST close, medians of 30 to
// 100 interleaved pairs.
//
// Note: tried whole chains (socket to receive) eight to an enter; it cost 0.89,
// 0.87 with 64, against 0.95 of connect alone; but then no connect(2) has a
// time of its own, and the knee is found in that time.
// Note: tried links from connect to receive, eight chains to an enter; it cost
// 0.93, against 0.89 for the same operations without links, in order.
// Note: tried the request without a link to its connect; it cost the same, and
// a target that refused was connected to twice: the request takes the socket's
// error, and io_connect, finding none, begins again.
// Note: tried every close in an enter of its own; it cost 0.98, against 0.95.
// Note: tried descriptors instead of slots, with io_uring for the receive
// only; it cost 0.95.
type ring struct {
	*worker
	ring    *uring.Ring
	buffers *uring.Buffers // nil where what arrives is not kept
	multi   bool           // one receive stands for all of a connection's
	slots   []slot         // of each connection
	arms    []int32        // connections that are to wait for what arrives
	shut    []int32        // connections to close
	begun   int32          // the connection that start is about
	err     error          // the ring is of no more use
}

// slot is what the driver knows of a connection's socket.
type slot struct {
	life    uint32 // counts the sockets that were in the slot; tells late completions
	made    bool   // there is a socket, not in use yet
	arm     bool   // it is among arms
	armed   bool   // a receive is under way
	ends    bool   // to be closed when that receive has ended
	failure metrics.Failure
	hungUp  time.Duration // when it was to be closed
}

// Uring is the engine on io_uring(7), one ring for the worker.
func Uring(t Task) error {
	runtime.LockOSThread() // a ring belongs to the thread that made it
	defer runtime.UnlockOSThread()
	d, err := newRing(t)
	if err != nil {
		return fmt.Errorf("start io_uring engine: %w", err)
	}
	defer d.free()
	d.run(d)
	runtime.KeepAlive(d) // the kernel knows addresses in it
	return d.err
}

func newRing(t Task) (*ring, error) {
	r, err := uring.New(ringOperations, 4*t.Concurrency+ringOperations, t.Concurrency)
	if err != nil {
		return nil, err
	}
	w, err := newWorker(t)
	if err != nil {
		r.Close()
		return nil, err
	}
	d := &ring{worker: w, ring: r, slots: make([]slot, t.Concurrency), begun: none}
	// The server's FIN comes after its answer, or with it.
	d.multi = t.Plan.Mode != scenario.ModeShort || t.Plan.Closing.ServerFirst
	if d.multi || t.Plan.HTTP != nil {
		if d.buffers, err = r.ProvideBuffers(ringBuffers, ringBufferSize); err != nil {
			d.free()
			return nil, err
		}
	}
	if w.closer != nil {
		d.watchCloser()
	}
	return d, nil
}

// free frees what the kernel knows of: the ring first.
func (d *ring) free() {
	d.ring.Close()
	if d.buffers != nil {
		d.buffers.Close()
	}
}

// next is the next operation to prepare.
func (d *ring) next() *uring.SQE {
	if d.ring.Room() == 0 {
		d.check(d.ring.Submit())
	}
	return d.ring.Next()
}

// check keeps the first error of the ring itself, which ends the run.
func (d *ring) check(e syscall.Errno) {
	if e != 0 && d.err == nil {
		d.err = fmt.Errorf("io_uring_enter: %w", e)
		d.Control.Cancel()
	}
}

// submit starts what is prepared and handles what is done at once. Nothing
// else is: what has arrived for other connections waits for serve.
func (d *ring) submit() {
	d.check(d.ring.Submit())
	d.collect()
}

// serve starts what is prepared and handles what there is, waiting for at
// most patience.
func (d *ring) serve(patience time.Duration) {
	closed := d.closeAll()
	d.armAll()
	d.check(d.ring.Poll())
	if d.collect()+closed == 0 && patience > 0 {
		d.check(d.ring.Wait(patience))
		d.collect()
	}
	d.closeAll()
}

// collect handles what has completed and returns how much that was.
func (d *ring) collect() int {
	n := 0
	for c, ok := d.ring.Completion(); ok; c, ok = d.ring.Completion() {
		n++
		d.complete(c)
	}
	return n
}

// closeAll closes what is to be closed, as many sockets as it can in an enter
// and nothing else, and returns how many that were. Those of one enter share
// its time equally: what one close took within it cannot be known.
func (d *ring) closeAll() int {
	n := len(d.shut)
	for shut := d.shut; len(shut) > 0; {
		if d.ring.Pending() {
			d.check(d.ring.Submit())
		}
		batch := shut[:min(len(shut), closeBatch)]
		began := d.now()
		for _, i := range batch {
			d.next().Close(i).Tag(d.tag(i, opNone), uring.SkipOnSuccess)
		}
		d.check(d.ring.Submit())
		share := (d.now() - began) / time.Duration(len(batch))
		for _, i := range batch {
			d.closedWith(i, 0, d.slots[i].hungUp+share)
		}
		shut = shut[len(batch):]
	}
	d.shut = d.shut[:0]
	return n
}

// prepare makes sockets for connections that are to begin.
func (d *ring) prepare() {
	for _, i := range d.idle[max(len(d.idle)-socketBatch, 0):] {
		if !d.slots[i].made {
			d.makeSocket(i)
		}
	}
	d.submit()
}

// makeSocket prepares a socket for connection i. A failure is found in its
// slot after the next enter.
func (d *ring) makeSocket(i int32) {
	s := &d.slots[i]
	s.made, s.failure = true, metrics.Failure{}
	d.next().Socket(i, d.dialer.family()).Tag(d.tag(i, opSocket), uring.SkipOnSuccess)
	for o := range d.dialer.options {
		d.next().Setsockopt(i, &d.dialer.options[o]).Tag(d.tag(i, opSetsockopt), uring.SkipOnSuccess)
	}
}

func (d *ring) socket(i int32) metrics.Failure {
	s := &d.slots[i]
	if !s.made {
		d.makeSocket(i)
	}
	if d.ring.Pending() { // also what an attempt before has left: connect is to be alone
		d.submit()
	}
	s.made = false
	f := d.failure(i)
	if f.Call == metrics.CallSetsockopt && f.Errno != 0 {
		d.discard(i)
	}
	return f
}

// failure takes the first failure of what was done at once for connection i.
func (d *ring) failure(i int32) metrics.Failure {
	f := d.slots[i].failure
	d.slots[i].failure = metrics.Failure{}
	return f
}

func (d *ring) bind(i int32, a *sys.Address) syscall.Errno {
	d.next().Bind(i, a).Tag(d.tag(i, opBind), uring.SkipOnSuccess)
	d.submit()
	return d.failure(i).Errno
}

// connect is alone in its enter, which makes its time that of connect(2): the
// search for a port and the SYN, and across a veth pair the whole handshake.
// The request is linked to it, and waits for it.
func (d *ring) connect(i int32, a *sys.Address) syscall.Errno {
	s := d.next().Connect(i, a)
	if request := d.message(i); len(request) == 0 {
		s.Tag(d.tag(i, opConnect), 0)
	} else {
		s.Tag(d.tag(i, opConnect), uring.Link)
		d.next().Send(i, request).Tag(d.tag(i, opSend), 0)
	}
	d.submit()
	return d.failure(i).Errno
}

// start has the request sent, in the hope that the handshake is over: then
// it was when connect returned.
func (d *ring) start(i int32) {
	d.begun = i
	d.armAll() // of those before: here they are in no one's way
	d.check(d.ring.Poll())
	d.collect()
	d.begun = none
}

// send writes what is left of the request.
func (d *ring) send(i int32) {
	message := d.message(i)
	d.next().Send(i, message[len(message)-d.conns[i].left:]).Tag(d.tag(i, opSend), 0)
}

// ask takes for granted that the request is written: it completes only if not.
func (d *ring) ask(i int32) bool {
	message := d.message(i)
	d.next().Send(i, message).Tag(d.tag(i, opAsk), uring.SkipOnSuccess)
	return d.sent(i, len(message))
}

// arm has connection i wait for what arrives, from the next enter on.
func (d *ring) arm(i int32) {
	if !d.slots[i].arm && !d.slots[i].armed {
		d.slots[i].arm = true
		d.arms = append(d.arms, i)
	}
}

func (d *ring) armAll() {
	for _, i := range d.arms {
		if d.slots[i].arm {
			d.slots[i].arm = false
			d.receive(i)
		}
	}
	d.arms = d.arms[:0]
}

// receive has what arrives for connection i received.
func (d *ring) receive(i int32) {
	d.slots[i].armed = true
	s := d.next()
	switch {
	case d.multi:
		s.TakeAll(i)
	case d.buffers != nil:
		s.Take(i)
	default:
		s.RecvLater(i, d.buffer)
	}
	s.Tag(d.tag(i, opRecv), 0)
}

func (d *ring) finishWriting(i int32) syscall.Errno {
	d.next().ShutdownWrite(i).Tag(d.tag(i, opShutdown), uring.SkipOnSuccess)
	return 0
}

func (d *ring) awaitEnd(i int32) bool {
	d.arm(i)
	return true
}

// leave ends what is known of the socket in a slot.
func (d *ring) leave(i int32) {
	s := &d.slots[i]
	*s = slot{life: s.life + 1}
}

// close waits for a receive to let go of the socket, which would not be closed
// before.
func (d *ring) close(i int32) {
	s := &d.slots[i]
	s.hungUp = d.now()
	if s.armed {
		s.ends = true
		d.next().CancelTagged(d.tag(i, opRecv)).Tag(d.tag(i, opNone), uring.SkipOnSuccess)
		return
	}
	d.closeNow(i)
}

func (d *ring) closeNow(i int32) {
	hungUp := d.slots[i].hungUp
	d.leave(i)
	if d.closer == nil {
		d.slots[i].hungUp = hungUp
		d.shut = append(d.shut, i)
		return
	}
	d.handOver(i, opInstall)
}

// handOver gives the socket of connection i to the closer: a close in the ring
// completes before it has lingered, and lingers in whatever thread comes by.
func (d *ring) handOver(i int32, op ringOp) {
	d.next().Install(i).Tag(d.tag(i, op), 0)
	d.next().Close(i).Tag(d.tag(i, opNone), uring.SkipOnSuccess)
}

func (d *ring) discard(i int32) {
	switch {
	case d.conns[i].state == holding && !d.slots[i].armed:
	case d.conns[i].state != free:
		d.next().Cancel(i).Tag(d.tag(i, opNone), uring.SkipOnSuccess)
	}
	d.leave(i)
	if d.closer == nil {
		d.next().Close(i).Tag(d.tag(i, opNone), uring.SkipOnSuccess)
		return
	}
	d.check(d.ring.Poll()) // so that canceled operations have let go of it
	d.handOver(i, opDiscard)
}

// end empties the slots and ends what is under way.
func (d *ring) end() {
	for i := range d.slots {
		if d.slots[i].made {
			d.next().Close(int32(i)).Tag(d.tag(int32(i), opNone), uring.SkipOnSuccess)
		}
	}
	d.next().CancelAny().Tag(d.tag(0, opNone), 0)
	for d.err == nil {
		d.check(d.ring.Poll())
		if d.collect() == 0 {
			return
		}
	}
}
