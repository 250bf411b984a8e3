package uring

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/sys"
)

// probeTimeout is how long the probe's connection over loopback may take.
const probeTimeout = time.Second

// ringAfterlife is for how long after the end of a ring its thread is given
// nothing else to do. The kernel takes a ring down by itself, 2 to 20 ms later,
// and interrupts its thread for that (io_ring_exit_work, task_work_add with
// TWA_SIGNAL): a close(2) that lingered there would come back at once. The thread
// must not end either: a child that it started would be killed
// (PR_SET_PDEATHSIG).
const ringAfterlife = time.Second

// disabledPath is the setting that forbids io_uring (Linux 6.6).
const disabledPath = "/proc/sys/kernel/io_uring_disabled"

// Probe tries what an engine needs on one connection over loopback. It has
// three answers: nil, it works; an error that is [errors.ErrUnsupported], this
// kernel lacks it or forbids it, with the remedy; any other error, it is
// there and does not work. It takes less than a millisecond.
func Probe() error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // a ring belongs to the thread that made it
		defer runtime.UnlockOSThread()
		done <- probe()
		time.Sleep(ringAfterlife)
	}()
	return <-done
}

func probe() error {
	r, err := New(16, 32, 1)
	if err != nil {
		return explain(err)
	}
	defer r.Close()
	l, err := listenLoopback()
	if err != nil {
		return fmt.Errorf("probe io_uring: %w", err)
	}
	defer unix.Close(l.fd)
	if err := r.converse(l); err != nil {
		return fmt.Errorf("probe io_uring: %w", err)
	}
	return nil
}

// explain sorts the errors of New: what it is that the host does not permit,
// and what to do about it.
func explain(err error) error {
	unsupported := func(why string) error {
		return fmt.Errorf("io_uring: %s: %w (%w)", why, err, errors.ErrUnsupported)
	}
	switch {
	case errors.Is(err, unix.ENOSYS):
		return unsupported("this kernel has none, or a seccomp filter hides it; use a kernel with CONFIG_IO_URING, " +
			"or a container profile that allows io_uring_setup")
	case errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES):
		b, _ := os.ReadFile(disabledPath) // absent before Linux 6.6: nothing is read, and that means 0
		return unsupported(forbiddenBy(strings.TrimSpace(string(b))))
	case errors.Is(err, unix.EINVAL):
		return unsupported("it needs Linux 6.11")
	case errors.Is(err, unix.ENOMEM):
		return unsupported("the limit of locked memory is too low; raise it (ulimit -l)")
	default:
		return fmt.Errorf("probe io_uring: %w", err)
	}
}

// forbiddenBy says what makes io_uring_setup(2) fail with EPERM; disabled is
// the value of kernel.io_uring_disabled.
func forbiddenBy(disabled string) string {
	switch disabled {
	case "1":
		return "kernel.io_uring_disabled=1 forbids it to this user; as root, sysctl kernel.io_uring_disabled=0, " +
			"or put the user's group into kernel.io_uring_group"
	case "2":
		return "kernel.io_uring_disabled=2 forbids it; as root, sysctl kernel.io_uring_disabled=0"
	default:
		return "a security policy forbids it, as those of containers do; allow io_uring_setup, " +
			"io_uring_enter and io_uring_register in the seccomp profile"
	}
}

// listener is a socket that listens on loopback.
type listener struct {
	fd      int
	address sys.Address
}

func listenLoopback() (*listener, error) {
	fd, e := sys.Socket(unix.AF_INET)
	if e != 0 {
		return nil, os.NewSyscallError("socket", e)
	}
	loopback := sys.NewAddress(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0))
	err := func() error {
		if e := sys.Bind(fd, &loopback); e != 0 {
			return os.NewSyscallError("bind", e)
		}
		return os.NewSyscallError("listen", unix.Listen(fd, 1))
	}()
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("getsockname", err)
	}
	at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(sa.(*unix.SockaddrInet4).Port))
	return &listener{fd, sys.NewAddress(at)}, nil
}

// probeStep is one operation of the probe and what it is called in an error.
type probeStep struct {
	name string
	sqe  func(*SQE) *SQE
}

// converse runs every operation of an engine on one connection to l, which is
// this program too.
func (r *Ring) converse(l *listener) error {
	linger := sys.LingerOption(0)
	source := sys.NewAddress(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0))
	b := make([]byte, 1)
	for _, s := range []probeStep{
		{"socket", func(s *SQE) *SQE { return s.Socket(0, unix.AF_INET) }},
		{"setsockopt", func(s *SQE) *SQE { return s.Setsockopt(0, &linger) }},
		{"bind", func(s *SQE) *SQE { return s.Bind(0, &source) }},
		{"connect", func(s *SQE) *SQE { return s.Connect(0, &l.address) }},
		{"send", func(s *SQE) *SQE { return s.Send(0, b) }},
	} {
		if _, err := r.do(s); err != nil {
			return err
		}
	}
	peer, e := sys.Accept(l.fd)
	if e != 0 {
		return os.NewSyscallError("accept4", e)
	}
	defer sys.Close(peer)
	if _, e := sys.Send(peer, b); e != 0 {
		return os.NewSyscallError("send", e)
	}
	if _, err := r.do(probeStep{"recv", func(s *SQE) *SQE { return s.Recv(0, b) }}); err != nil {
		return err
	}
	if err := r.takeOne(peer); err != nil {
		return err
	}
	fd, err := r.do(probeStep{"install", func(s *SQE) *SQE { return s.Install(0) }})
	if err != nil {
		return err
	}
	defer sys.Close(fd)
	_, err = r.do(probeStep{"close", func(s *SQE) *SQE { return s.Close(0) }})
	runtime.KeepAlive(l)
	return err
}

// takeOne receives a byte from the peer into a buffer of the ring's.
func (r *Ring) takeOne(peer int) error {
	buffers, err := r.ProvideBuffers(1, 1)
	if err != nil {
		return err
	}
	defer buffers.Close() // the kernel writes to it only while something is received
	if _, e := sys.Send(peer, []byte{'x'}); e != 0 {
		return os.NewSyscallError("send", e)
	}
	_, err = r.do(probeStep{"recv into a ring's buffer", func(s *SQE) *SQE { return s.Take(0) }})
	return err
}

// do runs one operation to its end. An operation that the kernel does not
// know fails with EINVAL; a socket command that it does not, with EOPNOTSUPP.
func (r *Ring) do(s probeStep) (int, error) {
	s.sqe(r.Next()).Tag(0, 0)
	if e := r.Wait(probeTimeout); e != 0 {
		return 0, os.NewSyscallError("io_uring_enter", e)
	}
	c, ok := r.Completion()
	switch e := syscall.Errno(-c.Res); {
	case !ok:
		return 0, fmt.Errorf("%s: no completion in %v", s.name, probeTimeout)
	case c.Res >= 0:
		return int(c.Res), nil
	case e == unix.EINVAL || e == unix.EOPNOTSUPP:
		return 0, fmt.Errorf("%s: it needs Linux 6.11: %w (%w)", s.name, e, errors.ErrUnsupported)
	default:
		return 0, fmt.Errorf("%s: %w", s.name, e)
	}
}
