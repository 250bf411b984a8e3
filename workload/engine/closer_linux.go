package engine

import (
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/sys"
)

const (
	// closerThreads bounds the closes that block at a time; further ones
	// wait their turn, which their close latency shows.
	closerThreads = 256
)

// closer calls close(2) on other threads: with a linger time it blocks until
// the peer has acknowledged everything or the time is over, even on a
// non-blocking socket, and the worker's other connections must not stall.
type closer struct {
	wake    int  // an eventfd that the worker watches
	block   bool // whether sockets are made blocking before they are closed
	jobs    chan closeJob
	threads sync.WaitGroup

	mu          sync.Mutex // guards done
	done, spare []closeDone
}

type closeJob struct {
	conn int32 // none: nobody waits for it
	fd   int
}

type closeDone struct {
	conn  int32
	errno syscall.Errno
	at    time.Time
}

// newCloser starts threads for the closes of that many connections; stop
// ends them. block says which kind of socket is closed: io_uring makes blocking
// ones, epoll does not.
func newCloser(connections int, block bool) (*closer, error) {
	wake, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("eventfd", err)
	}
	c := &closer{wake: wake, block: block, jobs: make(chan closeJob, 2*connections)}
	for range min(connections, closerThreads) {
		c.threads.Go(c.run)
	}
	return c, nil
}

func (c *closer) run() {
	runtime.LockOSThread() // for good: the thread ends with its signal mask
	_ = sys.BlockSignals() // it fails for a bad argument only
	one := [8]byte{1}      // an eventfd adds a 64-bit number; any byte order will do
	for j := range c.jobs {
		_ = unix.SetNonblock(j.fd, !c.block) // fcntl(2) has no error for an open socket
		e := sys.CloseBlocking(j.fd)
		if j.conn == none {
			continue
		}
		c.mu.Lock()
		c.done = append(c.done, closeDone{j.conn, e, time.Now()})
		c.mu.Unlock()
		_, _ = unix.Write(c.wake, one[:]) // only a full counter, 2^64, could refuse it
	}
}

// close closes fd and reports it as connection i's.
func (c *closer) close(i int32, fd int) { c.jobs <- closeJob{i, fd} }

// discard closes fd, and nobody is told.
func (c *closer) discard(fd int) {
	select {
	case c.jobs <- closeJob{none, fd}:
	default: // the queue is full: better to block here than to leak
		sys.CloseBlocking(fd)
	}
}

// collect returns the closes that are done. The slice is valid until the
// next call.
func (c *closer) collect() []closeDone {
	c.mu.Lock()
	defer c.mu.Unlock()
	done := c.done
	c.done, c.spare = c.spare[:0], done
	return done
}

// stop ends the threads; with wait it returns when all closes are done.
func (c *closer) stop(wait bool) {
	close(c.jobs)
	if wait {
		c.threads.Wait()
		unix.Close(c.wake)
	}
}
