package target

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/sys"
)

const (
	// acceptBatch is how many connections are accepted before those that
	// are open get their turn.
	acceptBatch = 64

	// acceptPause is how long a thread that cannot accept for lack of file
	// descriptors leaves its listeners alone.
	acceptPause = time.Millisecond

	readBuffer = 64 << 10
	eventBatch = 256
)

// loop is one thread of the server.
type loop struct {
	poller     *sys.Poller
	listeners  map[int]bool
	stop       int
	newSession func() session
	keepOpen   bool
	unread     bool
	unanswered bool
	conns      []*conn // by descriptor
	unused     []*conn
	buffer     []byte
	idle       idleList
	stats      Stats

	spin        spin
	meter       *meter
	epoch       time.Time // of the spin's clock
	preemptions int64     // of the thread, when they were last read
}

// conn is one accepted connection.
type conn struct {
	fd      int
	session session
	out     []byte // what is still to be sent; shared
	last    bool   // close when it is
	watched bool   // the poller knows it
	drained bool   // nothing is there to read, or it will be reported
	ended   bool   // the peer has sent its last
	kept    bool   // and this end stays open all the same

	moved      time.Time // when something was last sent or received
	prev, next *conn     // in the idleList
}

func newLoop(c Config, newSession func() session, listeners []int, stop int, m *meter) (*loop, error) {
	poller, e := sys.NewPoller(eventBatch)
	if e != 0 {
		return nil, os.NewSyscallError("epoll_create1", e)
	}
	l := &loop{
		poller:     poller,
		listeners:  map[int]bool{},
		stop:       stop,
		newSession: newSession,
		keepOpen:   c.KeepOpen,
		unread:     c.Unread,
		unanswered: c.Unanswered,
		buffer:     make([]byte, readBuffer),
		idle:       idleList{timeout: c.IdleTimeout},

		spin:        spin{on: c.Spin},
		meter:       m,
		epoch:       time.Now(),
		preemptions: sys.Preemptions(),
	}
	for _, fd := range append(listeners, stop) {
		// Level-triggered: what one round leaves in the queue is reported again.
		if e := poller.Add(fd, unix.EPOLLIN, int32(fd)); e != 0 {
			poller.Close()
			return nil, os.NewSyscallError("epoll_ctl", e)
		}
	}
	for _, fd := range listeners {
		l.listeners[fd] = true
	}
	return l, nil
}

// run serves until the stop descriptor becomes readable, and then as long as
// something is there that has arrived: what a client sent counts as delivered
// also when it is read last.
func (l *loop) run() {
	defer l.close()
	for patience := time.Hour; ; {
		work, stop := l.turn(patience)
		if stop {
			patience = 0
		}
		if stop && !work {
			return
		}
	}
}

// turn handles what is there, waiting so long for the first event; it reports
// whether there was something, and whether the server is to stop.
func (l *loop) turn(patience time.Duration) (work, stop bool) {
	events := l.wait(min(patience, l.idle.patience()))
	l.idle.tick()
	for _, ev := range events {
		fd := int(ev.Fd)
		switch c := l.open(fd); {
		case c != nil:
			l.happened(c, ev.Events)
		case fd == l.stop:
			stop = true
			continue
		case l.listeners[fd]:
			l.accept(fd)
		}
		work = true
	}
	for c := l.idle.expired(); c != nil; c = l.idle.expired() {
		l.end(c)
	}
	return work, stop
}

// open is the connection of a descriptor; nil where it has none, or a close earlier in
// this turn has ended it.
func (l *loop) open(fd int) *conn {
	if fd < len(l.conns) {
		return l.conns[fd]
	}
	return nil
}

func (l *loop) accept(listener int) {
	for range acceptBatch {
		fd, e := sys.Accept(listener)
		switch e {
		case 0:
		case unix.EAGAIN:
			return
		case unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM:
			l.stats.Errors++
			pause(acceptPause)
			return
		default: // the connection died in the queue
			l.stats.Errors++
			continue
		}
		l.stats.Accepted++
		l.drive(l.admit(fd))
	}
}

// pause sleeps without the Go scheduler's own poller, which needs a file
// descriptor when it is used for the first time: there is none left.
func pause(d time.Duration) {
	ts := unix.NsecToTimespec(int64(d))
	_ = unix.Nanosleep(&ts, nil) // a signal may end it early
}

