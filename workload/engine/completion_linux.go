package engine

import (
	"syscall"

	"golang.org/x/sys/unix"

	"tcpbench/internal/uring"
	"tcpbench/metrics"
)

// ringOp says which operation of a connection has completed.
type ringOp uint8

const (
	opNone ringOp = iota // nobody waits for it
	opSocket
	opSetsockopt
	opBind
	opConnect
	opSend
	opAsk // a send that completes only where it fails
	opRecv
	opShutdown
	opInstall // for the closer
	opDiscard // for the closer, and nobody is told
	opWake    // the closer has closed
)

// call is the system call that the operation stands for.
func (op ringOp) call() metrics.Call {
	switch op {
	case opSocket:
		return metrics.CallSocket
	case opSetsockopt:
		return metrics.CallSetsockopt
	case opBind:
		return metrics.CallBind
	case opConnect:
		return metrics.CallConnect
	case opSend, opAsk:
		return metrics.CallSend
	case opShutdown:
		return metrics.CallShutdown
	default:
		return metrics.CallRecv
	}
}

// tag marks an operation of connection i: the operation in 8 bits, the
// connection in 24, which scenario.MaxConcurrency fits, and its life in 32.
func (d *ring) tag(i int32, op ringOp) uint64 {
	return uint64(d.slots[i].life)<<32 | uint64(i)<<8 | uint64(op)
}

// complete handles one completion.
func (d *ring) complete(c uring.CQE) {
	op, i, life := ringOp(c.UserData), int32(c.UserData>>8&0xffffff), uint32(c.UserData>>32)
	n, e := int(c.Res), syscall.Errno(0)
	if n < 0 {
		n, e = 0, syscall.Errno(-c.Res)
	}
	switch {
	case op == opWake:
		d.woken(c)
	case op == opDiscard:
		if e == 0 {
			d.closer.discard(n)
		}
	case op == opRecv:
		d.arrived(i, life, c, e)
	case op == opNone || life != d.slots[i].life:
		// a late completion of a connection that is over
	case op == opInstall:
		d.installed(i, n, e)
	default:
		d.progress(i, op, n, e)
	}
}

// arrived handles a receive of connection i in the given life.
func (d *ring) arrived(i int32, life uint32, c uring.CQE, e syscall.Errno) {
	p, id, taken := d.buffers.Taken(c)
	if taken {
		defer d.buffers.Return(id)
	}
	if life != d.slots[i].life {
		return // the connection is over
	}
	s := &d.slots[i]
	s.armed = c.More()
	if s.ends {
		if !s.armed {
			d.closeNow(i)
		}
		return
	}
	if e != unix.ENOBUFS {
		d.arrivedFor(i, p, e)
	}
	if life == d.slots[i].life && d.waits(i) {
		d.arm(i)
	}
}

// waits reports whether connection i has something to receive yet.
func (d *ring) waits(i int32) bool {
	switch d.conns[i].state {
	case sending, receiving, holding, ending:
		return true
	default:
		return false
	}
}

// progress goes on with connection i after one of its operations.
func (d *ring) progress(i int32, op ringOp, n int, e syscall.Errno) {
	c := &d.conns[i]
	switch {
	case c.state == free:
		if f := &d.slots[i].failure; f.Errno == 0 {
			*f = metrics.Failure{Call: op.call(), Errno: e}
		}
	case op == opConnect:
		d.connected(i, e)
	case op == opSend:
		d.written(i, n, e)
	case op == opAsk:
		d.notAsked(i, n, e)
	case e != 0:
		d.fail(i, op.call(), e)
	}
}

// notAsked handles a request that was not written whole; after n bytes of it,
// the receive tells why.
func (d *ring) notAsked(i int32, n int, e syscall.Errno) {
	d.conns[i].rec.BytesSent -= int64(len(d.message(i)) - n)
	if e != 0 {
		d.broken(i, metrics.CallSend, e)
	}
}

// connected handles a connect that has completed.
func (d *ring) connected(i int32, e syscall.Errno) {
	switch {
	case e != 0:
		d.fail(i, metrics.CallConnect, e)
		return
	case i == d.begun:
		c := &d.conns[i]
		d.established(i, c.began+c.call)
	default:
		d.establishedLate(i)
	}
	d.arm(i) // already: a server may read on only when its answer is read
	if len(d.message(i)) == 0 && d.requestDone(i) {
		d.goOn(i)
	}
}

// written handles a send that wrote n bytes or failed.
func (d *ring) written(i int32, n int, e syscall.Errno) {
	if e != 0 {
		d.broken(i, metrics.CallSend, e)
		return
	}
	if d.sent(i, n) {
		d.goOn(i)
	}
}

// goOn prepares what a connection in its state waits for.
func (d *ring) goOn(i int32) {
	switch d.conns[i].state {
	case sending:
		d.send(i)
	case receiving, holding:
		d.arm(i)
	}
}

// installed passes a socket on to the closer.
func (d *ring) installed(i int32, fd int, e syscall.Errno) {
	if e != 0 {
		d.closedWith(i, e, d.now())
		return
	}
	d.closer.close(i, fd)
}

func (d *ring) watchCloser() {
	d.next().Watch(d.closer.wake).Tag(d.tag(0, opWake), 0)
}

func (d *ring) woken(c uring.CQE) {
	if c.Res < 0 {
		return // the end of the ring
	}
	if !c.More() {
		d.watchCloser()
	}
	d.collectClosed()
}
