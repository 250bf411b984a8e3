package engine

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/sys"
)

const (
	// parkedFor is how long each does at most. close(2) would let the kernel end its
	// FIN_WAIT_2 after tcp_fin_timeout; a socket of a program stays in it for good.
	parkedFor = 200 * time.Millisecond

	// keptBytes is how much a socket that is kept may have received: from its initial
	// window on (TCP_INIT_CWND segments) its receive buffer grows with what it reads
	// (tcp_rcv_space_adjust), and its next SYN would offer a wider window than a fresh
	// one's.
	keptBytes = 10 << 10
)

// sockets are those of the epoll driver, by their descriptors. One whose connection is
// over is kept for another where the plan says so: connect(2) with AF_UNSPEC leaves what
// a fresh socket is, and costs less than close(2), socket(2), setsockopt(2) and
// epoll_ctl(2), while the same packets are sent.
//
// Whatever is not as expected is closed: an error, data that nobody asked for, a FIN
// that is not acknowledged yet.
type sockets struct {
	poller *sys.Poller
	all    []socket      // indexed by descriptor
	bound  []sys.Address // the same, where sources are bound
	free   []int32       // disconnected, the latest last
	parked fifo          // closed with FIN before the peer's has come, the longest first
}

// socket is what is known of one descriptor.
type socket struct {
	conn       int32  // whose it is; none where it is parked or free
	watched    uint32 // what the poller reports of it; 0 is nothing
	received   int32  // bytes, as far as keptBytes
	drained    bool   // nothing was left to read, nor a FIN, when something was last read
	since      time.Duration
	prev, next int32
}

// fifo is a list of parked sockets, threaded through their links.
type fifo struct {
	head, tail int32
	n          int
}

// newSockets are none yet, of so many connections.
func newSockets(p *sys.Poller, connections int) *sockets {
	return &sockets{poller: p, all: make([]socket, 0, connections+16), parked: fifo{none, none, 0}}
}

// add takes in a fresh socket of connection i.
func (s *sockets) add(fd int, i int32) {
	for fd >= len(s.all) {
		s.all = append(s.all, socket{conn: none})
	}
	s.all[fd] = socket{conn: i}
	if fd < len(s.bound) {
		s.bound[fd] = sys.Address{}
	}
}

// again is a kept socket for connection i; false where there is none.
func (s *sockets) again(i int32) (fd int, ok bool) {
	if len(s.free) == 0 && !s.reclaim() {
		return 0, false
	}
	last := len(s.free) - 1
	fd, s.free = int(s.free[last]), s.free[:last]
	s.all[fd].conn, s.all[fd].drained = i, false
	return fd, true
}

// reclaim has the socket that has been parked for the longest, if it is over.
func (s *sockets) reclaim() bool {
	fd := s.parked.head
	if fd == none || !sys.Over(int(fd)) {
		return false
	}
	s.unpark(fd)
	if s.release(int(fd)) {
		return true
	}
	s.closeOne(fd)
	return false
}

// remove forgets a socket that is to be closed.
func (s *sockets) remove(fd int) { s.all[fd] = socket{conn: none} }

// owner is the connection of a socket that has an event; none where it has none any
// more.
func (s *sockets) owner(token int32) int32 { return s.all[token].conn }

// watch has the poller report events of a socket, beside those that it reports already.
func (s *sockets) watch(fd int, events uint32) syscall.Errno {
	one := &s.all[fd]
	var e syscall.Errno
	switch {
	case one.watched == 0:
		e = s.poller.Add(fd, events, int32(fd))
	case events&^one.watched != 0:
		e = s.poller.Change(fd, events|one.watched, int32(fd))
	}
	one.watched |= events
	return e
}

// bind is bind(2), unless the socket has that address already: one that is
// disconnected keeps it, and gives up its port.
func (s *sockets) bind(fd int, a *sys.Address) syscall.Errno {
	for fd >= len(s.bound) {
		s.bound = append(s.bound, sys.Address{})
	}
	if s.bound[fd] == *a {
		return 0
	}
	e := sys.Bind(fd, a)
	if e == 0 {
		s.bound[fd] = *a
	}
	return e
}

// read notes that n bytes were read from a socket.
func (s *sockets) read(fd, n int) {
	one := &s.all[fd]
	one.received = int32(min(int(one.received)+n, keptBytes+1))
}

// keep ends the connection of a socket as close(2) would, and keeps the socket; false
// where it has to be closed.
func (s *sockets) keep(fd int, p *Plan, now time.Duration) bool {
	switch {
	case s.all[fd].received > keptBytes:
		return false
	case p.Linger.Reset():
		return s.release(fd)
	case p.Closing.AtOnce():
		// With something unread, close(2) sends RST.
		if !s.isDrained(fd) || s.parked.n >= p.Parked || sys.Shutdown(fd) != 0 {
			return false
		}
		s.park(int32(fd), now)
		return true
	case p.Closing.ServerFirst && sys.Shutdown(fd) != 0, !sys.Over(fd):
		return false
	default:
		return s.release(fd)
	}
}

// isDrained reports whether nothing is to be read, nor a FIN.
func (s *sockets) isDrained(fd int) bool {
	if s.all[fd].drained {
		return true
	}
	_, e := sys.Readable(fd)
	return e == unix.EAGAIN
}

// recv is recv(2) on a socket, of which is known then whether it is drained; 0 bytes with
// an error.
func (s *sockets) recv(fd int, p []byte) (int, syscall.Errno) {
	n, left, known, e := sys.RecvLeft(fd, p)
	if e != 0 {
		return 0, e
	}
	s.all[fd].drained = known && !left
	s.read(fd, n)
	return n, 0
}

// release disconnects a socket and has it for another connection.
func (s *sockets) release(fd int) bool {
	if sys.Disconnect(fd) != 0 {
		return false
	}
	s.all[fd].conn = none
	s.free = append(s.free, int32(fd))
	return true
}

// park has a socket wait for its peer's FIN.
func (s *sockets) park(fd int32, now time.Duration) {
	one := &s.all[fd]
	one.conn, one.since = none, now
	one.prev, one.next = s.parked.tail, none
	if s.parked.tail == none {
		s.parked.head = fd
	} else {
		s.all[s.parked.tail].next = fd
	}
	s.parked.tail = fd
	s.parked.n++
}

func (s *sockets) unpark(fd int32) {
	one := &s.all[fd]
	if one.prev == none {
		s.parked.head = one.next
	} else {
		s.all[one.prev].next = one.next
	}
	if one.next == none {
		s.parked.tail = one.prev
	} else {
		s.all[one.next].prev = one.prev
	}
	s.parked.n--
}

// expire closes the sockets that have been parked for too long.
func (s *sockets) expire(now time.Duration) {
	for fd := s.parked.head; fd != none && s.all[fd].since+parkedFor <= now; fd = s.parked.head {
		s.unpark(fd)
		s.closeOne(fd)
	}
}

func (s *sockets) closeOne(fd int32) {
	s.remove(int(fd))
	sys.Close(int(fd))
}

// close closes those that are of no connection.
func (s *sockets) close() {
	for _, fd := range s.free {
		s.closeOne(fd)
	}
	s.free = nil
	for s.parked.head != none {
		fd := s.parked.head
		s.unpark(fd)
		s.closeOne(fd)
	}
}
