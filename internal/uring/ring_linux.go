package uring

import (
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Flags of io_uring_setup(2).
const (
	setupCQSize       = 1 << 3
	setupClamp        = 1 << 4
	setupSubmitAll    = 1 << 7
	setupSingleIssuer = 1 << 12
	setupDeferTaskrun = 1 << 13
	setupNoSQArray    = 1 << 16 // 6.6
)

// Offsets for mmap(2).
const (
	offsetRings = 0          // IORING_OFF_SQ_RING
	offsetSQEs  = 0x10000000 // IORING_OFF_SQES
)

// Flags of io_uring_enter(2).
const (
	enterGetEvents  = 1 << 0
	enterExtArg     = 1 << 3
	enterRegistered = 1 << 4
)

// Operations of io_uring_register(2).
const (
	unregisterFiles   = 3
	registerFiles2    = 13
	registerRingFDs   = 20
	unregisterRingFDs = 21
	registerSparse    = 1 << 0 // IORING_RSRC_REGISTER_SPARSE
)

// params is
//
//	struct io_uring_params {
//		__u32 sq_entries;
//		__u32 cq_entries;
//		__u32 flags;
//		__u32 sq_thread_cpu;
//		__u32 sq_thread_idle;
//		__u32 features;
//		__u32 wq_fd;
//		__u32 resv[3];
//		struct io_sqring_offsets sq_off;
//		struct io_cqring_offsets cq_off;
//	};
type params struct {
	sqEntries, cqEntries, flags, sqThreadCPU, sqThreadIdle, features, wqFD uint32
	_                                                                      [3]uint32
	sq                                                                     sqOffsets
	cq                                                                     cqOffsets
}

// sqOffsets is
//
//	struct io_sqring_offsets {
//		__u32 head;
//		__u32 tail;
//		__u32 ring_mask;
//		__u32 ring_entries;
//		__u32 flags;
//		__u32 dropped;
//		__u32 array;
//		__u32 resv1;
//		__u64 user_addr;
//	};
type sqOffsets struct {
	head, tail, mask, entries, flags, dropped, array, _ uint32
	userAddr                                            uint64
}

// cqOffsets is
//
//	struct io_cqring_offsets {
//		__u32 head;
//		__u32 tail;
//		__u32 ring_mask;
//		__u32 ring_entries;
//		__u32 overflow;
//		__u32 cqes;
//		__u32 flags;
//		__u32 resv1;
//		__u64 user_addr;
//	};
type cqOffsets struct {
	head, tail, mask, entries, overflow, cqes, flags, _ uint32
	userAddr                                            uint64
}

// rsrcRegister is
//
//	struct io_uring_rsrc_register {
//		__u32 nr;
//		__u32 flags;
//		__u64 resv2;
//		__aligned_u64 data;
//		__aligned_u64 tags;
//	};
type rsrcRegister struct {
	nr, flags     uint32
	_, data, tags uint64
}

// rsrcUpdate is
//
//	struct io_uring_rsrc_update {
//		__u32 offset;
//		__u32 resv;
//		__aligned_u64 data;
//	};
type rsrcUpdate struct {
	offset, _ uint32
	data      uint64
}

// geteventsArg is
//
//	struct io_uring_getevents_arg {
//		__u64 sigmask;
//		__u32 sigmask_sz;
//		__u32 min_wait_usec;
//		__u64 ts;
//	};
type geteventsArg struct {
	sigmask              uint64
	sigmaskSize, minWait uint32
	ts                   uint64
}

// Ring is one io_uring.
type Ring struct {
	fd         int
	index      uintptr // of the registered ring, else fd
	enterFlags uintptr

	rings, entries []byte // the mappings

	sqes      []SQE
	tail      uint32 // of what is prepared; the kernel sees it at Enter
	submitted uint32
	sqTail    *uint32
	cqes      []CQE
	cqHead    *uint32
	cqTail    *uint32
	head      uint32
	arg       geteventsArg
	timeout   unix.Timespec
}

// New makes a ring that takes so many operations at a time, has room for
// as many completions, and has so many slots.
func New(operations, completions, slots int) (*Ring, error) {
	p := params{
		flags:     setupCQSize | setupClamp | setupSubmitAll | setupSingleIssuer | setupDeferTaskrun | setupNoSQArray,
		cqEntries: uint32(completions),
	}
	fd, _, e := unix.Syscall(unix.SYS_IO_URING_SETUP, uintptr(operations), uintptr(unsafe.Pointer(&p)), 0)
	if e != 0 {
		return nil, os.NewSyscallError("io_uring_setup", e)
	}
	r := &Ring{fd: int(fd), index: fd}
	r.arg.ts = address(unsafe.Pointer(&r.timeout))
	if err := r.open(&p, slots); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (r *Ring) open(p *params, slots int) error {
	if err := r.mapRings(p); err != nil {
		return err
	}
	files := rsrcRegister{nr: uint32(slots), flags: registerSparse}
	if e := r.register(registerFiles2, unsafe.Pointer(&files), unsafe.Sizeof(files)); e != 0 {
		return fmt.Errorf("register %d slots: %w", slots, os.NewSyscallError("io_uring_register", e))
	}
	up := rsrcUpdate{offset: ^uint32(0), data: uint64(r.fd)}
	if e := r.register(registerRingFDs, unsafe.Pointer(&up), 1); e != 0 {
		return fmt.Errorf("register ring: %w", os.NewSyscallError("io_uring_register", e))
	}
	r.index, r.enterFlags = uintptr(up.offset), enterRegistered
	return nil
}

func (r *Ring) mapRings(p *params) error {
	var err error
	size := max(p.cq.cqes+p.cqEntries*uint32(unsafe.Sizeof(CQE{})), p.sq.dropped+4)
	r.rings, err = unix.Mmap(r.fd, offsetRings, int(size), unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return os.NewSyscallError("mmap", err)
	}
	r.entries, err = unix.Mmap(r.fd, offsetSQEs, int(p.sqEntries)*int(unsafe.Sizeof(SQE{})),
		unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return os.NewSyscallError("mmap", err)
	}
	r.sqes = unsafe.Slice((*SQE)(unsafe.Pointer(&r.entries[0])), p.sqEntries)
	r.cqes = unsafe.Slice((*CQE)(unsafe.Pointer(&r.rings[p.cq.cqes])), p.cqEntries)
	r.sqTail = (*uint32)(unsafe.Pointer(&r.rings[p.sq.tail]))
	r.cqHead = (*uint32)(unsafe.Pointer(&r.rings[p.cq.head]))
	r.cqTail = (*uint32)(unsafe.Pointer(&r.rings[p.cq.tail]))
	return nil
}

func (r *Ring) register(op uintptr, arg unsafe.Pointer, n uintptr) syscall.Errno {
	_, _, e := unix.Syscall6(unix.SYS_IO_URING_REGISTER, uintptr(r.fd), op, uintptr(arg), n, 0, 0)
	return e
}

// Close ends the ring. Its slots must be empty and its operations done: the
// kernel would end them some time later.
func (r *Ring) Close() {
	if r.enterFlags != 0 {
		up := rsrcUpdate{offset: uint32(r.index)}
		r.register(unregisterRingFDs, unsafe.Pointer(&up), 1)
	}
	if r.rings != nil {
		_ = unix.Munmap(r.rings)
	}
	if r.entries != nil {
		_ = unix.Munmap(r.entries)
	}
	unix.Close(r.fd)
}

// Room is how many operations can be prepared before the next Submit.
func (r *Ring) Room() int { return len(r.sqes) - int(r.tail-r.submitted) }

// Next is the next operation to prepare. There must be room.
func (r *Ring) Next() *SQE {
	s := &r.sqes[r.tail&uint32(len(r.sqes)-1)]
	r.tail++
	return s
}

// Submit starts what is prepared. What can be done at once is done, in order,
// when it returns; what other operations have left to do is not.
func (r *Ring) Submit() syscall.Errno {
	for n := r.publish(); n > 0; n = r.pending() {
		switch e := r.enter(0, n, 0); {
		case e != 0 && e != unix.EINTR:
			return e
		case e == 0 && r.pending() == n:
			return unix.EAGAIN // the kernel took none
		}
	}
	return 0
}

// Poll starts what is prepared, and does what can be done by now.
func (r *Ring) Poll() syscall.Errno {
	if e := r.enter(0, r.publish(), enterGetEvents); e != unix.EINTR {
		return e
	}
	return r.Submit()
}

// Wait starts what is prepared and waits for at most d until there is a
// completion. It blocks, so the scheduler is told and other goroutines run.
func (r *Ring) Wait(d time.Duration) syscall.Errno {
	r.timeout = unix.NsecToTimespec(int64(d))
	n, _, e := unix.Syscall6(unix.SYS_IO_URING_ENTER, r.index, r.publish(), 1, enterGetEvents|enterExtArg|r.enterFlags,
		uintptr(unsafe.Pointer(&r.arg)), unsafe.Sizeof(r.arg))
	switch e {
	case 0:
		r.submitted += uint32(n)
	case unix.ETIME, unix.EINTR: // only when nothing was to be started
	default:
		return e
	}
	return r.Submit()
}

// publish shows the kernel what is prepared and returns how much that is.
func (r *Ring) publish() uintptr {
	atomic.StoreUint32(r.sqTail, r.tail)
	return r.pending()
}

// Pending reports whether something is prepared that is not started.
func (r *Ring) Pending() bool { return r.tail != r.submitted }

func (r *Ring) pending() uintptr { return uintptr(r.tail - r.submitted) }

// enter is io_uring_enter(2) where it does not block.
func (r *Ring) enter(least, n, flags uintptr) syscall.Errno {
	done, _, e := unix.RawSyscall6(unix.SYS_IO_URING_ENTER, r.index, n, least, flags|r.enterFlags, 0, 0)
	if e == 0 {
		r.submitted += uint32(done)
	}
	return e
}

// Completion takes the next completion; false when there is none.
func (r *Ring) Completion() (CQE, bool) {
	if r.head == atomic.LoadUint32(r.cqTail) {
		return CQE{}, false
	}
	c := r.cqes[r.head&uint32(len(r.cqes)-1)]
	r.head++
	atomic.StoreUint32(r.cqHead, r.head)
	return c, true
}
