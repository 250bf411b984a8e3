package lab

import (
	"container/heap"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/wire"
)

const (
	// frameSize holds the largest frame of a link whose MTU is 1500.
	frameSize = 2048
	// turn is how many frames of one end are moved before the other's turn.
	turn = 64
)

// Forward moves frames between the two ends as the program decides, until
// stop, a pipe, is closed at its other end. A frame for an end that is down
// is lost, as on a cable.
func (t *TAPs) Forward(p *wire.Program, stop *os.File) error {
	f := &forwarder{program: p, began: time.Now(), ends: [...]tap{
		wire.Client: {side: wire.Client, fd: int(t.Client.Fd())},
		wire.Server: {side: wire.Server, fd: int(t.Server.Fd())},
	}}
	for i := range f.ends[1:] {
		if err := unix.SetNonblock(f.ends[1+i].fd, true); err != nil { // not before: Go's own poller would be woken too
			return fmt.Errorf("forward frames: %w", os.NewSyscallError("fcntl", err))
		}
	}
	if err := f.run(int(stop.Fd())); err != nil {
		return fmt.Errorf("forward frames: %w", err)
	}
	return nil
}

// tap is one end of the link.
type tap struct {
	side wire.Side
	fd   int
}

// forwarder is a link at work.
type forwarder struct {
	program *wire.Program
	began   time.Time
	ends    [3]tap // by side
	waiting departures
	next    uint64
	buffer  [frameSize]byte
}

func (f *forwarder) now() time.Duration { return time.Since(f.began) }

func (f *forwarder) run(stop int) error {
	fds := []unix.PollFd{
		{Fd: int32(f.ends[wire.Client].fd), Events: unix.POLLIN},
		{Fd: int32(f.ends[wire.Server].fd), Events: unix.POLLIN},
		{Fd: int32(stop)}, // POLLHUP needs no asking
	}
	for {
		if err := f.release(); err != nil {
			return err
		}
		if _, err := unix.Ppoll(fds, f.timeout(), nil); err != nil && !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("ppoll", err)
		}
		if fds[2].Revents != 0 {
			return nil
		}
		if err := f.release(); err != nil { // before what arrives now
			return err
		}
		for _, side := range []wire.Side{wire.Client, wire.Server} {
			if err := f.read(f.ends[side]); err != nil {
				return err
			}
		}
	}
}

// timeout is until the next frame is due; nil where none waits.
func (f *forwarder) timeout() *unix.Timespec {
	if len(f.waiting) == 0 {
		return nil
	}
	ts := unix.NsecToTimespec(int64(max(f.waiting[0].At-f.now(), 0)))
	return &ts
}

// read takes frames that left the client or the server.
func (f *forwarder) read(e tap) error {
	for range turn {
		n, err := unix.Read(e.fd, f.buffer[:])
		if errors.Is(err, unix.EAGAIN) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read from the %s's end: %w", e.side, os.NewSyscallError("read", err))
		}
		now := f.now()
		for _, d := range f.program.Decide(now, e.side, f.buffer[:n]) {
			if d.At > now {
				d.Frame = slices.Clone(d.Frame)
				heap.Push(&f.waiting, departure{d, f.next})
				f.next++
				continue
			}
			if err := f.write(d); err != nil {
				return err
			}
		}
	}
	return nil
}

// release sends what is due.
func (f *forwarder) release() error {
	for len(f.waiting) > 0 && f.waiting[0].At <= f.now() {
		if err := f.write(heap.Pop(&f.waiting).(departure).Departure); err != nil {
			return err
		}
	}
	return nil
}

// write delivers a frame to the end that it is not from.
func (f *forwarder) write(d wire.Departure) error {
	f.program.Left(d)
	to := f.ends[d.From.Other()]
	_, err := unix.Write(to.fd, d.Frame)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EIO), errors.Is(err, unix.EAGAIN), errors.Is(err,
		unix.ENOBUFS), errors.Is(err, unix.ENOMEM):
		return nil // the end is down (tun_get_user), or its host has no room: lost, as on a cable
	default:
		return fmt.Errorf("write to the %s's end: %w", to.side, os.NewSyscallError("write", err))
	}
}

// departure is a frame that waits; of two for the same time the first comes first.
type departure struct {
	wire.Departure
	number uint64
}

// departures is a heap, the next one first.
type departures []departure

func (d departures) Len() int { return len(d) }
func (d departures) Less(i, j int) bool {
	return d[i].At < d[j].At || d[i].At == d[j].At && d[i].number < d[j].number
}
func (d departures) Swap(i, j int) { d[i], d[j] = d[j], d[i] }

// Push and Pop are container/heap's.
func (d *departures) Push(x any) { *d = append(*d, x.(departure)) }
func (d *departures) Pop() any {
	last := len(*d) - 1
	x := (*d)[last]
	(*d)[last] = departure{}
	*d = (*d)[:last]
	return x
}
