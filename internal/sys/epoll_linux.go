package sys

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Poller is an epoll instance, edge-triggered (epoll(7)).
type Poller struct {
	fd     int
	events []unix.EpollEvent
}

// NewPoller opens a poller that returns at most batch events at a time. It
// fails with ENOSYS before Linux 5.11, which brought waits of nanoseconds
// (epoll_pwait2).
func NewPoller(batch int) (*Poller, syscall.Errno) {
	fd, _, e := unix.RawSyscall(unix.SYS_EPOLL_CREATE1, unix.EPOLL_CLOEXEC, 0, 0)
	if e != 0 {
		return nil, e
	}
	p := &Poller{int(fd), make([]unix.EpollEvent, batch)}
	if _, e := p.wait(0); e != 0 {
		p.Close()
		return nil, e
	}
	return p, 0
}

// Event is what epoll_wait(2) reports of one descriptor.
type Event = unix.EpollEvent

// Add watches fd for the given events, reported with the given token. Closing
// fd ends it.
func (p *Poller) Add(fd int, events uint32, token int32) syscall.Errno {
	return p.control(unix.EPOLL_CTL_ADD, fd, events, token)
}

// Change watches fd, which is watched, for other events.
func (p *Poller) Change(fd int, events uint32, token int32) syscall.Errno {
	return p.control(unix.EPOLL_CTL_MOD, fd, events, token)
}

func (p *Poller) control(operation, fd int, events uint32, token int32) syscall.Errno {
	ev := unix.EpollEvent{Events: events, Fd: token}
	_, _, e := unix.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(p.fd), uintptr(operation), uintptr(fd),
		uintptr(unsafe.Pointer(&ev)), 0, 0)
	return e
}

// Wait returns the events that are there, waiting for at most d for the
// first. The slice is valid until the next Wait. A signal ends the wait early.
func (p *Poller) Wait(d time.Duration) []Event {
	if events := p.Poll(); len(events) > 0 || d <= 0 {
		return events
	}
	n, e := p.wait(d)
	if e != 0 {
		return nil // EINTR; the descriptor and the buffer are valid
	}
	return p.events[:n]
}

// wait blocks, so the scheduler is told and other goroutines run.
func (p *Poller) wait(d time.Duration) (int, syscall.Errno) {
	ts := unix.NsecToTimespec(int64(d))
	n, _, e := unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events[0])),
		uintptr(len(p.events)), uintptr(unsafe.Pointer(&ts)), 0, 0)
	return int(n), e
}

// Poll returns the events that are there now. The slice is valid until the next wait.
func (p *Poller) Poll() []Event {
	n, _, e := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events[0])),
		uintptr(len(p.events)), 0, 0, 0)
	if e != 0 {
		return nil
	}
	return p.events[:n]
}

// Close ends the poller. Descriptors that it watched stay open.
func (p *Poller) Close() { unix.Close(p.fd) }
