package engine

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/sys"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

// eventBatch is how many events one epoll_wait returns at most.
const eventBatch = 256

// wakeToken marks the closer's event among those of connections.
const wakeToken int32 = -1

const (
	watchRead  = unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLET
	watchWrite = watchRead | unix.EPOLLOUT
)

// epoll is the driver on non-blocking sockets and epoll(7).
type epoll struct {
	*worker
	poller  *sys.Poller
	fds     []int    // of each connection
	sockets *sockets // by their descriptors
	// oneMessage says that a connection has nothing to send after its first message.
	oneMessage bool
	// parks says that a socket that was closed with FIN is kept for another connection.
	parks bool
}

// Epoll is the engine on non-blocking sockets and epoll(7).
//
// It writes the request right after connect(2): across a veth pair or a fast
// link the handshake is over by then, which saves a wait for it.
func Epoll(t Task) error {
	d, err := newEpoll(t)
	if err != nil {
		return fmt.Errorf("start epoll engine: %w", err)
	}
	defer d.poller.Close()
	d.run(d)
	return nil
}

func newEpoll(t Task) (*epoll, error) {
	poller, e := sys.NewPoller(eventBatch)
	if e == unix.ENOSYS {
		return nil, fmt.Errorf("epoll_pwait2 needs Linux 5.11: %w", e)
	}
	if e != 0 {
		return nil, os.NewSyscallError("epoll_create1", e)
	}
	w, err := newWorker(t)
	if err != nil {
		poller.Close()
		return nil, err
	}
	d := &epoll{worker: w, poller: poller, fds: make([]int, t.Concurrency), sockets: newSockets(poller, t.Concurrency),
		oneMessage: t.Plan.Mode == scenario.ModeShort && t.Plan.First.Messages() <= 1,
		parks:      t.Plan.Keep && t.Plan.Parked > 0 && t.Plan.Closing.AtOnce() && !t.Plan.Linger.On}
	if w.closer == nil {
		return d, nil
	}
	if e := poller.Add(w.closer.wake, unix.EPOLLIN|unix.EPOLLET, wakeToken); e != 0 {
		w.closer.stop(true)
		poller.Close()
		return nil, fmt.Errorf("watch closes: %w", os.NewSyscallError("epoll_ctl", e))
	}
	return d, nil
}

func (d *epoll) socket(i int32) metrics.Failure {
	if fd, ok := d.sockets.again(i); ok {
		d.fds[i] = fd
		return metrics.Failure{}
	}
	fd, e := sys.Socket(d.dialer.family())
	if e != 0 {
		return metrics.Failure{Call: metrics.CallSocket, Errno: e}
	}
	d.fds[i] = fd
	d.sockets.add(fd, i)
	for o := range d.dialer.options {
		if e := d.dialer.options[o].Set(fd); e != 0 {
			d.discard(i)
			return metrics.Failure{Call: metrics.CallSetsockopt, Errno: e}
		}
	}
	if d.parks {
		tell := sys.TellLeft()
		_ = tell.Set(fd) // where there is none, each socket is looked at
	}
	return metrics.Failure{}
}

func (d *epoll) bind(i int32, a *sys.Address) syscall.Errno { return d.sockets.bind(d.fds[i], a) }

func (d *epoll) connect(i int32, a *sys.Address) syscall.Errno {
	if e := sys.Connect(d.fds[i], a); e != unix.EINPROGRESS {
		return e
	}
	return 0
}

func (d *epoll) localPort(i int32) uint16 { return sys.LocalPort(d.fds[i]) }

func (d *epoll) discard(i int32) {
	d.sockets.remove(d.fds[i])
	if d.closer != nil {
		d.closer.discard(d.fds[i])
	} else {
		sys.Close(d.fds[i])
	}
}

func (d *epoll) end() { d.sockets.close() }

func (d *epoll) serve(patience time.Duration) {
	for _, ev := range d.poller.Wait(patience) {
		if ev.Fd == wakeToken {
			d.collectClosed()
			continue
		}
		if i := d.sockets.owner(ev.Fd); i != none {
			d.advance(i, ev.Events)
		}
	}
	if d.sockets.parked.head != none {
		d.sockets.expire(d.now())
	}
}

// start writes the request in the hope that the handshake is over, and
// watches the socket.
func (d *epoll) start(i int32) {
	c := &d.conns[i]
	watch := uint32(watchWrite)
	if d.openings != nil {
		if e := d.introduce(i); e != 0 {
			d.fail(i, metrics.CallConnect, e)
			return
		}
	}
	if len(d.message(i)) > 0 {
		n, e := sys.Send(d.fds[i], d.message(i))
		switch {
		case e == 0:
			d.established(i, c.began+c.call)
			if !d.sent(i, n) {
				return // nothing to wait for, and the connection is done
			}
			if c.state == receiving && d.oneMessage {
				watch = watchRead
			}
		case e != unix.EAGAIN:
			d.fail(i, connectOrSend(e), e)
			return
		}
	}
	if e := d.sockets.watch(d.fds[i], watch); e != 0 {
		d.fail(i, metrics.CallEpoll, e)
	}
}