// admit makes a conn for a descriptor.
func (l *loop) admit(fd int) *conn {
	for fd >= len(l.conns) {
		l.conns = append(l.conns, nil)
	}
	var c *conn
	if n := len(l.unused); n > 0 {
		c, l.unused = l.unused[n-1], l.unused[:n-1]
		c.session.reset()
		*c = conn{fd: fd, session: c.session}
	} else {
		c = &conn{fd: fd, session: l.newSession()}
	}
	l.conns[fd] = c
	l.idle.touch(c)
	return c
}

// happened goes on with a connection after events.
func (l *loop) happened(c *conn, events uint32) {
	if c.kept {
		l.keep(c, events)
		return
	}
	if l.unread {
		l.refuse(c, events)
		return
	}
	c.drained = false
	c.ended = c.ended || events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0
	l.drive(c)
}

// drive goes on with a connection as far as it goes without waiting.
func (l *loop) drive(c *conn) {
	for {
		if len(c.out) > 0 {
			if !l.send(c) {
				return
			}
			continue
		}
		if c.last {
			l.end(c)
			return
		}
		answer, last, ok := c.session.next()
		if ok && l.unanswered {
			l.end(c)
			return
		}
		if ok {
			l.stats.Requests++
			c.out, c.last = answer, last
			continue
		}
		if !l.receive(c) {
			return
		}
	}
}

// send writes what it can; it reports whether to go on now.
func (l *loop) send(c *conn) bool {
	n, e := sys.Send(c.fd, c.out)
	switch e {
	case 0:
		l.idle.touch(c)
		l.stats.BytesSent += int64(n)
		c.out = c.out[n:]
		return true
	case unix.EINTR:
		return true
	case unix.EAGAIN:
		return l.watch(c)
	default:
		l.fail(c, e)
		return false
	}
}

// receive reads what is there; it reports whether to go on now.
func (l *loop) receive(c *conn) bool {
	if c.drained || l.unread {
		return l.watch(c)
	}
	n, e := sys.Recv(c.fd, l.buffer)
	switch {
	case e == unix.EINTR:
		return true
	case e == unix.EAGAIN:
		return l.watch(c)
	case e != 0:
		l.fail(c, e)
		return false
	case n == 0 && l.keepOpen:
		c.kept = true
		return l.watch(c)
	case n == 0:
		l.end(c)
		return false
	}
	l.idle.touch(c)
	l.stats.BytesReceived += int64(n)
	c.session.feed(l.buffer[:n])
	// Less than there is room for is all there was, and what comes later is
	// reported; the end of the stream may have been reported with it already.
	c.drained = n < len(l.buffer) && !c.ended
	return true
}

// keep ends a connection that is kept open when the peer has reset it: a new
// one from the same port found this end, whose answer to its SYN it refused.
func (l *loop) keep(c *conn, events uint32) {
	if events&(unix.EPOLLERR|unix.EPOLLHUP) != 0 {
		l.stats.Resets++
		l.end(c)
	}
}

// refuse ends a connection on which something has arrived, which stays unread.
func (l *loop) refuse(c *conn, events uint32) {
	if events&(unix.EPOLLIN|unix.EPOLLERR|unix.EPOLLHUP) != 0 {
		l.end(c)
	}
}

// watch has the poller tell when the connection can go on. Adding reports
// what is there already, so nothing is missed. It returns false: wait now.
func (l *loop) watch(c *conn) bool {
	if c.watched {
		return false
	}
	c.watched = true
	if e := l.poller.Add(c.fd, unix.EPOLLIN|unix.EPOLLOUT|unix.EPOLLRDHUP|unix.EPOLLET, int32(c.fd)); e != 0 {
		l.fail(c, e)
	}
	return false
}

func (l *loop) fail(c *conn, e unix.Errno) {
	if e == unix.ECONNRESET || e == unix.EPIPE {
		l.stats.Resets++
	} else {
		l.stats.Errors++
	}
	l.end(c)
}

func (l *loop) end(c *conn) {
	sys.Close(c.fd)
	l.idle.remove(c)
	l.conns[c.fd] = nil
	l.unused = append(l.unused, c)
}

func (l *loop) close() {
	for _, c := range l.conns {
		if c != nil {
			sys.Close(c.fd)
		}
	}
	l.poller.Close()
}
