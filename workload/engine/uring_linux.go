package engine

import (
	"fmt"
	"runtime"
	"syscall"
	"time"

	"tcpbench/internal/sys"
	"tcpbench/internal/uring"
	"tcpbench/metrics"
)

// ringOperations is how many operations one enter starts at most.
const ringOperations = 128

// The kernel receives into buffers of its choice: a held connection that waits
// has none.
const (
	ringBuffers    = 512
	ringBufferSize = 8 << 10
)

// ring is the driver on io_uring(7), for connections that are held: one receive
// stands for all of a connection's, and one enter starts the requests of many.
// connect(2) is alone in its enter, with the request linked to it.
//
// Note: tried sockets a batch ahead, receives of one answer and closes in batches, for
// short connections: no less CPU than epoll's with fresh sockets, 1.17 of that with kept
// ones; whole chains of eight connections to an enter: 0.89, and no connect(2) has a
// time of its own then, in which the knee is found.
type ring struct {
	*worker
	ring    *uring.Ring
	buffers *uring.Buffers
	slots   []slot  // of each connection
	arms    []int32 // connections that are to wait for what arrives
	begun   int32   // the connection that start is about
	err     error   // the ring is of no more use
}

// slot is what the driver knows of a connection's socket.
type slot struct {
	life    uint32 // counts the sockets that were in the slot; tells late completions
	arm     bool   // it is among arms
	armed   bool   // a receive is under way
	ends    bool   // to be closed when that receive has ended
	failure metrics.Failure
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
	if d.buffers, err = r.ProvideBuffers(ringBuffers, ringBufferSize); err != nil {
		d.free()
		return nil, err
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
	d.armAll()
	d.check(d.ring.Poll())
	if d.collect() == 0 && patience > 0 {
		d.check(d.ring.Wait(patience))
		d.collect()
	}
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

// socket makes a socket in the slot of connection i.
func (d *ring) socket(i int32) metrics.Failure {
	d.next().Socket(i, d.dialer.family()).Tag(d.tag(i, opSocket), uring.SkipOnSuccess)
	for o := range d.dialer.options {
		d.next().Setsockopt(i, &d.dialer.options[o]).Tag(d.tag(i, opSetsockopt), uring.SkipOnSuccess)
	}
	d.submit() // also what an attempt before has left: connect is to be alone
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

// localPort is not known: a direct descriptor has no number that getsockname(2) takes.
func (d *ring) localPort(int32) uint16 { return 0 }

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
	if d.talks != nil { // what comes next depends on it
		d.send(i)
		return true
	}
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
	d.next().TakeAll(i).Tag(d.tag(i, opRecv), 0)
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
	if s.armed {
		s.ends = true
		d.next().CancelTagged(d.tag(i, opRecv)).Tag(d.tag(i, opNone), uring.SkipOnSuccess)
		return
	}
	d.closeNow(i)
}

func (d *ring) closeNow(i int32) {
	d.leave(i)
	if d.closer != nil {
		d.handOver(i, opInstall)
		return
	}
	if d.ring.Pending() { // the close is to be alone, for a time of its own
		d.check(d.ring.Submit())
	}
	d.next().Close(i).Tag(d.tag(i, opNone), uring.SkipOnSuccess)
	d.check(d.ring.Submit())
	d.closedWith(i, 0, d.now())
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

// end ends what is under way.
func (d *ring) end() {
	d.next().CancelAny().Tag(d.tag(0, opNone), 0)
	for d.err == nil {
		d.check(d.ring.Poll())
		if d.collect() == 0 {
			return
		}
	}
}