// introduce has connection i begin with the header of the PROXY protocol, before its
// request.
func (d *epoll) introduce(i int32) syscall.Errno {
	local, e := sys.Local(d.fds[i])
	if e == 0 {
		d.openings[i] = append(d.Plan.header(d.openings[i][:0], local, d.conns[i].number), d.message(i)...)
		d.conns[i].introduces = true
	}
	return e
}

// advance goes on with connection i after events. The poller reports each of
// them once, so what has arrived already must be read now, also when the
// connection was waiting for something else.
func (d *epoll) advance(i int32, events uint32) {
	c := &d.conns[i]
	c.hungUp = c.hungUp || events&unix.EPOLLRDHUP != 0
	switch c.state {
	case connecting:
		d.connected(i)
	case sending:
		if events&^unix.EPOLLOUT != 0 && !d.Plan.Closing.Unread {
			// First: an answer that is there is not lost by a send that fails, and a server may
			// read on only when its answer is read.
			d.receive(i)
		}
		if c.state == sending {
			d.send(i)
		}
	case ending:
		d.awaitEnd(i)
		return
	}
	if events&^unix.EPOLLOUT == 0 {
		return
	}
	switch {
	case c.state == receiving && d.Plan.Closing.Unread:
		d.leaveUnread(i)
	case c.state == receiving || c.state == holding:
		d.receive(i)
	}
}

// leaveUnread begins the close when the answer has begun to arrive.
func (d *epoll) leaveUnread(i int32) {
	readable, e := sys.Readable(d.fds[i])
	switch {
	case readable:
		d.begunToArrive(i)
	case e == unix.EAGAIN || e == unix.EINTR:
	default:
		d.received(i, nil, e)
	}
}

// connected handles the end of a handshake that was not over at once.
func (d *epoll) connected(i int32) {
	if e := sys.SocketError(d.fds[i]); e != 0 {
		d.fail(i, metrics.CallConnect, e)
		return
	}
	d.establishedLate(i)
	if d.conns[i].left == 0 {
		d.requestDone(i)
		return
	}
	d.send(i)
}

func (d *epoll) ask(i int32) bool {
	d.send(i)
	return d.conns[i].state == sending || d.conns[i].state == receiving
}

// send writes what is left of the request.
func (d *epoll) send(i int32) {
	message := d.message(i)
	n, e := sys.Send(d.fds[i], message[len(message)-d.conns[i].left:])
	switch e {
	case 0:
		d.sent(i, n)
	case unix.EAGAIN, unix.EINTR:
	default:
		d.notSent(i, e)
	}
}

// notSent handles a send that failed. What the peer had sent before its reset
// can be read all the same (tcp_reset leaves the queue of what arrived alone),
// and an answer that is whole is one: curl, which looks for something to read
// before it writes, has it too.
func (d *epoll) notSent(i int32, e syscall.Errno) {
	for d.Plan.HTTP != nil {
		n, end := d.recv(d.fds[i])
		if end != 0 || n == 0 {
			break
		}
		if !d.received(i, d.buffer[:n], 0) {
			return
		}
	}
	d.broken(i, metrics.CallSend, e)
}

// receive reads what is there, of an answer or on a connection that is held.
func (d *epoll) receive(i int32) {
	for {
		n, e := d.recv(d.fds[i])
		if e == unix.EAGAIN || e == unix.EINTR {
			return
		}
		if !d.arrivedFor(i, d.buffer[:n], e) {
			return
		}
	}
}

// recv reads what is there; 0 bytes with an error. Where sockets are parked, it matters
// whether that was all.
func (d *epoll) recv(fd int) (int, syscall.Errno) {
	if d.parks {
		return d.sockets.recv(fd, d.buffer)
	}
	n, e := sys.Recv(fd, d.buffer)
	if e != 0 {
		return 0, e
	}
	d.sockets.read(fd, n)
	return n, 0
}

func (d *epoll) finishWriting(i int32) syscall.Errno { return sys.ShutdownWrite(d.fds[i]) }

func (d *epoll) awaitEnd(i int32) bool {
	n, e := sys.Recv(d.fds[i], d.buffer)
	if e == unix.EAGAIN || e == unix.EINTR {
		return true
	}
	d.ended(i, n, e)
	return false
}

func (d *epoll) close(i int32) {
	fd := d.fds[i]
	if d.closer != nil {
		d.sockets.remove(fd)
		d.closer.close(i, fd)
		return
	}
	var e syscall.Errno
	if !d.Plan.Keep || !d.sockets.keep(fd, d.Plan, d.conns[i].closed) {
		d.sockets.remove(fd)
		e = sys.Close(fd)
	}
	d.closedWith(i, e, d.now())
}
