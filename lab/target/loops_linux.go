package target

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"tcpbench/internal/sys"
)

// loopServer is a server whose threads are loops of our own.
type loopServer struct {
	config    Config
	speak     sessions
	listeners [][]int // of each thread
	stop      int     // an eventfd that wakes every thread

	mu    sync.Mutex // guards stats
	stats Stats
}

// listenLoops opens the sockets of every thread.
func listenLoops(c Config, speak sessions) (Server, error) {
	stop, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", os.NewSyscallError("eventfd", err))
	}
	c.Listen = slices.Clone(c.Listen)
	if c.Meters == nil {
		c.Meters = new(Meters)
	}
	s := &loopServer{config: c, speak: speak, stop: stop}
	for range c.Threads {
		fds, err := listenAll(c.Listen)
		s.listeners = append(s.listeners, fds)
		if err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

// Addrs implements [Server].
func (s *loopServer) Addrs() []netip.AddrPort { return s.config.Listen }

// listenAll opens one listener an address. SO_REUSEPORT lets every thread
// have its own, and the kernel shares out the connections. Ports that were
// left to the kernel are filled in, so that the next thread uses the same.
func listenAll(addrs []netip.AddrPort) ([]int, error) {
	var fds []int
	for i, a := range addrs {
		fd, err := listen(a)
		if err != nil {
			return fds, fmt.Errorf("listen on %s: %w", a, err)
		}
		fds = append(fds, fd)
		if a.Port() == 0 {
			addrs[i] = netip.AddrPortFrom(a.Addr(), boundPort(fd))
		}
	}
	return fds, nil
}

func listen(a netip.AddrPort) (int, error) {
	family := unix.AF_INET6
	if a.Addr().Is4() {
		family = unix.AF_INET
	}
	fd, e := sys.Socket(family)
	if e != 0 {
		return -1, os.NewSyscallError("socket", e)
	}
	addr := sys.NewAddress(a)
	reuseAddr := sys.IntOption(unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	reusePort := sys.IntOption(unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	err := errors.Join(
		os.NewSyscallError("setsockopt", asError(reuseAddr.Set(fd))),
		os.NewSyscallError("setsockopt", asError(reusePort.Set(fd))),
		os.NewSyscallError("bind", asError(sys.Bind(fd, &addr))),
	)
	if err == nil {
		err = os.NewSyscallError("listen", unix.Listen(fd, Backlog))
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// boundPort is the port that a listener was given, 0 if that cannot be read.
func boundPort(fd int) uint16 {
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return 0
	}
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return uint16(sa.Port)
	case *unix.SockaddrInet6:
		return uint16(sa.Port)
	}
	return 0
}

// asError makes a nil error of errno 0.
func asError(e unix.Errno) error {
	if e == 0 {
		return nil
	}
	return e
}

// Serve implements [Server].
func (s *loopServer) Serve(ctx context.Context) error {
	defer s.close()
	var threads sync.WaitGroup
	errs := make([]error, s.config.Threads)
	for i := range s.config.Threads {
		threads.Go(func() {
			errs[i] = s.onThread(func() error { return s.serveThread(i) })
		})
	}
	stopWaiting := context.AfterFunc(ctx, s.wake)
	threads.Wait()
	stopWaiting()
	return errors.Join(errs...)
}

// onThread runs f on a thread of its own; of several each has files of its own, so that
// together they have more connections than the limit of open files.
func (s *loopServer) onThread(f func() error) (err error) {
	if s.config.Threads > 1 {
		apart := sys.Apart(func() { err = f() })
		return errors.Join(err, apart)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return f()
}

func (s *loopServer) serveThread(i int) error {
	m := &s.config.Meters[i]
	m.thread.Store(int64(unix.Gettid()))
	l, err := newLoop(s.config, s.speak(s.config), s.listeners[i], s.stop, m)
	if err != nil {
		s.wake() // a server that lacks a thread would leave some clients waiting
		return err
	}
	l.run()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Add(l.stats)
	return nil
}

// wake ends every thread's wait: the eventfd stays readable for all.
func (s *loopServer) wake() {
	one := [8]byte{1}
	_, _ = unix.Write(s.stop, one[:])
}

// Stats implements [Server].
func (s *loopServer) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// close frees the server's sockets.
func (s *loopServer) close() {
	for _, fds := range s.listeners {
		for _, fd := range fds {
			unix.Close(fd)
		}
	}
	unix.Close(s.stop)
}
